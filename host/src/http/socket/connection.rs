//! Runs an authenticated socket: sends events and handles requests until either side ends it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::SinkExt;
use serde_json::json;

use super::request::{self, ClientFrame};
use super::{SignIn, action};
use crate::access::AccessError;
use crate::app::App;
use crate::bus::{Event, Next, Resume, Scope, Subscription, TooManySockets};
use crate::http::response_headers::VERSION;
use crate::model::Timestamp;
use crate::rate::Draw;

/// How often the server pings. Some clients reconnect after 65 seconds without a ping.
const PING: Duration = Duration::from_mins(1);

/// How long a client may be silent before it counts as gone.
const GONE: Duration = Duration::from_secs(100);

/// How long one write may take before the client counts as gone.
const WRITE: Duration = Duration::from_secs(30);

/// Most events that are written before a flush.
const BATCH: usize = 64;

/// How long a client may take to read the closing frame once the server stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a socket ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client is gone or unreachable. It may reconnect and resume.
    Gone,
    /// The session ended, so the connection cannot be resumed.
    SignedOut,
    /// The server stops. Clients reconnect at once to a server that went away.
    Stopping,
}

pub(super) struct SocketConnection {
    app: App,
    events: Subscription,
    last_frame_at: Timestamp,
    ping_at: Timestamp,
    /// Until when the server reads nothing from a client that sent too much.
    paused_until: Option<Timestamp>,
}

/// A connection with its socket.
struct OpenSocket {
    socket: WebSocket,
    sign_in: SignIn,
    connection: SocketConnection,
}

impl SocketConnection {
    pub(super) fn open(app: &App, sign_in: &SignIn, resume: Option<&Resume>) -> Result<Self, TooManySockets> {
        let user = &sign_in.principal.user.id;
        let events = app.bus.connect(user, resume, |connection_id| {
            let host = app.site_url.split("://").last().unwrap_or_default();
            let data = json!({
                "server_version": VERSION.as_str(), "connection_id": connection_id, "server_hostname": host,
            });
            Event::new("hello", &data, &Scope { user_id: Some(user.clone()), ..Scope::default() })
        })?;
        let now = app.clock.now();
        Ok(Self { app: app.clone(), events, last_frame_at: now, ping_at: now.plus(PING), paused_until: None })
    }

    pub(super) async fn run(self, socket: WebSocket, sign_in: SignIn, challenged: Option<i64>) {
        let mut open = OpenSocket { socket, sign_in, connection: self };
        let end = match open.greet(challenged).await {
            Ok(()) => open.exchange().await,
            Err(end) => end,
        };
        let OpenSocket { mut socket, connection: Self { app, events, .. }, .. } = open;
        if end == End::SignedOut {
            events.end();
        } else {
            drop(events);
        }
        let frame = (end == End::Stopping).then(|| CloseFrame {
            code: close_code::AWAY,
            reason: "the server is stopping; connect again in a moment".into(),
        });
        let stopping = async {
            app.tasks.stopping().await;
            tokio::time::sleep(FAREWELL).await;
        };
        // A failure means that the client is gone already.
        tokio::select! {
            sent = socket.send(Message::Close(frame)) => drop(sent),
            () = app.clock.sleep(WRITE) => {}
            () = stopping => {}
        }
    }

    /// When the next ping is due, the client counts as gone, or may send again, whichever is first.
    fn next_timer(&self) -> Timestamp {
        let timer = self.ping_at.min(self.last_frame_at.plus(GONE));
        self.paused_until.map_or(timer, |until| timer.min(until))
    }

    /// Counts a frame of the client. Once its account has sent too many, the server reads no further one for a while.
    fn count_frame(&mut self) {
        self.last_frame_at = self.app.clock.now();
        let drawn =
            self.app.socket_frames.as_ref().map(|frames| frames.draw(self.events.user(), self.last_frame_at));
        if let Some(Draw { allowed: false, retry_after, .. }) = drawn {
            let pause = Duration::from_secs(retry_after.max(1).unsigned_abs());
            self.paused_until = Some(self.last_frame_at.plus(pause));
        }
    }
}

impl OpenSocket {
    /// Sends `hello` on a fresh connection, then the reply to a challenge.
    async fn greet(&mut self, challenged: Option<i64>) -> Result<(), End> {
        if !self.connection.events.resumed {
            self.write(None).await?;
        }
        match challenged {
            Some(seq) => self.send(Message::text(request::ok(seq, None))).await,
            None => Ok(()),
        }
    }

    async fn exchange(&mut self) -> End {
        let clock = self.connection.app.clock.clone();
        let tasks = self.connection.app.tasks.clone();
        let due = self.connection.next_timer();
        let mut timer_at = Some(due);
        let mut timer = Box::pin(clock.sleep_until(due));
        loop {
            let handled = tokio::select! {
                delivery = self.connection.events.next() => self.on_event(delivery).await,
                message = self.socket.recv(), if self.connection.paused_until.is_none() => match message {
                    Some(Ok(message)) => self.on_frame(&message).await,
                    _ => Err(End::Gone),
                },
                () = &mut timer => {
                    timer_at = None;
                    self.on_timer().await
                }
                () = tasks.stopping() => Err(End::Stopping),
            };
            if let Err(end) = handled {
                return end;
            }
            let due = self.connection.next_timer();
            if timer_at != Some(due) {
                timer_at = Some(due);
                timer = Box::pin(clock.sleep_until(due));
            }
        }
    }

    async fn on_event(&mut self, delivery: Option<Next>) -> Result<(), End> {
        match delivery {
            Some(Next::Event(seq, event)) => self.write(Some((seq, event))).await,
            Some(Next::Recheck) => self.recheck().await,
            None => Err(End::Gone),
        }
    }

    /// Writes an event and the pending ones after it, then flushes. A client counts as gone if it does not read them in
    /// time or its connection ends meanwhile.
    async fn write(&mut self, first: Option<(u64, Arc<Event>)>) -> Result<(), End> {
        let Self { socket, connection: SocketConnection { app, events, .. }, .. } = self;
        let writing = async {
            let mut next = first.or_else(|| events.waiting());
            let mut written = 0;
            while let Some((seq, event)) = next {
                socket.feed(Message::text(event.frame(events.user(), seq))).await?;
                written += 1;
                next = if written < BATCH { events.waiting() } else { None };
            }
            socket.flush().await
        };
        tokio::select! {
            biased;
            written = writing => written.map_err(|_| End::Gone),
            () = events.ended() => Err(End::Gone),
            () = app.clock.sleep(WRITE) => Err(End::Gone),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let Self { socket, connection: SocketConnection { app, events, .. }, .. } = self;
        tokio::select! {
            biased;
            sent = socket.send(message) => sent.map_err(|_| End::Gone),
            () = events.ended() => Err(End::Gone),
            () = app.clock.sleep(WRITE) => Err(End::Gone),
        }
    }

    async fn on_frame(&mut self, message: &Message) -> Result<(), End> {
        self.connection.count_frame();
        let reply = match ClientFrame::of(message) {
            ClientFrame::Request(request) => {
                let SocketConnection { app, events, .. } = &self.connection;
                action::answer(&request, &self.sign_in.principal.user, events, app).await
            }
            ClientFrame::Control => return Ok(()),
            ClientFrame::Malformed => return Err(End::Gone),
        };
        self.send(Message::text(reply)).await
    }

    /// Sends a ping if one is due, and gives up on a client that has been silent for too long.
    async fn on_timer(&mut self) -> Result<(), End> {
        let now = self.connection.app.clock.now();
        if self.connection.paused_until.is_some_and(|until| until <= now) {
            self.connection.paused_until = None;
        }
        if self.connection.last_frame_at.plus(GONE) <= now {
            return Err(End::Gone);
        }
        if self.connection.ping_at <= now {
            self.connection.ping_at = now.plus(PING);
            self.recheck().await?;
            self.send(Message::Ping(Vec::new().into())).await?;
        }
        Ok(())
    }

    /// Checks that the token is still valid for the same user.
    async fn recheck(&mut self) -> Result<(), End> {
        let user = self.connection.events.user();
        match self.connection.app.access.recognise(self.sign_in.token.reveal()).await {
            Ok(principal) if &principal.user.id == user => {
                self.sign_in.principal = principal;
                Ok(())
            }
            Ok(_) | Err(AccessError::NoSession) => Err(End::SignedOut),
            // A failure of the database says nothing about the session, so the socket stays.
            Err(_) => Ok(()),
        }
    }
}
