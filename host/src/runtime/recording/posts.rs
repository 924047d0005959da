//! Posts that a call creates, edits, deletes and reacts to.

use crate::model::{Effect, EmojiName, Message, Place, PostId};
use crate::runtime::limits::MAX_POSTED;

/// The effects on posts, in the order they were requested.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Posts {
    effects: Vec<Effect>,
    created: usize,
    /// Bytes of the messages so far, edits included.
    bytes: usize,
}

/// What this call did to one post.
#[derive(Debug, PartialEq)]
pub(in crate::runtime) enum PostState<'a> {
    Untouched,
    /// Contains the message as this call's edits left it.
    Created {
        to: &'a Place,
        message: &'a Message,
    },
    Edited {
        message: &'a Message,
        is_edited: bool,
    },
    Deleted,
}

impl Posts {
    pub(in crate::runtime) fn record(&mut self, effect: Effect) {
        if matches!(effect, Effect::Post { .. } | Effect::Ephemeral { .. }) {
            self.created += 1;
        }
        self.effects.push(effect);
    }

    /// Whether the call may post or edit this many bytes more.
    pub(in crate::runtime) fn fits(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes) <= MAX_POSTED
    }

    pub(in crate::runtime) fn count(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Counts the posts and ephemeral messages so far.
    pub(in crate::runtime) fn created(&self) -> usize {
        self.created
    }

    /// Counts the edits, deletions and reactions so far.
    pub(in crate::runtime) fn changed(&self) -> usize {
        self.effects.len() - self.created
    }

    pub(in crate::runtime) fn recorded(&self, wanted: &PostId) -> PostState<'_> {
        let mut recorded = PostState::Untouched;
        let mut root = None;
        for effect in &self.effects {
            match effect {
                Effect::Post { id, to, message, .. } if id == wanted => {
                    recorded = PostState::Created { to, message };
                    root = to.root_id.as_ref();
                }
                Effect::Edit { id, message, is_edited } if id == wanted => {
                    recorded = match recorded {
                        PostState::Created { to, .. } => PostState::Created { to, message },
                        PostState::Edited { is_edited: before, .. } => {
                            PostState::Edited { message, is_edited: before || *is_edited }
                        }
                        _ => PostState::Edited { message, is_edited: *is_edited },
                    };
                }
                // Deleting a thread's first post deletes the thread.
                Effect::Delete { id } if id == wanted || Some(id) == root => return PostState::Deleted,
                _ => {}
            }
        }
        recorded
    }

    /// Returns this call's own reactions to a post in order: the emoji, and whether it was added or removed.
    pub(in crate::runtime) fn reactions(&self, wanted: &PostId) -> impl Iterator<Item = (&EmojiName, bool)> {
        self.effects.iter().filter_map(move |effect| match effect {
            Effect::React { id, emoji } if id == wanted => Some((emoji, true)),
            Effect::Unreact { id, emoji } if id == wanted => Some((emoji, false)),
            _ => None,
        })
    }

    /// Returns the post this call created under that idempotency key. A deleted one does not count and is created
    /// again.
    pub(in crate::runtime) fn made_once(&self, wanted: &str) -> Option<&PostId> {
        let mut made = self.effects.iter().filter_map(|effect| match effect {
            Effect::Post { id, idempotency_key: Some(key), .. } if key == wanted => Some(id),
            _ => None,
        });
        made.next_back().filter(|id| self.recorded(id) != PostState::Deleted)
    }

    pub(super) fn into_effects(self) -> Vec<Effect> {
        self.effects
    }
}
