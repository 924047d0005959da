//! Events to sockets. In-process: what happened on this node reaches the sockets of this node.
//!
//! An event is serialised once and shared by all sockets; a socket adds its own `seq`, and `mentions` for those
//! mentioned. A socket that does not keep up is cut off rather than let others wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::model::{ChannelId, TeamId, UserId};

/// Events that may wait for one socket. At this many the socket is closed; its client reconnects and reads on.
pub const SOCKET_QUEUE: usize = 256;

/// Delivers events to whoever is connected. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Bus(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sockets: Mutex<HashMap<UserId, Vec<Socket>>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Socket {
    number: u64,
    queue: mpsc::Sender<Arc<Event>>,
}

/// Something that happened, ready for the wire.
#[derive(Debug)]
pub struct Event {
    name: &'static str,
    /// The data object's JSON without its closing brace, so that `mentions` can follow.
    data: String,
    broadcast: String,
    mentioned: Vec<UserId>,
}

/// What the envelope's `broadcast` says.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub user_id: Option<UserId>,
    pub channel_id: Option<ChannelId>,
    pub team_id: Option<TeamId>,
}

/// One socket's end of the bus. Dropping it disconnects.
#[derive(Debug)]
pub struct Subscription {
    bus: Bus,
    user: UserId,
    number: u64,
    events: mpsc::Receiver<Arc<Event>>,
}

// === impl Bus ===

impl Bus {
    pub fn subscribe(&self, user: UserId) -> Subscription {
        let (queue, events) = mpsc::channel(SOCKET_QUEUE);
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.lock().entry(user.clone()).or_default().push(Socket { number, queue });
        Subscription { bus: self.clone(), user, number, events }
    }

    /// Whether anybody listens: without listeners nobody needs to know who is in a channel.
    pub fn is_silent(&self) -> bool {
        self.lock().is_empty()
    }

    /// Hands an event to every socket of these users. A socket whose queue is full is dropped from the bus, which
    /// closes it.
    pub fn send(&self, event: Event, to: &[UserId]) {
        let event = Arc::new(event);
        let mut sockets = self.lock();
        for user in to {
            if let Some(list) = sockets.get_mut(user) {
                list.retain(|socket| socket.queue.try_send(event.clone()).is_ok());
                if list.is_empty() {
                    sockets.remove(user);
                }
            }
        }
    }

    /// Hands an event to every socket there is.
    pub fn send_all(&self, event: Event) {
        let users: Vec<UserId> = self.lock().keys().cloned().collect();
        self.send(event, &users);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Vec<Socket>>> {
        self.0.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Event ===

impl Event {
    pub fn new(name: &'static str, data: &Value, scope: &Scope) -> Self {
        let mut data = data.to_string();
        data.pop();
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        let broadcast = json!({
            "omit_users": null,
            "user_id": text(scope.user_id.as_ref().map(UserId::as_str)),
            "channel_id": text(scope.channel_id.as_ref().map(ChannelId::as_str)),
            "team_id": text(scope.team_id.as_ref().map(TeamId::as_str)),
            "connection_id": "",
            "omit_connection_id": "",
        });
        Self { name, data, broadcast: broadcast.to_string(), mentioned: Vec::new() }
    }

    /// Marks who is mentioned: only their copies say so, each naming just them.
    #[must_use]
    pub fn mentioning(mut self, users: Vec<UserId>) -> Self {
        self.mentioned = users;
        self
    }

    /// The frame for one user's socket.
    pub fn frame(&self, user: &UserId, seq: u64) -> String {
        let mentions = if self.mentioned.contains(user) {
            let comma = if self.data.len() > 1 { "," } else { "" };
            format!("{comma}\"mentions\":\"[\\\"{user}\\\"]\"")
        } else {
            String::new()
        };
        format!(
            "{{\"event\":\"{}\",\"data\":{}{mentions}}},\"broadcast\":{},\"seq\":{seq}}}",
            self.name, self.data, self.broadcast
        )
    }
}

// === impl Subscription ===

impl Subscription {
    /// The next event; none when this socket was too slow and was cut off.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        self.events.recv().await
    }

    pub fn user(&self) -> &UserId {
        &self.user
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut sockets = self.bus.lock();
        if let Some(list) = sockets.get_mut(&self.user) {
            list.retain(|socket| socket.number != self.number);
            if list.is_empty() {
                sockets.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(letter: &str) -> UserId {
        letter.repeat(26).parse().unwrap()
    }

    #[test]
    fn only_the_mentioned_users_copy_says_so() {
        let event = Event::new("posted", &json!({"a": 1}), &Scope::default()).mentioning(vec![user("a")]);
        let copy: Value = serde_json::from_str(&event.frame(&user("a"), 3)).unwrap();
        assert_eq!(copy["data"], json!({"a": 1, "mentions": format!("[\"{}\"]", user("a"))}));
        let other: Value = serde_json::from_str(&event.frame(&user("b"), 7)).unwrap();
        assert_eq!((&other["data"], &other["seq"]), (&json!({"a": 1}), &json!(7)));
    }

    #[tokio::test]
    async fn a_socket_that_does_not_keep_up_is_cut_off_after_its_queue() {
        let bus = Bus::default();
        let mut slow = bus.subscribe(user("a"));
        for _ in 0..=SOCKET_QUEUE {
            bus.send(Event::new("posted", &json!({}), &Scope::default()), &[user("a")]);
        }
        assert!(bus.is_silent());
        let mut received = 0;
        while slow.next().await.is_some() {
            received += 1;
        }
        assert_eq!(received, SOCKET_QUEUE);
    }
}
