//! Rules for files, emoji and what people set for themselves. Pure.

use super::{allow, has, is_admin};
use crate::access::AccessError;
use crate::model::{Emoji, FileInfo, User, UserId};

/// A preference in a list belongs to the account the list is for.
pub fn own_preference(owner: &UserId, user: &UserId) -> Result<(), AccessError> {
    allow(owner == user, "set another account's preferences: each `user_id` must be the one in the address")
}

/// A file that no post took yet is its uploader's alone.
pub fn see_unattached(user: &User, file: &FileInfo) -> Result<(), AccessError> {
    allow(user.id == file.user_id, "see this file: it belongs to no post yet")
}

/// Remove a custom emoji: one's own, or any as administrator.
pub fn delete_emoji(user: &User, emoji: &Emoji) -> Result<(), AccessError> {
    allow(user.id == emoji.creator_id || is_admin(user), "delete this emoji: it is somebody else's")
}

/// Make a custom emoji in one's own name. Guests make none.
pub fn create_emoji(user: &User, creator: &UserId) -> Result<(), AccessError> {
    let guest = has(&user.roles, "system_guest");
    allow(&user.id == creator && !guest, "make an emoji in another account's name, or as a guest")
}
