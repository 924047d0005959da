//! `POST /hooks/{id}`: incoming webhooks, and `POST /hooks/commands/{id}`: late responses of commands. The address authorises the request: sessions and CSRF tokens are ignored. A
//! bridge has its own limit for bodies, because its senders choose their size.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::request_body::receive;
use crate::app::App;
use crate::hook::{HookRequest, HookResponse};

pub(super) async fn accept(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let bridge_limit = app.hooks.body_limit(&id).await?;
    let limit = bridge_limit.unwrap_or(app.config.server.max_body);
    let received = match receive(body, limit, &app.budgets.bodies).await {
        Err(problem) if bridge_limit.is_some() && problem.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            app.hooks.record_oversize(&id, limit).await?;
            return Err(problem);
        }
        received => received?,
    };
    let headers = headers
        .keys()
        .filter_map(|name| Some((name.as_str().to_owned(), headers.get(name)?.to_str().ok()?.to_owned())))
        .collect();
    let request = HookRequest {
        method: method.to_string(),
        query: query.unwrap_or_default(),
        headers,
        body: received.bytes,
    };
    let HookResponse { status, body } = app.hooks.accept(&id, request).await?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    Ok(plain(status, body))
}

/// Accepts a late response of a command's target.
pub(super) async fn respond(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let received = receive(body, app.config.server.max_body, &app.budgets.bodies).await?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    app.commands.respond_later(&id, content_type.unwrap_or_default(), &received.bytes).await?;
    Ok(plain(StatusCode::OK, "ok".to_owned()))
}

fn plain(status: StatusCode, body: String) -> Response {
    // The type has no charset, because some senders compare the whole header.
    let plain = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))];
    (status, plain, body).into_response()
}
