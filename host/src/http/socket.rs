//! `GET /api/v4/websocket`: events to one client, and its requests.
//!
//! A socket is anonymous until it proves a session, by its upgrade request or by `authentication_challenge` within
//! [`CHALLENGE`]. Then it gets `hello` as event 0 and every event of its user from there, without gaps; or, when its
//! address names the connection it lost, it reads on where it was.

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
use axum::response::Response;

use self::connection::Connection;
use self::request::Heard;
use self::resume::Wanted;
use super::auth;
use super::params::Query;
use super::problem::{Code, Problem};
use crate::access::Principal;
use crate::app::App;
use crate::secret::Secret;

/// How long a connection may stay anonymous.
const CHALLENGE: Duration = Duration::from_secs(5);

/// Largest frame of a client, in bytes. Past it the socket is closed.
const MAX_FRAME: usize = 8 * 1024;

/// What a socket reads into, in bytes: clients say little, and every idle socket has one.
const READ_BUFFER: usize = 2 * 1024;

/// Bytes gathered before they are handed to the system.
const WRITE_BUFFER: usize = 16 * 1024;

/// Somebody signed in, and the token that proved it, to be asked again.
struct Proven {
    principal: Principal,
    token: Secret,
}

pub(super) async fn upgrade(
    State(app): State<App>,
    query: Query,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        let id = "api.web_socket.connect.upgrade.app_error";
        Problem::new(StatusCode::BAD_REQUEST, Code::SocketInvalid, id, rejection.body_text())
    })?;
    check_origin(&headers, &app)?;
    // A token that is not valid leaves the connection anonymous: the challenge decides.
    let proven = auth::recognise(&headers, None, &app).await?.map(|principal| {
        let token = Secret::new(auth::token(&headers).unwrap_or_default());
        Proven { principal, token }
    });
    let wanted = Wanted::of(&query);
    Ok(upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .on_upgrade(move |socket| serve(socket, app, proven, wanted)))
}

/// A browser says where its page comes from; only this site's pages may use its cookies here.
fn check_origin(headers: &HeaderMap, app: &App) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return Ok(());
    };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same_host = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    if same_host || origin == &*app.site_url {
        Ok(())
    } else {
        let message = "the page's origin is not this server's `server.site_url`";
        let id = "api.web_socket.connect.check_origin.app_error";
        Err(Problem::new(StatusCode::BAD_REQUEST, Code::SocketInvalid, id, message))
    }
}

async fn serve(mut socket: WebSocket, app: App, proven: Option<Proven>, wanted: Wanted) {
    let resume = match wanted {
        Wanted::Fresh => None,
        Wanted::Resume(resume) => Some(resume),
        Wanted::Nonsense(reason) => return refuse(&mut socket, &app, reason).await,
    };
    let (proven, challenged) = match proven {
        Some(proven) => (proven, None),
        None => match challenge(&mut socket, &app).await {
            Some((proven, seq)) => (proven, Some(seq)),
            None => return,
        },
    };
    let user = proven.principal.user.id.clone();
    match Connection::open(&app, &proven, resume.as_ref()) {
        Ok(connection) => {
            app.chat.socket_opened(&user).await;
            connection.run(socket, proven, challenged).await;
            app.chat.socket_closed(&user);
        }
        Err(error) => refuse(&mut socket, &app, &error.to_string()).await,
    }
}

/// Closes a socket, saying why in the closing frame.
async fn refuse(socket: &mut WebSocket, app: &App, reason: &str) {
    let frame = CloseFrame { code: close_code::POLICY, reason: reason.into() };
    tokio::select! {
        // The client reads the reason or is gone already.
        sent = socket.send(Message::Close(Some(frame))) => drop(sent),
        () = app.clock.sleep(CHALLENGE) => {}
        () = app.tasks.stopping() => {}
    }
}

/// Waits for a valid `authentication_challenge`. None: it did not come, and the socket closes without a word. The time
/// holds for everything on the way: a client that does not take its replies is late, too.
async fn challenge(socket: &mut WebSocket, app: &App) -> Option<(Proven, i64)> {
    tokio::select! {
        proven = sign_in(socket, app) => proven,
        () = app.clock.sleep(CHALLENGE) => None,
        () = app.tasks.stopping() => None,
    }
}

async fn sign_in(socket: &mut WebSocket, app: &App) -> Option<(Proven, i64)> {
    loop {
        let request = match Heard::of(&socket.recv().await?.ok()?) {
            Heard::Request(request) => request,
            Heard::Nothing => continue,
            Heard::Nonsense => return None,
        };
        let refused = if let Some(misnumbered) = request.misnumbered() {
            misnumbered
        } else if request.action == "authentication_challenge" {
            let token = request.data.get("token").and_then(|token| token.as_str()).unwrap_or_default();
            let principal = app.access.recognise(token).await.ok()?;
            return Some((Proven { principal, token: Secret::new(token) }, request.seq));
        } else {
            request.fail(401, "api.web_socket_router.not_authenticated.app_error", "not signed in yet")
        };
        socket.send(Message::text(refused)).await.ok()?;
    }
}
