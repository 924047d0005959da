//! Rules for channels and their members.

use super::teams::leads_team;
use super::{allow, is_admin, is_guest};
use crate::access::{AccessError, Prohibition};
use crate::model::role::{
    CHANNEL_ADMIN, CHANNEL_GUEST, CHANNEL_USER, SYSTEM_POST_ALL, SYSTEM_POST_ALL_PUBLIC, has_role,
};
use crate::model::{Channel, ChannelKind, ChannelMembership, Kind, Sight, TeamMember, User, UserId};

/// What a user may not do in a channel that they are not in. An unknown channel is refused with the same text, so that
/// the response does not tell which channels exist.
const OUTSIDE: &str = "use this channel: it does not exist, or you are not a member";

/// As [`OUTSIDE`], for the channel of a post.
const OUTSIDE_OF_POST: &str = "use this post: it does not exist, or you are not a member of its channel";

pub fn make_channels(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "make channels as a guest")
}

/// Users may open their own direct channels, administrators any.
pub fn open_direct(user: &User, pair: &[UserId]) -> Result<(), AccessError> {
    allow(pair.contains(&user.id) || is_admin(user), "open a direct channel between others")
}

/// Whether the user may look up a channel, and single posts in it: its members may and, if it is public, the members of
/// its team. What the channel contains as a whole is for members: see [`read_channel`].
pub fn sees_channel(
    user: &User,
    channel: &Channel,
    member: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
) -> bool {
    let public = channel.kind == ChannelKind::Public && team.is_some() && !is_guest(user);
    member.is_some() || public || is_admin(user)
}

/// Returns which channels a user sees, for statements about many of them: as [`sees_channel`] decides about one.
pub fn sight(user: &User) -> Sight {
    Sight { all: is_admin(user), public: !is_guest(user) }
}

/// Members may read a channel's posts, members, files and numbers. A member of the team joins a public channel first,
/// so that members know who reads.
pub fn read_channel(user: &User, member: Option<&ChannelMembership>) -> Result<(), AccessError> {
    allow(member.is_some() || is_admin(user), OUTSIDE)
}

/// Returns the error for a channel that does not exist, or that the user does not see, where they wanted to use it.
pub fn no_channel(user: &User) -> AccessError {
    if is_admin(user) { AccessError::NotFound(Kind::Channel) } else { AccessError::Forbidden(OUTSIDE) }
}

/// Returns the error for a channel that exists but that the user may not know more of.
pub fn hidden_channel() -> AccessError {
    AccessError::Forbidden(OUTSIDE)
}

/// As [`no_channel`], for a post.
pub fn no_post(user: &User) -> AccessError {
    if is_admin(user) { AccessError::NotFound(Kind::Post) } else { AccessError::Forbidden(OUTSIDE_OF_POST) }
}

/// Checks that the user is in the channel of a post.
pub fn use_post(user: &User, member: Option<&ChannelMembership>) -> Result<(), AccessError> {
    allow(member.is_some() || is_admin(user), OUTSIDE_OF_POST)
}

pub fn post_in(
    user: &User,
    channel: &Channel,
    member: Option<&ChannelMembership>,
) -> Result<(), AccessError> {
    let everywhere = user.has_role(SYSTEM_POST_ALL);
    let in_public = user.has_role(SYSTEM_POST_ALL_PUBLIC) && channel.kind == ChannelKind::Public;
    if !everywhere && !in_public {
        read_channel(user, member)?;
    }
    if channel.delete_at.is_never() { Ok(()) } else { Err(Prohibition::PostInArchive.into()) }
}

/// Only members are shown as typing in a channel, administrators included.
pub fn type_in(is_member: bool) -> Result<(), AccessError> {
    allow(is_member, OUTSIDE)
}

/// Checks that the user may set the roles of a channel's members.
pub fn manage_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    allow(leads_channel(user, channel, mine, team), "manage this channel; ask one of its administrators")
}

/// Members of a channel may rename, describe and archive it. In a team's channel, guests may not.
pub fn change_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let member = mine.is_some() && (channel.team_id.is_none() || !is_guest(user));
    allow(
        member || leads_channel(user, channel, mine, team),
        "change this channel; ask a member who is not a guest",
    )
}

/// Checks that the user may make a team's channel public or private, and restore it: both may show its past to others,
/// so the channel's own administrator may not.
pub fn open_channel(user: &User, team: Option<&TeamMember>) -> Result<(), AccessError> {
    allow(leads_team(user, team), "do this with the channel; ask an administrator of its team")
}

/// Users may add themselves to a public channel, and others to a channel they are in.
pub fn add_to_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
    added: &UserId,
) -> Result<(), AccessError> {
    let guest = is_guest(user);
    let joins = channel.kind == ChannelKind::Public && team.is_some() && &user.id == added && !guest;
    allow(joins || (mine.is_some() && !guest) || is_admin(user), "add members to this channel")
}

/// Users may remove themselves from a channel, and others from a channel they are in. Guests may not remove others.
pub fn remove_from_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
    removed: &UserId,
) -> Result<(), AccessError> {
    let allowed = &user.id == removed || (mine.is_some() && !is_guest(user));
    allow(allowed || leads_channel(user, channel, mine, team), "remove others from this channel")
}

/// Returns the role of an account that joins a channel.
pub fn channel_role(user: &User) -> &'static str {
    if is_guest(user) { CHANNEL_GUEST } else { CHANNEL_USER }
}

/// Whether a user administers the channel. Channels of no team have no administrators, and guests never administer
/// any.
pub fn leads_channel(
    user: &User,
    channel: &Channel,
    mine: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
) -> bool {
    let leads = mine.is_some_and(|member| has_role(&member.roles, CHANNEL_ADMIN)) && !is_guest(user);
    is_admin(user) || (channel.team_id.is_some() && (leads || leads_team(user, team)))
}
