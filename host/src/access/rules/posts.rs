//! Who may change which post.

use super::places::leads_channel;
use super::{allow, is_admin};
use crate::access::AccessError;
use crate::model::{Channel, ChannelMember, Post, TeamMember, User, UserId};

/// Change what a post says: its author, or an administrator. A hook's or a command's post is its owner's.
pub fn edit(
    user: &User,
    post: &Post,
    channel: &Channel,
    member: Option<&ChannelMember>,
) -> Result<(), AccessError> {
    allow(channel.delete_at.is_never(), "edit posts of an archived channel")?;
    allow(member.is_some() || is_admin(user), "edit posts of this channel: you are not a member")?;
    allow(post.user_id == user.id || is_admin(user), "edit this post: it is somebody else's")
}

/// Remove a post: its author, or an administrator of the channel, of its team or of the system.
pub fn delete(
    user: &User,
    post: &Post,
    channel: &Channel,
    member: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    allow(channel.delete_at.is_never(), "delete posts of an archived channel")?;
    let own = post.user_id == user.id && member.is_some();
    allow(own || leads_channel(user, channel, member, team), "delete this post: it is somebody else's")
}

/// React to a post: only as oneself. Not even administrators react for others.
pub fn react_as(user: &User, by: &UserId) -> Result<(), AccessError> {
    allow(&user.id == by, "react in somebody else's name")
}
