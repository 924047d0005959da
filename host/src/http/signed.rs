//! The routes of the signed API: `/api.php`, `/x.php`, `/im/{method}`. Every response is 200, which integrations
//! expect, unless the operator enables real statuses.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::client_address::ClientAddress;
use super::problem::{FAILURE_STATUS, Problem, refusal_status};
use super::request_body::receive;
use crate::app::App;
use crate::config::{SignedLanguage, SignedSettings};
use crate::signed::{Endpoint, Language, Refusal, Reply, SignatureHeaders, SignedError, SignedRequest};

/// A request without its body.
type Head = (RawQuery, ClientAddress, Uri, HeaderMap);

/// `/api.php` and `/x.php`, for clients that sign a time, or the query in its original order.
pub(super) async fn php(State(app): State<App>, head: Head, body: Body) -> Result<Response, Problem> {
    answer(&app, Endpoint::Php, head, body).await
}

/// `/im/{method}`, for clients that sign the query sorted by name.
pub(super) async fn direct(
    State(app): State<App>,
    Path(method): Path<String>,
    head: Head,
    body: Body,
) -> Result<Response, Problem> {
    answer(&app, Endpoint::Direct(method), head, body).await
}

async fn answer(app: &App, endpoint: Endpoint, head: Head, body: Body) -> Result<Response, Problem> {
    let (RawQuery(query), ClientAddress { ip: address, .. }, uri, headers) = head;
    let settings = &app.config.signed;
    if !settings.enabled {
        return Err(Problem::no_such_address(uri.path()));
    }
    let language = language(settings, &headers);
    let mut request = SignedRequest {
        endpoint,
        query: query.unwrap_or_default(),
        signature: SignatureHeaders::of(|name| text(&headers, name).map(str::to_owned)),
        body: Vec::new(),
        address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        language,
    };
    let received = match receive(body, settings.max_body, &app.budgets.bodies).await {
        Ok(received) => received,
        Err(problem) if problem.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Ok(refusal_response(settings, &request, &Refusal::TooLarge(settings.max_body)));
        }
        Err(problem) => return Err(problem),
    };
    request.body = received.bytes;
    match app.signed.answer(&request).await {
        Ok(reply) => Ok(reply_response(settings, &request, &reply)),
        Err(SignedError::Refused(refusal)) => Ok(refusal_response(settings, &request, &refusal)),
        Err(error) => Err(error.into()),
    }
}

fn reply_response(settings: &SignedSettings, request: &SignedRequest, reply: &Reply) -> Response {
    let failed = matches!(reply, Reply::Failed { .. });
    let status = if failed && settings.native_status { FAILURE_STATUS } else { StatusCode::OK };
    respond(status, reply.render(request.is_direct(), request.language))
}

fn refusal_response(settings: &SignedSettings, request: &SignedRequest, refusal: &Refusal) -> Response {
    let refusal = if settings.hide_codes && refusal.reveals_code() { &Refusal::WrongToken } else { refusal };
    let status = if settings.native_status { refusal_status(refusal) } else { StatusCode::OK };
    let mut response = respond(status, refusal.render(request.is_direct(), request.language));
    if let Refusal::TooOften { retry_after } = refusal {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    }
    response
}

fn respond(status: StatusCode, body: String) -> Response {
    let content_type = if body.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}

fn language(settings: &SignedSettings, headers: &HeaderMap) -> Language {
    match settings.language {
        SignedLanguage::En => Language::English,
        SignedLanguage::Zh => Language::Chinese,
        SignedLanguage::Auto => Language::accepted(text(headers, "accept-language").unwrap_or_default()),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
