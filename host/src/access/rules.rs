//! The rules, pure: given what is known about somebody, may they? One place, no I/O.

pub mod accounts;
pub mod files;
pub mod places;
pub mod posts;
pub mod typing;

use crate::model::{Channel, ChannelKind, ChannelMember, Team, TeamMember, User};

use super::AccessError;

pub const SYSTEM_ADMIN: &str = "system_admin";
pub const SYSTEM_USER: &str = "system_user";
pub const SYSTEM_GUEST: &str = "system_guest";
pub const TEAM_ADMIN: &str = "team_admin";
pub const TEAM_USER: &str = "team_user";
pub const TEAM_GUEST: &str = "team_guest";
pub const CHANNEL_ADMIN: &str = "channel_admin";
pub const CHANNEL_USER: &str = "channel_user";
pub const CHANNEL_GUEST: &str = "channel_guest";

pub fn is_admin(user: &User) -> bool {
    user.has_role(SYSTEM_ADMIN)
}

pub fn administer(user: &User) -> Result<(), AccessError> {
    allow(is_admin(user), "do this: it needs a system administrator")
}

/// Act on an account: one's own, or any as administrator.
pub fn manage_account(user: &User, other: &crate::model::UserId) -> Result<(), AccessError> {
    allow(&user.id == other || is_admin(user), "act for another account")
}

pub fn see_team(user: &User, team: &Team, member: Option<&TeamMember>) -> Result<(), AccessError> {
    let open = team.open && !accounts::is_guest(user);
    allow(open || member.is_some() || is_admin(user), "see this team")
}

/// Use a team's inside: its channels, hooks and commands.
pub fn enter_team(user: &User, member: Option<&TeamMember>) -> Result<(), AccessError> {
    allow(member.is_some() || is_admin(user), "enter this team: you are not a member")
}

/// Put somebody into a team: oneself into an open one, or anybody as its administrator.
pub fn add_to_team(
    user: &User,
    team: &Team,
    mine: Option<&TeamMember>,
    added: &crate::model::UserId,
) -> Result<(), AccessError> {
    let joins = team.open && &user.id == added && !accounts::is_guest(user);
    allow(joins || leads_team(user, mine), "add members to this team")
}

/// Read a channel: as a member; a public one also as a member of its team.
pub fn read_channel(
    user: &User,
    channel: &Channel,
    member: Option<&ChannelMember>,
    team_member: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let public = channel.kind == ChannelKind::Public && team_member.is_some() && !accounts::is_guest(user);
    allow(member.is_some() || public || is_admin(user), "read this channel")
}

pub fn post_in(user: &User, channel: &Channel, member: Option<&ChannelMember>) -> Result<(), AccessError> {
    allow(channel.delete_at.is_never(), "post in an archived channel")?;
    allow(member.is_some() || is_admin(user), "post in this channel: you are not a member")
}

/// Join a public channel oneself, or add somebody to a channel one is in.
pub fn add_to_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team_member: Option<&TeamMember>,
    added: &crate::model::UserId,
) -> Result<(), AccessError> {
    let guest = accounts::is_guest(user);
    let joins = channel.kind == ChannelKind::Public && team_member.is_some() && &user.id == added && !guest;
    allow(joins || (mine.is_some() && !guest) || is_admin(user), "add members to this channel")
}

/// Make, read and remove a channel's incoming webhooks.
pub fn manage_hooks(
    user: &User,
    channel: &Channel,
    member: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let guest = accounts::is_guest(user);
    let public = channel.kind == ChannelKind::Public && team.is_some();
    allow((!guest && (member.is_some() || public)) || is_admin(user), "manage this channel's webhooks")
}

/// What somebody is in a team or channel that they join.
pub fn team_role(user: &User) -> &'static str {
    if accounts::is_guest(user) { TEAM_GUEST } else { TEAM_USER }
}

pub fn channel_role(user: &User) -> &'static str {
    if accounts::is_guest(user) { CHANNEL_GUEST } else { CHANNEL_USER }
}

/// Whether somebody leads a team. Guests lead nothing, whatever their membership says.
fn leads_team(user: &User, mine: Option<&TeamMember>) -> bool {
    let leads = mine.is_some_and(|member| has(&member.roles, TEAM_ADMIN));
    is_admin(user) || (leads && !accounts::is_guest(user))
}

fn allow(allowed: bool, what: &'static str) -> Result<(), AccessError> {
    if allowed { Ok(()) } else { Err(AccessError::Forbidden(what)) }
}

fn has(roles: &str, role: &str) -> bool {
    roles.split_ascii_whitespace().any(|r| r == role)
}
