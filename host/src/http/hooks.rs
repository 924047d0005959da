//! `POST /hooks/{id}`: incoming webhooks. The address authorises the request: sessions and CSRF tokens are ignored. A
//! bridge has its own limit for bodies, because its senders choose their size.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::problem::Problem;
use crate::app::App;
use crate::budget::Reservation;
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
    let mut memory = app.budgets.bodies.empty();
    let body = match read(body, limit, &mut memory).await? {
        Some(body) => body,
        None if bridge_limit.is_some() => {
            app.hooks.record_oversize(&id, limit).await?;
            return Err(Problem::too_large(limit));
        }
        None => return Err(Problem::too_large(limit)),
    };
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

/// Reads a body and reserves its memory. Returns None if it is larger than `limit`.
async fn read(body: Body, limit: usize, memory: &mut Reservation) -> Result<Option<Vec<u8>>, Problem> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        // The client was too slow or hung up; [`super::request_body`] sets the response.
        let piece = piece.map_err(|_| Problem::body("body", "the body broke off"))?;
        if bytes.len() + piece.len() > limit {
            return Ok(None);
        }
        memory.grow(piece.len()).await?;
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}
