//! The only place that creates, changes and removes teams, channels and posts. Each verb checks permission, checks its
//! input, commits, and publishes to sockets.

mod attachments;
mod channels;
mod checks;
mod compose;
mod drafts;
mod echoes;
mod events;
mod favorites;
mod files;
mod followers;
mod links;
mod mentions;
mod named;
mod outgoing;
mod posts;
mod preferences;
mod presence;
mod previews;
mod publication;
mod publish;
mod reactions;
mod reading;
mod reminders;
mod render;
mod search;
mod sidebar;
mod slack;
mod teams;
mod threads;
mod unreached;
mod unread;

pub use channels::NewChannel;
pub use compose::{Origin, compose};
pub use drafts::NewDraft;
pub use files::{
    FileError, Files, MAX_AVATAR_FILE, MAX_EMOJI_FILE, MAX_TEAM_PICTURE, NewEmoji, NewUpload, Receiving,
    Rendition, Uploading,
};
pub use named::NamedThings;
pub use posts::{NewPost, PostChange};
pub use presence::NewStatus;
pub use search::SearchRequest;
pub use sidebar::CategoryChange;
pub use teams::NewTeam;

use std::sync::Arc;

use serde_json::Value;

use crate::access::{AccessError, Prohibition, audit_row, rules};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::LimitsSettings;
use crate::model::{Kind, User};
use crate::store::{Store, StoreError};

/// The verbs on teams, channels and posts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Chat {
    store: Store,
    clock: Clock,
    bus: Bus,
    limits: LimitsSettings,
    /// The address that links to this server start with, without a trailing slash.
    site_url: Arc<str>,
    activities: presence::Activities,
    /// Whether posts fire outgoing webhooks.
    fires_hooks: bool,
}

/// Why a team, channel or post was not created, changed or returned.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("there is no such {0}; check its id or name")]
    NotFound(Kind),
    #[error("`{field}` is not valid: {reason}")]
    Invalid { kind: Kind, field: &'static str, reason: String },
    #[error("a {0} of this name exists already; choose another name")]
    Taken(Kind),
    #[error("`root_id` must be the first post of a thread in the same channel")]
    BadRoot,
    #[error("this server has no acknowledgements of posts; leave `requested_ack` out")]
    NoAcknowledgements,
    #[error("`root_id` is a post of another channel; name one of this channel")]
    RootElsewhere,
    #[error("types that begin with `system_` are the server's own; send another `type`")]
    SystemKind,
    #[error("the message has {length} characters; at most {limit} are allowed")]
    TooLong { length: usize, limit: usize },
    #[error("a post has at most {limit} different emoji; use one that it already has")]
    TooManyEmoji { limit: i64 },
    #[error("the order must name all {expected} categories; read them again")]
    IncompleteOrder { expected: usize },
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ChatError {
    /// Returns the error for the use of a channel whose id is none. It is that of a hidden channel.
    pub fn unknown_channel() -> Self {
        rules::hidden_channel().into()
    }
}

impl From<Prohibition> for ChatError {
    fn from(prohibition: Prohibition) -> Self {
        Self::Access(prohibition.into())
    }
}

impl Chat {
    pub fn new(store: Store, clock: Clock, bus: Bus, limits: LimitsSettings, site_url: Arc<str>) -> Self {
        let activities = presence::Activities::default();
        Self { store, clock, bus, limits, site_url, activities, fires_hooks: true }
    }

    /// Sets whether posts fire outgoing webhooks.
    #[must_use]
    pub fn with_outgoing_hooks(self, fires_hooks: bool) -> Self {
        Self { fires_hooks, ..self }
    }

    /// Returns the store with an audit row of this change by `caller`, for one call that does change something.
    fn recording(
        &self,
        caller: &User,
        action: &str,
        thing: (&str, &str),
        was: Option<Value>,
        became: Option<Value>,
    ) -> Store {
        self.store.with_audit(audit_row(&self.clock, Some(caller), action, thing, was, became))
    }
}
