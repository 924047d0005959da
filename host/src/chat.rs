//! The one way a place or a message comes to exist: permission, composing, splitting, commit, announcement.

mod channels;
mod compose;
mod direct;
mod editing;
mod events;
mod files;
mod listening;
mod listing;
mod members;
mod mention;
mod places;
mod posting;
mod preferences;
mod presence;
mod publish;
mod reacting;
mod record;
mod searching;
mod show;
mod teams;
mod typing;
mod unread;

pub use compose::{Origin, compose};
pub use editing::PostChange;
pub use files::{FileError, Files, MAX_EMOJI_FILE, NewEmoji, Rendition, Uploading};
pub use places::{NewChannel, NewTeam};
pub use posting::NewPost;
pub use presence::NewStatus;
pub use searching::SearchRequest;

use crate::access::AccessError;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// Handles for places and messages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Chat {
    store: Store,
    clock: Clock,
    bus: Bus,
    seen: presence::Seen,
}

/// Why a place or message was not made, or not shown.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("`{field}` is not valid: {reason}")]
    Invalid { field: &'static str, reason: String },
    #[error("a {0} of this name exists already")]
    Taken(&'static str),
    #[error("`root_id` must be the first post of a thread in the same channel")]
    BadRoot,
    #[error("the message has {length} characters; at most {limit} are allowed")]
    TooLong { length: usize, limit: usize },
    #[error("a post has at most {limit} different emoji")]
    TooManyEmoji { limit: i64 },
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Chat {
    pub fn new(store: Store, clock: Clock, bus: Bus) -> Self {
        Self { store, clock, bus, seen: presence::Seen::default() }
    }
}
