//! Extractors that carry what they prove: who the caller is, and what the caller may do with the resource in the path.
//! The session is recognised by the token in a header or a cookie.

mod proofs;

pub(super) use proofs::NamedUser;

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use cookie::Cookie;

use crate::access::{AccessError, Credential, Principal};
use crate::app::App;
use crate::http::problem::{Code, Problem};
use crate::model::{User, UserId};
use crate::secret::same;

/// The cookie that holds a browser's session token.
pub(super) const TOKEN_COOKIE: &str = "MMAUTHTOKEN";
pub(super) const USER_COOKIE: &str = "MMUSERID";
/// The cookie by which a browser shows that it has signed in to an account before. It is not a credential.
pub(super) const DEVICE_COOKIE: &str = "JACKFIELDDEVICE";
pub(super) const CSRF_COOKIE: &str = "MMCSRF";

/// Proves that the caller is signed in.
#[derive(Debug, Clone)]
pub(super) struct Session(Arc<Principal>);

/// The account that a request proved. The session check sets it, and the rate limiter reads it.
#[derive(Debug, Clone, Default)]
pub(super) struct ProvenAccount(Arc<OnceLock<UserId>>);

/// The place of the token in a request.
enum Carrier {
    Cookie(String),
    Header(String),
}

impl Session {
    /// Returns the request's session, or an error if the request is anonymous.
    async fn require(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let in_query = query.split('&').any(|part| part.starts_with("access_token="));
        match find(parts, app).await? {
            Some(session) => Ok(session),
            None if in_query => Err(Problem::token_in_query()),
            None => Err(AccessError::NoSession.into()),
        }
    }

    pub(super) fn user(&self) -> &User {
        &self.0.user
    }

    /// Returns the user for a proof to hold.
    pub(super) fn caller(&self) -> Arc<User> {
        Arc::clone(&self.0.user)
    }

    pub(super) fn principal(&self) -> &Principal {
        &self.0
    }
}

impl ProvenAccount {
    pub(super) fn account(&self) -> Option<&UserId> {
        self.0.get()
    }

    fn set(parts: &Parts, account: &UserId) {
        if let Some(proved) = parts.extensions.get::<Self>() {
            // A request has one account; a second check finds the same.
            let _ = proved.0.set(account.clone());
        }
    }
}

impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::require(parts, app).await
    }
}

impl OptionalFromRequestParts<App> for Session {
    type Rejection = Problem;

    /// Returns None if the request is anonymous or its token has expired.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        find(parts, app).await
    }
}

/// Returns the request's session. The first extractor of a request looks it up; later ones reuse it.
async fn find(parts: &mut Parts, app: &App) -> Result<Option<Session>, Problem> {
    if let Some(session) = parts.extensions.get::<Session>() {
        return Ok(Some(session.clone()));
    }
    let Some(principal) = recognise(&parts.headers, Some(&parts.method), app).await? else {
        return Ok(None);
    };
    let session = Session(Arc::new(principal));
    parts.extensions.insert(session.clone());
    ProvenAccount::set(parts, &session.user().id);
    Ok(Some(session))
}

/// Returns the principal that the headers prove, or None if the token is absent or invalid. A cookie takes precedence,
/// as in Mattermost; a change by cookie must echo the CSRF token even if the route needs no session, because another
/// site may drive the browser. `method` is None for the WebSocket's upgrade, which checks the origin instead.
pub(super) async fn recognise(
    headers: &HeaderMap,
    method: Option<&Method>,
    app: &App,
) -> Result<Option<Principal>, Problem> {
    let (token, by_cookie) = match carrier(headers) {
        Some(Carrier::Cookie(token)) => (token, true),
        Some(Carrier::Header(token)) => (token, false),
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
    let expected = match &principal.credential {
        Credential::Session(session) => session.csrf.as_str(),
        Credential::AccessToken(_) => return false,
    };
    same(text("x-csrf-token"), expected) || text("x-requested-with") == "XMLHttpRequest"
}

/// Returns the token of a request, valid or not.
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    carrier(headers).map(|(Carrier::Cookie(token) | Carrier::Header(token))| token)
}

fn carrier(headers: &HeaderMap) -> Option<Carrier> {
    if let Some(token) = cookie(headers, TOKEN_COOKIE) {
        return Some(Carrier::Cookie(token));
    }
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| Carrier::Header(token.trim().to_owned()))
}

pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).flatten();
    let cookie = cookies.find(|cookie| cookie.name() == name && !cookie.value().is_empty())?;
    Some(cookie.value().to_owned())
}
