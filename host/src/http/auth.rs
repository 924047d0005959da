//! Extractors that carry what they prove: who is asking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use cookie::Cookie;

use super::params;
use super::problem::{Code, Problem};
use crate::access::{AccessError, Credential, Principal};
use crate::app::App;
use crate::model::User;
use crate::secret::same;

/// The cookie that holds a browser's session token.
pub(super) const TOKEN_COOKIE: &str = "MMAUTHTOKEN";
pub(super) const USER_COOKIE: &str = "MMUSERID";
pub(super) const CSRF_COOKIE: &str = "MMCSRF";

/// Somebody signed in.
#[derive(Debug, Clone)]
pub(super) struct Session(pub(super) Principal);

/// Whether a request proved a session: set where that is checked, read where requests are counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Authenticated(Arc<AtomicBool>);

/// Where a request carries its token.
enum Carried {
    Cookie(String),
    Header(String),
}

impl Session {
    pub(super) fn user(&self) -> &User {
        &self.0.user
    }

    /// The account an address names: `me` is the one asking.
    pub(super) fn user_in_path(&self, text: &str) -> Result<crate::model::UserId, Problem> {
        if text == "me" {
            return Ok(self.user().id.clone());
        }
        params::id("user_id", text)
    }
}

impl Authenticated {
    pub(super) fn is_true(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn note(parts: &Parts) {
        if let Some(proved) = parts.extensions.get::<Self>() {
            proved.0.store(true, Ordering::Relaxed);
        }
    }
}

impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let principal = recognise(&parts.headers, Some(&parts.method), app).await?;
        let principal = principal.ok_or(AccessError::NoSession)?;
        Authenticated::note(parts);
        Ok(Self(principal))
    }
}

impl OptionalFromRequestParts<App> for Session {
    type Rejection = Problem;

    /// None for whoever is not signed in, also with a token that is no longer valid.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        let principal = recognise(&parts.headers, Some(&parts.method), app).await?;
        if principal.is_some() {
            Authenticated::note(parts);
        }
        Ok(principal.map(Self))
    }
}

/// Who the headers prove; none without a token, or with one that is not valid. The cookie comes first, as on the wire;
/// with it, a change must echo the CSRF token, also where no session is needed: the browser may be led by another site.
/// Without a method no change is meant: the WebSocket's upgrade, which checks the origin instead.
pub(super) async fn recognise(
    headers: &HeaderMap,
    method: Option<&Method>,
    app: &App,
) -> Result<Option<Principal>, Problem> {
    let (token, by_cookie) = match carried(headers) {
        Some(Carried::Cookie(token)) => (token, true),
        Some(Carried::Header(token)) => (token, false),
        None => return Ok(None),
    };
    let principal = match app.access.recognise(&token).await {
        Ok(principal) => principal,
        Err(AccessError::NoSession) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let changes = method.is_some_and(|method| !method.is_safe());
    if by_cookie && changes && !echoes_csrf(headers, &principal) {
        let message = "a change by cookie must send the session's CSRF token in `X-CSRF-Token`";
        let id = "api.context.session_expired.app_error";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, Code::AuthCsrfRequired, id, message));
    }
    Ok(Some(principal))
}

fn echoes_csrf(headers: &HeaderMap, principal: &Principal) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let expected = match &principal.proof {
        Credential::Session(session) => session.csrf.as_str(),
        Credential::AccessToken => return false,
    };
    same(text("x-csrf-token"), expected) || text("x-requested-with") == "XMLHttpRequest"
}

/// The token a request carries, whatever it is worth.
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    carried(headers).map(|(Carried::Cookie(token) | Carried::Header(token))| token)
}

fn carried(headers: &HeaderMap) -> Option<Carried> {
    if let Some(token) = cookie(headers, TOKEN_COOKIE) {
        return Some(Carried::Cookie(token));
    }
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| Carried::Header(token.trim().to_owned()))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).flatten();
    let cookie = cookies.find(|cookie| cookie.name() == name && !cookie.value().is_empty())?;
    Some(cookie.value().to_owned())
}
