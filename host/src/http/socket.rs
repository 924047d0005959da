//! `GET /api/v4/websocket`: sends events to one client and handles its requests.
//!
//! A socket is anonymous until it proves a session, by its upgrade request or by `authentication_challenge` within
//! [`CHALLENGE`]. Then it gets `hello` as event 0 and every further event of its user, without gaps. If its query names
//! a lost connection, it resumes that one instead.

mod action;
mod connection;
mod request;
mod resume;
mod watch;

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use self::connection::SocketConnection;
use self::request::ClientFrame;
use self::resume::Start;
use super::auth;
use super::params::Query;
use super::problem::Problem;
use crate::access::Principal;
use crate::app::App;
use crate::secret::Secret;

/// How long a connection may stay anonymous.
const CHALLENGE: Duration = Duration::from_secs(5);

/// Largest frame that a client may send, in bytes. A larger one closes the socket.
const MAX_FRAME: usize = 8 * 1024;

/// Size of a socket's read buffer, in bytes. It is small because clients send little and each idle socket has one.
const READ_BUFFER: usize = 2 * 1024;

/// How many bytes are gathered before they are written.
const WRITE_BUFFER: usize = 16 * 1024;

/// A signed-in user, and the token that proved it, which is checked again from time to time.
struct SignIn {
    principal: Principal,
    token: Secret,
}

pub(super) async fn upgrade(
    State(app): State<App>,
    query: Result<Query, Problem>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    // A client that fails here speaks no JSON yet: it gets a plain text, as WebSocket libraries send it.
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok((StatusCode::BAD_REQUEST, rejection.body_text()).into_response()),
    };
    if !is_own_origin(&headers, &app) {
        let message = "the page's origin is not `server.site_url`; open the site at that address";
        return Ok((StatusCode::FORBIDDEN, message).into_response());
    }
    // With an invalid token the connection stays anonymous, and the challenge decides.
    let sign_in = auth::recognise(&headers, None, &app).await?.map(|principal| {
        let token = Secret::new(auth::token(&headers).unwrap_or_default());
        SignIn { principal, token }
    });
    // A browser hides the status of a refused upgrade from its page, so the socket says what is wrong.
    let start = query.map_or(Start::Malformed("the query holds a NUL character"), |query| Start::of(&query));
    Ok(upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        // The server waits for its sockets when it stops, so that each gets a closing frame.
        .on_upgrade(move |socket| async move {
            let tasks = app.tasks.clone();
            drop(tasks.spawn(serve(socket, app, sign_in, start)).await);
        }))
}

/// Whether a request comes from no page, or from one of this site. Pages of other sites are refused, because the
/// browser sends this site's cookies with their requests.
fn is_own_origin(headers: &HeaderMap, app: &App) -> bool {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return true;
    };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same_host = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    same_host || origin == &*app.site_url
}

async fn serve(mut socket: WebSocket, app: App, sign_in: Option<SignIn>, start: Start) {
    let resume = match start {
        Start::Fresh => None,
        Start::Resume(resume) => Some(resume),
        Start::Malformed(reason) => return refuse(&mut socket, &app, reason).await,
    };
    let (sign_in, challenged) = match sign_in {
        Some(sign_in) => (sign_in, None),
        None => match challenge(&mut socket, &app).await {
            Some((sign_in, seq)) => (sign_in, Some(seq)),
            None => return,
        },
    };
    let user = sign_in.principal.user.id.clone();
    match SocketConnection::open(&app, &sign_in, resume.as_ref()) {
        Ok(connection) => {
            app.chat.socket_opened(&user).await;
            connection.run(socket, sign_in, challenged).await;
            app.chat.socket_closed(&user);
        }
        Err(error) => refuse(&mut socket, &app, &error.to_string()).await,
    }
}

/// Closes a socket, with the reason in the close frame.
async fn refuse(socket: &mut WebSocket, app: &App, reason: &str) {
    let frame = CloseFrame { code: close_code::POLICY, reason: reason.into() };
    tokio::select! {
        // A failure means that the client is gone already.
        sent = socket.send(Message::Close(Some(frame))) => drop(sent),
        () = app.clock.sleep(CHALLENGE) => {}
        () = app.tasks.stopping() => {}
    }
}

/// Waits for a valid `authentication_challenge`. Returns None if none arrives in time; the socket then closes silently.
/// The time includes sending the replies, so a client that does not read them is late, too.
async fn challenge(socket: &mut WebSocket, app: &App) -> Option<(SignIn, i64)> {
    tokio::select! {
        sign_in = read_challenge(socket, app) => sign_in,
        () = app.clock.sleep(CHALLENGE) => None,
        () = app.tasks.stopping() => None,
    }
}

async fn read_challenge(socket: &mut WebSocket, app: &App) -> Option<(SignIn, i64)> {
    loop {
        let request = match ClientFrame::of(&socket.recv().await?.ok()?) {
            ClientFrame::Request(request) => request,
            ClientFrame::Control => continue,
            ClientFrame::Malformed => return None,
        };
        let reply = if let Some(reply) = request.check_seq() {
            reply
        } else if request.action == "authentication_challenge" {
            let token = request.data.get("token").and_then(|token| token.as_str()).unwrap_or_default();
            let principal = app.access.recognise(token).await.ok()?;
            return Some((SignIn { principal, token: Secret::new(token) }, request.seq));
        } else {
            request.fail(401, "api.web_socket_router.not_authenticated.app_error", "not signed in yet")
        };
        socket.send(Message::text(reply)).await.ok()?;
    }
}
