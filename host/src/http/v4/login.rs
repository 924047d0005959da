//! `POST /users/login` and `/users/logout`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::ok;
use crate::access::{NewSession, SignIn};
use crate::app::App;
use crate::http::auth::{self, CSRF_COOKIE, DEVICE_COOKIE, Session, TOKEN_COOKIE, USER_COOKIE};
use crate::http::client_address::ClientAddress;
use crate::http::json;
use crate::http::problem::Problem;
use crate::http::user_agent;
use crate::model::wire::UserResponse;
use crate::secret::Secret;

/// How long a browser remembers that it has signed in. The next sign-in renews it.
const DEVICE_AGE: Duration = Duration::days(365);

#[derive(Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "as on the wire")]
pub(in crate::http) struct Login {
    /// The account's id, which the web app sends after it created the account, instead of `login_id`.
    id: String,
    login_id: String,
    password: String,
    /// The code of the second factor.
    token: String,
    #[serde(alias = "deviceId")]
    device_id: String,
}

/// The response has the account as its body and the token in the header `Token`. Only a client that says it is a
/// browser gets cookies.
pub(in crate::http) async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    from: ClientAddress,
    body: Result<json::Json<Login>, Problem>,
) -> Result<Response, Problem> {
    // A body that is no JSON has no password, as in Mattermost.
    let json::Json(login) = body.or_else(unreadable)?;
    let request = SignIn {
        login: login.login_id,
        id: login.id.parse().ok(),
        password: Secret::new(login.password),
        address: from.ip,
        device: auth::cookie(&headers, DEVICE_COOKIE).map(Secret::new),
        token: auth::token(&headers).map(Secret::new),
        code: Secret::new(login.token),
        device_id: login.device_id,
        agent: user_agent::agent(&headers),
    };
    let new = app.access.sign_in(request).await?;
    let mut response = Json(UserResponse::whole(new.user.clone())).into_response();
    if let Ok(token) = HeaderValue::from_str(new.token.reveal()) {
        response.headers_mut().insert("Token", token);
    }
    if headers.get("x-requested-with").is_some_and(|value| value == "XMLHttpRequest") {
        for cookie in cookies(&app, &new) {
            set_cookie(&mut response, &cookie);
        }
        if let Some(proof) = app.access.device_proof(&new.user) {
            let cookie =
                Cookie::build((DEVICE_COOKIE, proof.reveal().to_owned())).path("/").max_age(DEVICE_AGE);
            let cookie = cookie.same_site(SameSite::Lax).secure(is_secure(&app)).http_only(true);
            set_cookie(&mut response, &cookie.build());
        }
    }
    Ok(response)
}

fn unreadable(problem: Problem) -> Result<json::Json<Login>, Problem> {
    if problem.status() == StatusCode::BAD_REQUEST { Ok(json::Json::default()) } else { Err(problem) }
}

/// Ends the session; succeeds without one, too. Refuses a cookie without its CSRF token.
pub(in crate::http) async fn logout(
    State(app): State<App>,
    session: Option<Session>,
) -> Result<Response, Problem> {
    if let Some(session) = session {
        app.access.sign_out(session.principal()).await?;
    }
    let mut response = ok().into_response();
    for name in [TOKEN_COOKIE, USER_COOKIE, CSRF_COOKIE] {
        set_cookie(&mut response, &Cookie::build((name, "")).path("/").max_age(Duration::ZERO).build());
    }
    Ok(response)
}

fn cookies(app: &App, new: &NewSession) -> [Cookie<'static>; 3] {
    let NewSession { user, session, token } = new;
    let age = Duration::milliseconds(session.expires_at.as_millis() - session.create_at.as_millis());
    let secure = is_secure(app);
    let cookie = |name: &'static str, value: &str| {
        let cookie = Cookie::build((name, value.to_owned())).path("/").max_age(age);
        cookie.same_site(SameSite::Lax).secure(secure)
    };
    [
        cookie(TOKEN_COOKIE, token.reveal()).http_only(true).build(),
        cookie(USER_COOKIE, user.id.as_str()).build(),
        cookie(CSRF_COOKIE, &session.csrf).build(),
    ]
}

fn is_secure(app: &App) -> bool {
    app.site_url.starts_with("https://")
}

fn set_cookie(response: &mut Response, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
