//! Rules for posts and what belongs to them: reactions, files, custom emoji.

use super::channels::{leads_channel, use_post};
use super::{allow, is_admin, is_guest};
use crate::access::{AccessError, Prohibition};
use crate::model::{Channel, ChannelMembership, Emoji, FileInfo, Post, TeamMember, User, UserId};

/// Returns the error for a post that a user saves for later without being able to read it.
pub fn no_post_to_save() -> AccessError {
    AccessError::Forbidden("save this post: you cannot read it")
}

/// The author and administrators may edit a post. The post of a hook or command belongs to its owner.
pub fn edit_post(
    user: &User,
    post: &Post,
    channel: &Channel,
    member: Option<&ChannelMembership>,
) -> Result<(), AccessError> {
    use_post(user, member)?;
    allow(channel.delete_at.is_never(), "edit posts of an archived channel; restore it first")?;
    allow(post.user_id == user.id || is_admin(user), "edit this post: it is another user's")
}

/// Only the author may read the earlier texts of a post.
pub fn read_history(user: &User, post: &Post, member: Option<&ChannelMembership>) -> Result<(), AccessError> {
    use_post(user, member)?;
    allow(post.user_id == user.id, "read the earlier texts of this post: it is another user's")
}

/// The author and administrators of the channel, of its team or of the system may delete a post.
pub fn delete_post(
    user: &User,
    post: &Post,
    channel: &Channel,
    member: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    allow(channel.delete_at.is_never(), "delete posts of an archived channel; restore it first")?;
    // Such a message is the record of what its author did.
    allow(!post.kind.is_system() || is_admin(user), "delete this post: it is the server's record")?;
    let own = post.user_id == user.id && member.is_some();
    allow(own || leads_channel(user, channel, member, team), "delete this post: it is another user's")
}

/// Administrators and bots may create posts that only one user sees. Members may not, because clients show such a post
/// as the server's, and nothing of it is kept.
pub fn post_ephemeral(author: &User) -> Result<(), AccessError> {
    allow(is_admin(author) || author.is_bot, "create posts that only one user sees")
}

/// Users may react to a post only in their own name, administrators included.
pub fn react_as(user: &User, by: &UserId) -> Result<(), AccessError> {
    if &user.id == by { Ok(()) } else { Err(Prohibition::ReactForAnother.into()) }
}

/// Only the uploader may see a file that is not attached to a post.
pub fn see_unattached_file(user: &User, file: &FileInfo) -> Result<(), AccessError> {
    allow(user.id == file.user_id, "see this file: it is another user's, and not posted yet")
}

/// Users may create custom emoji in their own name. Guests may not.
pub fn create_emoji(user: &User, creator: &UserId) -> Result<(), AccessError> {
    allow(!is_guest(user), "make an emoji as a guest")?;
    if &user.id == creator { Ok(()) } else { Err(Prohibition::CreateEmojiForAnother.into()) }
}

/// Users may remove their own custom emoji, administrators any.
pub fn delete_emoji(user: &User, emoji: &Emoji) -> Result<(), AccessError> {
    allow(user.id == emoji.creator_id || is_admin(user), "delete this emoji: it is another user's")
}
