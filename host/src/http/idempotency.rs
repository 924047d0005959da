//! `Idempotency-Key` on every POST of the own API: a request that is repeated with the same key runs once.
//!
//! A key belongs to its user and is stored for a day. A response is repeated only while its user has the same roles as
//! then, on the server and in each team: a former administrator is not shown an application's key again. Only a
//! successful response is stored: a refused request changes nothing, so its key is free again. If the server dies
//! between the change and storing the response, it cannot tell whether the change was made; the key then stays taken,
//! and the error says so.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth;
use super::problem::{Code, Problem};
use super::request_body::receive;
use crate::access::{AccessError, Admin};
use crate::app::App;
use crate::model::UserId;
use crate::secret::{Secret, sha256_hex};
use crate::store::{Quota, QuotaKind, RequestRecord};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Longest key, in characters.
const MAX_KEY: usize = 255;

/// Largest response that is stored, in bytes. The key of a larger one is free again.
const MAX_RESPONSE: usize = 64 * 1024;

/// Most keys of one account, of a day. A request with a further key is refused before it runs.
const MAX_KEYS: i64 = 10_000;

/// A key and its user.
struct UserKey {
    user: UserId,
    key: String,
}

/// What a request and its user were when the key was used.
struct Digest {
    /// Of the method, the address and the body.
    request: String,
    /// Of the user's roles.
    rights: String,
}

/// Passes on requests that have no key or a new one, and repeats the stored response for a known key.
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = key(request.method(), request.headers())? else {
        return Ok(next.run(request).await);
    };
    let principal = auth::recognise(request.headers(), Some(request.method()), &app).await?;
    let principal = principal.ok_or(AccessError::NoSession)?;
    // The body is held in memory before the handler checks permissions, so only administrators, who may upload
    // packages, may send as much as a package.
    let packages = Admin::prove(Arc::clone(&principal.user)).ok().map(|_| app.config.plugins.max_package);
    let most = app.config.server.max_body.max(packages.unwrap_or_default());
    let user_key = UserKey { user: principal.user.id.clone(), key };
    let (parts, body) = request.into_parts();
    // The handler charges the body again, so that it is charged once while the handler runs.
    let body = receive(body, most, &app.budgets.bodies).await?.bytes;
    let line = format!("{} {}\n{}", parts.method, parts.uri, sha256_hex(&body));
    let digest = Digest {
        request: sha256_hex(line.as_bytes()),
        rights: app.access.roles_digest(&principal.user).await?,
    };
    let begun = app
        .store
        .with_quotas([Quota::new(QuotaKind::RequestsOfAccount, &user_key.user, MAX_KEYS)])
        .begin_request(&user_key.user, user_key.key.clone(), digest.to_text(), app.clock.now())
        .await;
    match begun {
        // The request runs to its end even if the client hangs up, because the client then retries with the same key.
        Ok(()) => {
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            user_key.remember(&app, response).await
        }
        Err(error) if error.is_conflict() => user_key.repeat(&app, &digest).await,
        Err(error) => Err(error.into()),
    }
}

fn key(method: &Method, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if method != Method::POST {
        return Ok(None);
    }
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if text.is_empty() || text.len() > MAX_KEY {
        let message = format!("`Idempotency-Key` must be 1 to {MAX_KEY} visible ASCII characters");
        let (code, id) = (Code::IdempotencyKeyInvalid, "api.context.idempotency_key_invalid.app_error");
        return Err(Problem::new(StatusCode::BAD_REQUEST, code, id, message));
    }
    Ok(Some(text.to_owned()))
}

impl Digest {
    fn to_text(&self) -> String {
        format!("{}.{}", self.request, self.rights)
    }
}

impl UserKey {
    async fn remember(self, app: &App, response: Response) -> Result<Response, Problem> {
        if !response.status().is_success() {
            app.store.end_request(&self.user, self.key, None).await?;
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        // Responses of the own API are in memory, so reading one cannot fail.
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        let stored = std::str::from_utf8(&body).ok().filter(|text| text.len() <= MAX_RESPONSE).map(|text| {
            let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let sealed = app.sealer.seal(&Secret::new(text));
            (i64::from(parts.status.as_u16()), content_type.unwrap_or_default().to_owned(), sealed)
        });
        app.store.end_request(&self.user, self.key, stored).await?;
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    async fn repeat(self, app: &App, digest: &Digest) -> Result<Response, Problem> {
        let conflict = |code, message| {
            Err(Problem::new(StatusCode::CONFLICT, code, "api.context.idempotency_key.app_error", message))
        };
        let Some(record) = app.store.request_record(&self.user, &self.key).await? else {
            let message = "the request under this `Idempotency-Key` was refused just now; send yours again";
            return conflict(Code::IdempotencyKeyInUse, message);
        };
        let (request, rights) = record.request_digest.split_once('.').unwrap_or((&record.request_digest, ""));
        if request != digest.request {
            let message = "this `Idempotency-Key` was sent with another request; use a new one";
            return conflict(Code::IdempotencyKeyReused, message);
        }
        if rights != digest.rights {
            let what = "get this response again, since your roles have changed; use a new `Idempotency-Key`";
            return Err(AccessError::Forbidden(what).into());
        }
        let RequestRecord { status: Some(status), content_type, sealed_body: Some(sealed), .. } = record
        else {
            let message = "the request under this `Idempotency-Key` is under way, or was cut off when the server stopped; \
                           check whether it was done, or use a new key";
            return conflict(Code::IdempotencyKeyInUse, message);
        };
        let body = Bytes::from(app.sealer.open(&sealed)?.reveal().to_owned());
        let mut response = Body::from(body).into_response();
        *response.status_mut() = u16::try_from(status)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&content_type) {
            headers.insert(header::CONTENT_TYPE, value);
        }
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }
}
