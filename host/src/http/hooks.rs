//! `POST /hooks/{id}`: incoming webhooks. The address authorises the request: sessions and CSRF tokens are ignored.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::json::Raw;
use super::problem::Problem;
use crate::app::App;
use crate::hook::{HookRequest, HookResponse};

pub(super) async fn accept(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let headers = headers
        .keys()
        .filter_map(|name| Some((name.as_str().to_owned(), headers.get(name)?.to_str().ok()?.to_owned())))
        .collect();
    let request = HookRequest { method: method.to_string(), query: query.unwrap_or_default(), headers, body };
    let HookResponse { status, body } = app.hooks.accept(&id, request).await?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    // The type has no charset, because some senders compare the whole header.
    let plain = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))];
    Ok((status, plain, body).into_response())
}
