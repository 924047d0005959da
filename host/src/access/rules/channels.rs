//! Rules for channels and their members.

use super::teams::leads_team;
use super::{allow, is_admin, is_guest};
use crate::access::AccessError;
use crate::model::role::{CHANNEL_ADMIN, CHANNEL_GUEST, CHANNEL_USER, has_role};
use crate::model::{Channel, ChannelKind, ChannelMember, TeamMember, User, UserId};

pub fn make_channels(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "make channels as a guest")
}

/// Users may open their own direct channels, administrators any.
pub fn open_direct(user: &User, pair: &[UserId]) -> Result<(), AccessError> {
    allow(pair.contains(&user.id) || is_admin(user), "open a direct channel between others")
}

/// Members may read a channel. Members of the team may also read its public channels.
pub fn read_channel(
    user: &User,
    channel: &Channel,
    member: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let public = channel.kind == ChannelKind::Public && team.is_some() && !is_guest(user);
    allow(member.is_some() || public || is_admin(user), "read this channel")
}

pub fn post_in(user: &User, channel: &Channel, member: Option<&ChannelMember>) -> Result<(), AccessError> {
    allow(channel.delete_at.is_never(), "post in an archived channel")?;
    allow(member.is_some() || is_admin(user), "post in this channel: you are not a member")
}

/// Only members are shown as typing in a channel, administrators included.
pub fn type_in(is_member: bool) -> Result<(), AccessError> {
    allow(is_member, "type in this channel: you are not a member")
}

/// Checks that the user may rename, convert, archive and restore a channel, remove others from it and set their roles.
pub fn manage_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    allow(leads_channel(user, channel, mine, team), "manage this channel: it needs its administrator")
}

/// Every member may change a channel's description; in private channels, only administrators may.
pub fn describe_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let members = mine.is_some() && channel.kind != ChannelKind::Private;
    allow(members || leads_channel(user, channel, mine, team), "change what this channel is about")
}

/// Users may add themselves to a public channel, and others to a channel they are in.
pub fn add_to_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
    added: &UserId,
) -> Result<(), AccessError> {
    let guest = is_guest(user);
    let joins = channel.kind == ChannelKind::Public && team.is_some() && &user.id == added && !guest;
    allow(joins || (mine.is_some() && !guest) || is_admin(user), "add members to this channel")
}

/// Users may remove themselves from a channel, its administrators also others.
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

/// Checks that the user may create, read and remove a channel's incoming webhooks.
pub fn manage_hooks(
    user: &User,
    channel: &Channel,
    member: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let public = channel.kind == ChannelKind::Public && team.is_some();
    let allowed = !is_guest(user) && (member.is_some() || public);
    allow(allowed || is_admin(user), "manage this channel's webhooks")
}

/// Returns the role of an account that joins a channel.
pub fn channel_role(user: &User) -> &'static str {
    if is_guest(user) { CHANNEL_GUEST } else { CHANNEL_USER }
}

/// Whether a user administers the channel. Channels of no team have no administrators, and guests never administer
/// any.
pub(super) fn leads_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> bool {
    let leads = mine.is_some_and(|member| has_role(&member.roles, CHANNEL_ADMIN)) && !is_guest(user);
    is_admin(user) || (channel.team_id.is_some() && (leads || leads_team(user, team)))
}
