//! When users were last active, in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Presence, Timestamp, UserId};

/// The latest activity of users, with at most one entry per account. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(in crate::chat) struct Activities(Arc<Mutex<HashMap<UserId, Activity>>>);

/// One user's activity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Activity {
    pub(super) active_at: Timestamp,
    /// Whether the user's last socket has closed since then.
    pub(super) disconnected: bool,
    /// The status last published to the user's sockets.
    pub(super) published: Option<Presence>,
}

impl Activities {
    pub(super) fn active(&self, user: &UserId, now: Timestamp) {
        let published = self.of(user).and_then(|activity| activity.published);
        self.lock().insert(user.clone(), Activity { active_at: now, disconnected: false, published });
    }

    pub(super) fn disconnect(&self, user: &UserId) {
        if let Some(activity) = self.lock().get_mut(user) {
            activity.disconnected = true;
        }
    }

    /// Adds a user who has not been active yet.
    pub(super) fn add(&self, user: &UserId) {
        let inactive = Activity { active_at: Timestamp::NEVER, disconnected: true, published: None };
        self.lock().entry(user.clone()).or_insert(inactive);
    }

    /// Sets the last published status. Returns whether it changed.
    pub(super) fn set_published(&self, user: &UserId, presence: Presence) -> bool {
        match self.lock().get_mut(user) {
            Some(activity) => activity.published.replace(presence) != Some(presence),
            None => false,
        }
    }

    pub(super) fn of(&self, user: &UserId) -> Option<Activity> {
        self.lock().get(user).copied()
    }

    pub(super) fn users(&self) -> Vec<UserId> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Activity>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
