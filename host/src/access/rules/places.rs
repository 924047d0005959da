//! Who may do what to channels and teams, and with who is in them. Pure.
//!
//! Administrators of the system may all of it, those of a team what is in their team, those of a channel what is in
//! their channel; a member may say what a public channel is about.

use super::{AccessError, CHANNEL_ADMIN, accounts, allow, has, is_admin, leads_team};
use crate::model::{Channel, ChannelKind, ChannelMember, TeamMember, User, UserId};

/// Open the direct channel of two people: as one of them.
pub fn open_direct(user: &User, pair: &[UserId]) -> Result<(), AccessError> {
    allow(pair.contains(&user.id) || is_admin(user), "open a direct channel between others")
}

/// Rename, convert, archive and restore a channel; remove others from it and give them roles.
pub fn manage_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    allow(leads_channel(user, channel, mine, team), "manage this channel: it needs its administrator")
}

/// Say what a channel is about: in public and teamless ones that is every member's.
pub fn describe_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let members = mine.is_some() && channel.kind != ChannelKind::Private;
    allow(members || leads_channel(user, channel, mine, team), "change what this channel is about")
}

/// Take somebody out of a channel: oneself, or anybody as its administrator.
pub fn remove_from_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
    removed: &UserId,
) -> Result<(), AccessError> {
    let leaves = &user.id == removed;
    allow(leaves || leads_channel(user, channel, mine, team), "remove others from this channel")
}

/// Change a team and archive it; give its members roles.
pub fn manage_team(user: &User, mine: Option<&TeamMember>) -> Result<(), AccessError> {
    allow(leads_team(user, mine), "manage this team: it needs its administrator")
}

/// Take somebody out of a team: oneself, or anybody as its administrator.
pub fn remove_from_team(user: &User, mine: Option<&TeamMember>, removed: &UserId) -> Result<(), AccessError> {
    allow(&user.id == removed || leads_team(user, mine), "remove others from this team")
}

/// In a channel of no team nobody leads, and guests nowhere.
pub(super) fn leads_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> bool {
    let own = mine.is_some_and(|member| has(&member.roles, CHANNEL_ADMIN)) && !accounts::is_guest(user);
    is_admin(user) || (channel.team_id.is_some() && (own || leads_team(user, team)))
}
