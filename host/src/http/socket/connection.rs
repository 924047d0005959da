//! An authenticated socket: events out and requests in, until either side ends.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use serde_json::json;

use super::request::{self, Heard};
use super::{Proven, action};
use crate::access::AccessError;
use crate::app::App;
use crate::bus::{Event, Next, Resume, Scope, Subscription, TooManySockets};
use crate::http::envelope::VERSION;
use crate::model::Timestamp;

/// How often the server pings. Some clients reconnect when they see none for 65 seconds.
const PING: Duration = Duration::from_mins(1);

/// A client that has not been heard for this long is gone.
const GONE: Duration = Duration::from_secs(100);

/// How long one write may take before the client counts as gone.
const WRITE: Duration = Duration::from_secs(30);

/// Events handed to the system in one go, when so many wait.
const BATCH: usize = 64;

/// Why a socket ends.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client went, or cannot be reached; it may come back and read on.
    Gone,
    /// The session ended: there is nothing to come back to.
    SignedOut,
}

pub(super) struct Connection {
    app: App,
    events: Subscription,
    heard_at: Timestamp,
    ping_at: Timestamp,
}

/// The same with its socket.
struct Open {
    socket: WebSocket,
    proven: Proven,
    connection: Connection,
}

impl Connection {
    pub(super) fn open(app: &App, proven: &Proven, resume: Option<&Resume>) -> Result<Self, TooManySockets> {
        let user = &proven.principal.user.id;
        let events = app.bus.connect(user, resume, |connection_id| {
            let host = app.site_url.split("://").last().unwrap_or_default();
            let data = json!({
                "server_version": VERSION.as_str(), "connection_id": connection_id, "server_hostname": host,
            });
            Event::new("hello", &data, &Scope { user_id: Some(user.clone()), ..Scope::default() })
        })?;
        let now = app.clock.now();
        Ok(Self { app: app.clone(), events, heard_at: now, ping_at: now.plus(PING) })
    }

    pub(super) async fn run(self, socket: WebSocket, proven: Proven, challenged: Option<i64>) {
        let mut open = Open { socket, proven, connection: self };
        let end = match open.greet(challenged).await {
            Ok(()) => open.exchange().await,
            Err(end) => end,
        };
        let Open { mut socket, connection: Self { app, events, .. }, .. } = open;
        if end == End::SignedOut {
            events.end();
        } else {
            drop(events);
        }
        // The client reads the end or is gone already.
        tokio::select! {
            sent = socket.send(Message::Close(None)) => drop(sent),
            () = app.clock.sleep(WRITE) => {}
            () = app.tasks.stopping() => {}
        }
    }

    /// When to look again whether to ping or to give up.
    fn alarm(&self) -> Timestamp {
        self.ping_at.min(self.heard_at.plus(GONE))
    }
}

impl Open {
    /// A fresh connection begins with `hello`; the reply to a challenge comes after it.
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
        let mut alarm = Box::pin(clock.sleep_until(self.connection.alarm()));
        loop {
            let went = tokio::select! {
                told = self.connection.events.next() => self.heed(told).await,
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(&message).await,
                    _ => Err(End::Gone),
                },
                () = &mut alarm => {
                    let went = self.look_after().await;
                    alarm = Box::pin(clock.sleep_until(self.connection.alarm()));
                    went
                },
                () = tasks.stopping() => Err(End::Gone),
            };
            if let Err(end) = went {
                return end;
            }
        }
    }

    async fn heed(&mut self, told: Option<Next>) -> Result<(), End> {
        match told {
            Some(Next::Event(seq, event)) => self.write(Some((seq, event))).await,
            Some(Next::Recheck) => self.recheck().await,
            None => Err(End::Gone),
        }
    }

    /// Sends an event and what waits behind it, in one go. A client that does not take it in time is gone, and so is
    /// one that is cut off meanwhile.
    async fn write(&mut self, first: Option<(u64, Arc<Event>)>) -> Result<(), End> {
        let Self { socket, connection: Connection { app, events, .. }, .. } = self;
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
        let Self { socket, connection: Connection { app, events, .. }, .. } = self;
        tokio::select! {
            biased;
            sent = socket.send(message) => sent.map_err(|_| End::Gone),
            () = events.ended() => Err(End::Gone),
            () = app.clock.sleep(WRITE) => Err(End::Gone),
        }
    }

    async fn hear(&mut self, message: &Message) -> Result<(), End> {
        self.connection.heard_at = self.connection.app.clock.now();
        let reply = match Heard::of(message) {
            Heard::Request(request) => {
                let Connection { app, events, .. } = &self.connection;
                action::answer(&request, &self.proven.principal.user, events, app).await
            }
            Heard::Nothing => return Ok(()),
            Heard::Nonsense => return Err(End::Gone),
        };
        self.send(Message::text(reply)).await
    }

    /// Pings when it is time to, and gives up on a client that was silent for too long.
    async fn look_after(&mut self) -> Result<(), End> {
        let now = self.connection.app.clock.now();
        if self.connection.heard_at.plus(GONE) <= now {
            return Err(End::Gone);
        }
        if self.connection.ping_at <= now {
            self.connection.ping_at = now.plus(PING);
            self.recheck().await?;
            self.send(Message::Ping(Vec::new().into())).await?;
        }
        Ok(())
    }

    /// Whether the token still opens what it opened.
    async fn recheck(&mut self) -> Result<(), End> {
        let user = self.connection.events.user();
        match self.connection.app.access.recognise(self.proven.token.reveal()).await {
            Ok(principal) if &principal.user.id == user => {
                self.proven.principal = principal;
                Ok(())
            }
            Ok(_) | Err(AccessError::NoSession) => Err(End::SignedOut),
            // The database does not answer just now: that says nothing about the session.
            Err(_) => Ok(()),
        }
    }
}
