//! What most requests read: one [`BatchLoader`] per kind of row.

use super::Db;
use super::outgoing::HookedTeams;
use super::sqlite::BatchLoader;
use crate::model::{
    AccessToken, Channel, ChannelMembership, HookTarget, LiveSession, MentionAudience, Team, TeamMember,
    TeamTriggers, User,
};
use crate::shutdown::Tasks;

/// The tasks that load rows for many requests at once.
pub(super) struct Loaders {
    pub(super) access_tokens: BatchLoader<AccessToken>,
    pub(super) audiences: BatchLoader<MentionAudience>,
    pub(super) channel_memberships: BatchLoader<ChannelMembership>,
    pub(super) channels: BatchLoader<Channel>,
    pub(super) hook_targets: BatchLoader<HookTarget>,
    pub(super) hooked_teams: BatchLoader<HookedTeams>,
    pub(super) sessions: BatchLoader<LiveSession>,
    pub(super) team_members: BatchLoader<TeamMember>,
    pub(super) team_triggers: BatchLoader<TeamTriggers>,
    pub(super) teams: BatchLoader<Team>,
    pub(super) users: BatchLoader<User>,
}

impl Loaders {
    /// Starts the tasks; they end when the value is dropped.
    pub(super) fn start(db: &Db, tasks: &Tasks) -> Self {
        Self {
            access_tokens: BatchLoader::start(db.clone(), tasks),
            audiences: BatchLoader::start(db.clone(), tasks),
            channel_memberships: BatchLoader::start(db.clone(), tasks),
            channels: BatchLoader::start(db.clone(), tasks),
            hook_targets: BatchLoader::start(db.clone(), tasks),
            hooked_teams: BatchLoader::start(db.clone(), tasks),
            sessions: BatchLoader::start(db.clone(), tasks),
            team_members: BatchLoader::start(db.clone(), tasks),
            team_triggers: BatchLoader::start(db.clone(), tasks),
            teams: BatchLoader::start(db.clone(), tasks),
            users: BatchLoader::start(db.clone(), tasks),
        }
    }
}
