//! The signed API's addresses: `/api.php`, `/x.php`, `/im/{method}`. Every answer is 200, as integrations expect,
//! unless the operator wants real statuses.

use std::net::{IpAddr, Ipv4Addr};

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::limit::{CallRate, Origin};
use super::problem::{FAILURE_STATUS, Problem, refusal_status};
use crate::app::App;
use crate::config::{Signed as Settings, SignedLanguage};
use crate::signed::{Entrance, Language, Refusal, Reply, Request, SignatureHeaders, SignedError};

/// A request before its body is read.
type Head = (RawQuery, Option<Extension<Origin>>, Extension<CallRate>, Uri, HeaderMap);

/// `/api.php` and `/x.php`: for clients that sign the query in its own order, or a time.
pub(super) async fn php(State(app): State<App>, head: Head, body: Body) -> Result<Response, Problem> {
    answer(&app, Entrance::Php, head, body).await
}

/// `/im/{method}`: for clients that sign the query sorted by name.
pub(super) async fn direct(
    State(app): State<App>,
    Path(method): Path<String>,
    head: Head,
    body: Body,
) -> Result<Response, Problem> {
    answer(&app, Entrance::Direct(method), head, body).await
}

async fn answer(app: &App, door: Entrance, head: Head, body: Body) -> Result<Response, Problem> {
    let (RawQuery(query), origin, Extension(rate), uri, headers) = head;
    let settings = &app.config.signed;
    if !settings.enabled {
        return Err(Problem::no_such_address(uri.path()));
    }
    let language = language(settings, &headers);
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let mut request = Request {
        door,
        query: query.unwrap_or_default(),
        signature: SignatureHeaders::of(|name| text(&headers, name).map(str::to_owned)),
        body: Vec::new(),
        address: origin.map_or(unknown, |Extension(Origin(address))| address),
        language,
    };
    let Ok(bytes) = to_bytes(body, settings.max_body).await else {
        return Ok(refused(settings, &request, &Refusal::TooLarge(settings.max_body)));
    };
    request.body = bytes.into();
    match work(app, &rate, &request).await {
        Ok(reply) => Ok(replied(settings, &request, &reply)),
        Err(Stopped::Error(SignedError::Refused(refusal))) => Ok(refused(settings, &request, &refusal)),
        Err(Stopped::Error(error)) => Err(error.into()),
        Err(Stopped::TooOften(seconds)) => {
            let mut response = refused(settings, &request, &Refusal::TooOften);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
    }
}

/// Why a request got no reply.
enum Stopped {
    Error(SignedError),
    TooOften(i64),
}

async fn work(app: &App, rate: &CallRate, request: &Request) -> Result<Reply, Stopped> {
    let checked = app.signed.check(request).await.map_err(Stopped::Error)?;
    // Only who proved to be the application draws from its bucket; strangers draw from their address's.
    rate.take(&checked.application.id).map_err(Stopped::TooOften)?;
    app.signed.enter(&checked).await.map_err(Stopped::Error)?;
    app.signed.call(&checked, request).await.map_err(Stopped::Error)
}

fn replied(settings: &Settings, request: &Request, reply: &Reply) -> Response {
    let failed = matches!(reply, Reply::Failed { .. });
    let status = if failed && settings.native_status { FAILURE_STATUS } else { StatusCode::OK };
    respond(status, reply.render(request.is_direct(), request.language))
}

fn refused(settings: &Settings, request: &Request, refusal: &Refusal) -> Response {
    let refusal = if settings.hide_codes && refusal.tells_of_code() { &Refusal::WrongToken } else { refusal };
    let status = if settings.native_status { refusal_status(refusal) } else { StatusCode::OK };
    respond(status, refusal.render(request.is_direct(), request.language))
}

fn respond(status: StatusCode, body: String) -> Response {
    let content_type = if body.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}

fn language(settings: &Settings, headers: &HeaderMap) -> Language {
    match settings.language {
        SignedLanguage::En => Language::English,
        SignedLanguage::Zh => Language::Chinese,
        SignedLanguage::Auto => Language::accepted(text(headers, "accept-language").unwrap_or_default()),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
