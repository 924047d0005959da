//! The audience of an event, and which users it resolves to.
//!
//! The members of a channel or team are read when an event is published to it, and cached for [`MAX_AGE`]. A busy
//! channel therefore costs one read a second, however many posts and sockets it has. Membership changes of this
//! process run inside [`super::Bus::change_members`], which keeps the cache exact for them:
//!
//! - While a change runs, nothing is cached and each event reads for itself. An event committed after the change
//!   therefore sees the new members, even before the change is known to be over.
//! - When a change ends, every read that began before is stale: its event reads again before it is delivered.
//!
//! So a user who joined gets every later event, and one who left gets nothing after their `user_removed`, which is
//! published after the change. A change drops all sets, not only one channel's: joining or leaving a team changes
//! channels that its caller does not know, and changes are rare compared to events. Another process, such as
//! `jackfield admin`, or another node, does not announce its changes: events reflect them within [`MAX_AGE`].

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

use crate::model::{ChannelId, TeamId, Timestamp, UserId};

/// How long a set of members stays cached.
const MAX_AGE: Duration = Duration::from_secs(1);

/// The audience of an event, before its scope excludes users or connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// The members of a channel.
    Channel(ChannelId),
    /// The members of a channel, and its team's members except guests: all who may know a public channel.
    ChannelAndTeam(ChannelId),
    /// The members of a team.
    Team(TeamId),
    User(UserId),
    /// A few users, such as a notice's recipients.
    Users(Vec<UserId>),
    /// Every user who may see this account: all except guests who share no channel with it.
    ViewersOf(UserId),
    All,
}

/// Reads members for the bus, which does not depend on the store.
pub trait MemberSource: fmt::Debug + Send + Sync {
    fn channel_members<'a>(
        &'a self,
        channel: &'a ChannelId,
    ) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>>;

    /// Returns the members of a channel, and its team's members except guests.
    fn channel_and_team_members<'a>(
        &'a self,
        channel: &'a ChannelId,
    ) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>>;

    fn team_members<'a>(&'a self, team: &'a TeamId) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>>;

    /// Returns the users who may not see an account.
    fn strangers<'a>(&'a self, account: &'a UserId) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>>;
}

/// Why members could not be read.
pub type MemberError = Box<dyn std::error::Error + Send + Sync>;

/// A group with members.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Group {
    Channel(ChannelId),
    ChannelAndTeam(ChannelId),
    Team(TeamId),
}

/// The sets of members read within the last [`MAX_AGE`]. Empty while memberships change.
#[derive(Debug, Default)]
pub(super) struct MemberCache {
    sets: HashMap<Group, Arc<MemberSet>>,
    /// The number of membership changes under way.
    changes: usize,
    /// The number of membership changes that have ended.
    generation: u64,
}

/// The members of one group. Concurrent events that need them share one read.
#[derive(Debug)]
pub(super) struct MemberSet {
    created_at: Timestamp,
    generation: u64,
    users: OnceCell<HashSet<UserId>>,
}

impl MemberCache {
    /// Returns the set for delivering an event: a cached one, or one that is still to be loaded.
    pub(super) fn set(&mut self, group: &Group, now: Timestamp) -> Arc<MemberSet> {
        let expired = now.minus(MAX_AGE);
        if let Some(set) = self.sets.get(group).filter(|set| set.created_at > expired) {
            return set.clone();
        }
        let set =
            Arc::new(MemberSet { created_at: now, generation: self.generation, users: OnceCell::new() });
        if self.changes == 0 {
            self.sets.retain(|_, set| set.created_at > expired);
            self.sets.insert(group.clone(), set.clone());
        }
        set
    }

    /// Whether no membership change has ended since the set was created.
    pub(super) fn is_current(&self, set: &MemberSet) -> bool {
        set.generation == self.generation
    }

    pub(super) fn begin_change(&mut self) {
        self.changes += 1;
        self.sets.clear();
    }

    pub(super) fn end_change(&mut self) {
        self.changes -= 1;
        self.generation += 1;
    }
}

impl MemberSet {
    /// Returns the members, read once. After a failed read, the next event loads the set again.
    pub(super) async fn load(
        &self,
        source: &dyn MemberSource,
        group: &Group,
    ) -> Result<&HashSet<UserId>, MemberError> {
        let read = || async {
            let users = match group {
                Group::Channel(id) => source.channel_members(id).await?,
                Group::ChannelAndTeam(id) => source.channel_and_team_members(id).await?,
                Group::Team(id) => source.team_members(id).await?,
            };
            Ok(users.into_iter().collect())
        };
        self.users.get_or_try_init(read).await
    }
}
