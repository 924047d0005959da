//! Rules for posts and what belongs to them: reactions, files, custom emoji.

use super::channels::leads_channel;
use super::{allow, is_admin, is_guest};
use crate::access::AccessError;
use crate::model::{Channel, ChannelMember, Emoji, FileInfo, Post, TeamMember, User, UserId};

/// Edit a post: as its author, or as an administrator. The post of a hook or command belongs to its owner.
pub fn edit_post(
    user: &User,
    post: &Post,
    channel: &Channel,
    member: Option<&ChannelMember>,
) -> Result<(), AccessError> {
    allow(channel.delete_at.is_never(), "edit posts of an archived channel")?;
    allow(member.is_some() || is_admin(user), "edit posts of this channel: you are not a member")?;
    allow(post.user_id == user.id || is_admin(user), "edit this post: it is another user's")
}

/// Delete a post: as its author, or as an administrator of the channel, of its team or of the system.
pub fn delete_post(
    user: &User,
    post: &Post,
    channel: &Channel,
    member: Option<&ChannelMember>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    allow(channel.delete_at.is_never(), "delete posts of an archived channel")?;
    let own = post.user_id == user.id && member.is_some();
    allow(own || leads_channel(user, channel, member, team), "delete this post: it is another user's")
}

/// React to a post: only in one's own name. Not even administrators react for others.
pub fn react_as(user: &User, by: &UserId) -> Result<(), AccessError> {
    allow(&user.id == by, "react in another user's name")
}

/// See a file that is not attached to a post: only as its uploader.
pub fn see_unattached_file(user: &User, file: &FileInfo) -> Result<(), AccessError> {
    allow(user.id == file.user_id, "see this file: it belongs to no post yet")
}

/// Create a custom emoji in one's own name. Guests may not.
pub fn create_emoji(user: &User, creator: &UserId) -> Result<(), AccessError> {
    allow(&user.id == creator && !is_guest(user), "make an emoji in another account's name, or as a guest")
}

/// Remove a custom emoji: one's own, or any as administrator.
pub fn delete_emoji(user: &User, emoji: &Emoji) -> Result<(), AccessError> {
    allow(user.id == emoji.creator_id || is_admin(user), "delete this emoji: it is another user's")
}
