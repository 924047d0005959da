//! An event in its wire form: serialised once, completed for each socket.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use super::Topic;
use crate::model::{ChannelId, TeamId, UserId};

/// Events that are useful only for moments. A slow socket does not get them.
const FLEETING: [&str; 3] = ["typing", "status_change", "multiple_channels_viewed"];

/// Memory of a user in an event's lists, in bytes: the id, and its place in the set.
const LISTED_USER: usize = 64;

/// An event, ready for the wire.
#[derive(Debug)]
pub struct Event {
    name: &'static str,
    /// The frame up to the end of its data object, without the closing brace, so that `mentions` and `followers` can
    /// follow.
    head: String,
    /// The frame from that closing brace to the number.
    tail: String,
    /// Whether the data object is empty so far.
    bare: bool,
    /// The topic that a connection must watch to receive the event; None if all receive it.
    topic: Option<Topic>,
    /// The users whom it concerns in particular: not its audience, but whose frames differ. See [`Event::mentioning`].
    mentioned: HashSet<UserId>,
    followers: HashSet<UserId>,
    scope: Scope,
    /// Set while connections may hold the event.
    held: Option<Held>,
}

/// The bytes of all events that are held by connections, each counted once.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldBytes(Arc<AtomicUsize>);

/// One event's share of [`HeldBytes`], until it is dropped.
#[derive(Debug)]
struct Held {
    total: HeldBytes,
    bytes: usize,
}

/// What an event is about, and which part of its audience it excludes: the envelope's `broadcast`.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub user_id: Option<UserId>,
    pub channel_id: Option<ChannelId>,
    pub team_id: Option<TeamId>,
    /// Users who do not receive it, such as the user who caused it.
    pub omit_users: Vec<UserId>,
    /// If set, only this connection receives the event.
    pub connection_id: Option<String>,
    /// If set, every connection except this one receives the event.
    pub omit_connection_id: Option<String>,
    /// Whether parts were left out that only some may see. Clients then keep what they knew of those parts.
    pub contains_sanitized_data: bool,
}

impl Event {
    pub fn new(name: &'static str, data: &Value, scope: &Scope) -> Self {
        let mut data = data.to_string();
        data.pop();
        let omitted: Map<String, Value> =
            scope.omit_users.iter().map(|user| (user.to_string(), Value::Bool(true))).collect();
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        let mut broadcast = json!({
            "omit_users": if omitted.is_empty() { Value::Null } else { Value::Object(omitted) },
            "user_id": text(scope.user_id.as_ref().map(UserId::as_str)),
            "channel_id": text(scope.channel_id.as_ref().map(ChannelId::as_str)),
            "team_id": text(scope.team_id.as_ref().map(TeamId::as_str)),
            "connection_id": text(scope.connection_id.as_deref()),
            "omit_connection_id": text(scope.omit_connection_id.as_deref()),
        });
        if scope.contains_sanitized_data {
            broadcast["contains_sanitized_data"] = Value::Bool(true);
        }
        Self {
            name,
            bare: data.len() <= 1,
            head: format!("{{\"event\":\"{name}\",\"data\":{data}"),
            tail: format!("}},\"broadcast\":{broadcast},\"seq\":"),
            topic: None,
            mentioned: HashSet::new(),
            followers: HashSet::new(),
            scope: scope.clone(),
            held: None,
        }
    }

    /// Counts the event among those that connections hold, until it is dropped.
    pub(super) fn counted_in(mut self, total: &HeldBytes) -> Self {
        let bytes = self.size() + LISTED_USER * (self.mentioned.len() + self.followers.len());
        total.0.fetch_add(bytes, Ordering::Relaxed);
        self.held = Some(Held { total: total.clone(), bytes });
        self
    }

    /// Sets the mentioned users. Only their frames contain `mentions`, each with its own user alone.
    ///
    /// An event lists them, although it lists no audience, because the publisher has them anyway: the transaction of
    /// the post counted their mentions. At most 1000 are mentioned by `@channel`, the others by their name or keywords.
    #[must_use]
    pub fn mentioning(mut self, users: Vec<UserId>) -> Self {
        self.mentioned = users.into_iter().collect();
        self
    }

    /// As [`Event::mentioning`], for the followers of the thread that an event is about. The publisher has read them
    /// for the thread's own event, at most 10,000.
    #[must_use]
    pub fn followed_by(mut self, users: Vec<UserId>) -> Self {
        self.followers = users.into_iter().collect();
        self
    }

    /// Limits the event to connections that watch this topic.
    #[must_use]
    pub fn on(mut self, topic: Topic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// Returns the frame for one user's socket: the shared text, with the user's mention and the socket's number.
    pub fn frame(&self, user: &UserId, seq: u64) -> String {
        let mut frame = String::with_capacity(self.size() + 160);
        frame.push_str(&self.head);
        let mut is_bare = self.bare;
        for (key, users) in [("mentions", &self.mentioned), ("followers", &self.followers)] {
            if users.contains(user) {
                frame.push_str(if is_bare { "\"" } else { ",\"" });
                frame.push_str(key);
                frame.push_str("\":\"[\\\"");
                frame.push_str(user.as_str());
                frame.push_str("\\\"]\"");
                is_bare = false;
            }
        }
        frame.push_str(&self.tail);
        frame.push_str(&seq.to_string());
        frame.push('}');
        frame
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the size in bytes, which all sockets share.
    pub(super) fn size(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    pub(super) fn is_fleeting(&self) -> bool {
        FLEETING.contains(&self.name)
    }

    pub(super) fn topic(&self) -> Option<Topic> {
        self.topic
    }

    /// Whether the scope lets one of a user's connections receive it.
    pub(super) fn is_for(&self, user: &UserId, connection: &str) -> bool {
        let Scope { omit_users, connection_id, omit_connection_id, .. } = &self.scope;
        !omit_users.contains(user)
            && connection_id.as_deref().is_none_or(|only| only == connection)
            && omit_connection_id.as_deref() != Some(connection)
    }
}

impl HeldBytes {
    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.total.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(letter: &str) -> UserId {
        letter.repeat(26).parse().unwrap()
    }

    #[test]
    fn only_the_mentioned_users_frame_says_so() {
        for data in [json!({"a": 1}), json!({})] {
            let event = Event::new("posted", &data, &Scope::default()).mentioning(vec![user("a")]);
            let mentioned: Value = serde_json::from_str(&event.frame(&user("a"), 3)).unwrap();
            assert_eq!(mentioned["data"]["mentions"], format!("[\"{}\"]", user("a")));
            assert_eq!(mentioned["data"]["a"], data["a"]);
            let other: Value = serde_json::from_str(&event.frame(&user("b"), 7)).unwrap();
            assert_eq!((&other["data"], &other["seq"]), (&data, &json!(7)));
        }
    }

    #[test]
    fn the_broadcast_names_the_scope_and_connections_follow_it() {
        let scope = Scope {
            omit_users: vec![user("a")],
            connection_id: Some("c1".to_owned()),
            omit_connection_id: Some("c2".to_owned()),
            ..Scope::default()
        };
        let event = Event::new("typing", &json!({}), &scope);
        let frame: Value = serde_json::from_str(&event.frame(&user("b"), 0)).unwrap();
        assert_eq!(
            frame["broadcast"],
            json!({
                "omit_users": {user("a").to_string(): true}, "user_id": "", "channel_id": "", "team_id": "",
                "connection_id": "c1", "omit_connection_id": "c2",
            })
        );
        assert!(event.is_for(&user("b"), "c1"));
        assert!(!event.is_for(&user("a"), "c1") && !event.is_for(&user("b"), "c2"));
        assert!(!event.is_for(&user("b"), "c3"));
    }
}
