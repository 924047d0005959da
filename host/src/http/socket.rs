//! `GET /api/v4/websocket`: events to one client, and its requests.
//!
//! A connection is anonymous until it proves a session, by its upgrade request or by `authentication_challenge`
//! within [`CHALLENGE`]; then it gets `hello` as event 0 and every event of its user from there, without gaps.

mod request;

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use self::request::{Heard, Request};
use super::auth;
use super::envelope::{COMPATIBLE_VERSION, version_id};
use super::problem::Problem;
use crate::access::{AccessError, Principal};
use crate::app::App;
use crate::bus::{Event, Scope, Subscription};
use crate::model::Timestamp;
use crate::secret::random_id;

/// How long a connection may stay anonymous.
const CHALLENGE: Duration = Duration::from_secs(5);

/// How often the server pings. Some clients reconnect when they see none for 65 seconds.
const PING: Duration = Duration::from_mins(1);

/// A client that has not been heard for this long is gone.
const GONE: Duration = Duration::from_secs(100);

/// Largest frame of a client, in bytes. Past it the socket is closed.
const MAX_FRAME: usize = 8 * 1024;

/// One authenticated connection.
struct Connection {
    socket: WebSocket,
    app: App,
    events: Subscription,
    /// The number of the next event.
    seq: u64,
    heard_at: Timestamp,
}

pub(super) async fn upgrade(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejected| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "api.web_socket.connect.upgrade.app_error",
            rejected.body_text(),
        )
    })?;
    check_origin(&headers, &app)?;
    // A token that is not valid leaves the connection anonymous: the challenge decides.
    let principal = match auth::recognise(&headers, None, &app).await {
        Ok(principal) => Some(principal),
        Err(AccessError::NoSession) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(move |socket| serve(socket, app, principal)))
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
        Err(Problem::new(StatusCode::BAD_REQUEST, "api.web_socket.connect.check_origin.app_error", message))
    }
}

async fn serve(mut socket: WebSocket, app: App, principal: Option<Principal>) {
    let (principal, challenged) = match principal {
        Some(principal) => (principal, None),
        None => match challenge(&mut socket, &app).await {
            Some((principal, seq)) => (principal, Some(seq)),
            None => return,
        },
    };
    let events = app.bus.subscribe(principal.user.id.clone());
    let heard_at = app.clock.now();
    let mut connection = Connection { socket, app, events, seq: 0, heard_at };
    if connection.greet(challenged).await.is_ok() {
        connection.run().await;
    }
}

/// Waits for a valid `authentication_challenge`. None: it did not come, and the socket closes without a word.
async fn challenge(socket: &mut WebSocket, app: &App) -> Option<(Principal, i64)> {
    let late = app.clock.sleep(CHALLENGE);
    tokio::pin!(late);
    loop {
        let message = tokio::select! {
            () = &mut late => return None,
            () = app.tasks.stopping() => return None,
            message = socket.recv() => message?.ok()?,
        };
        match Heard::of(&message) {
            Heard::Request(request) if request.action == "authentication_challenge" => {
                let token = request.data.get("token").and_then(|token| token.as_str()).unwrap_or_default();
                let principal = app.access.recognise(token).await.ok()?;
                return Some((principal, request.seq));
            }
            Heard::Request(request) => {
                let refused = request.fail(
                    401,
                    "api.web_socket_router.not_authenticated.app_error",
                    "not signed in yet",
                );
                socket.send(Message::text(refused)).await.ok()?;
            }
            Heard::Nothing => {}
            Heard::Nonsense => return None,
        }
    }
}

impl Connection {
    async fn greet(&mut self, challenged: Option<i64>) -> Result<(), axum::Error> {
        let data = json!({
            "server_version": version_id(), "connection_id": random_id(), "server_hostname": "",
        });
        let scope = Scope { user_id: Some(self.events.user().clone()), ..Scope::default() };
        self.send_event(&Event::new("hello", &data, &scope)).await?;
        match challenged {
            Some(seq) => self.socket.send(Message::text(request::ok(seq, None))).await,
            None => Ok(()),
        }
    }

    /// Events out and requests in, until either side ends.
    async fn run(mut self) {
        let clock = self.app.clock.clone();
        let tasks = self.app.tasks.clone();
        let mut ping = Box::pin(clock.sleep(PING));
        loop {
            let done = tokio::select! {
                event = self.events.next() => match event {
                    Some(event) => self.send_event(&event).await.is_err(),
                    None => true,
                },
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(&message).await.is_err(),
                    _ => true,
                },
                () = &mut ping => {
                    ping = Box::pin(clock.sleep(PING));
                    self.heard_at.plus(GONE) <= clock.now() || self.socket.send(Message::Ping(Vec::new().into())).await.is_err()
                },
                () = tasks.stopping() => true,
            };
            if done {
                break;
            }
        }
        // The client reads the reason or is gone already.
        drop(self.socket.send(Message::Close(None)).await);
    }

    async fn send_event(&mut self, event: &Event) -> Result<(), axum::Error> {
        let frame = event.frame(self.events.user(), self.seq);
        self.seq += 1;
        self.socket.send(Message::text(frame)).await
    }

    async fn hear(&mut self, message: &Message) -> Result<(), axum::Error> {
        self.heard_at = self.app.clock.now();
        let reply = match Heard::of(message) {
            Heard::Request(request) => self.answer(&request),
            Heard::Nothing => return Ok(()),
            Heard::Nonsense => return Err(axum::Error::new(std::io::Error::other("not a request"))),
        };
        self.socket.send(Message::text(reply)).await
    }

    fn answer(&self, request: &Request) -> String {
        if request.seq <= 0 {
            return request.fail(
                400,
                "api.web_socket_router.bad_seq.app_error",
                "`seq` must be greater than 0",
            );
        }
        match request.action.as_str() {
            "ping" => {
                let now = self.app.clock.now();
                let data =
                    json!({"text": "pong", "version": COMPATIBLE_VERSION, "server_time": now, "node_id": ""});
                request::ok(request.seq, Some(data))
            }
            // Signed in already: saying so again is harmless.
            "authentication_challenge" => request::ok(request.seq, None),
            _ => request.fail(500, "api.web_socket_router.bad_action.app_error", "there is no such action"),
        }
    }
}
