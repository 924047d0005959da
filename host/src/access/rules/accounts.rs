//! Rules for accounts and bots.

use super::{allow, is_admin, is_guest};
use crate::access::AccessError;
use crate::model::{Bot, User, UserId};

/// Users may act for their own account, administrators for any.
pub fn manage_account(user: &User, other: &UserId) -> Result<(), AccessError> {
    allow(&user.id == other || is_admin(user), "act for another account")
}

/// Checks that the user may see an account, and open a direct channel with it. `known` is whether they share a
/// channel.
pub fn see_account(user: &User, other: &UserId, known: bool) -> Result<(), AccessError> {
    allow(!is_guest(user) || &user.id == other || known, "see this account: you share no channel with it")
}

/// Whether the user may see all of an account, including its preferences.
pub fn sees_all_of(user: &User, other: &UserId) -> bool {
    &user.id == other || is_admin(user)
}

/// Checks that a preference in a list belongs to the account that the list is for.
pub fn own_preference(owner: &UserId, user: &UserId) -> Result<(), AccessError> {
    allow(owner == user, "set another account's preferences: each `user_id` must be the one in the address")
}

/// Checks that the user may create bots. `members` is whether every member may.
pub fn make_bots(user: &User, members: bool) -> Result<(), AccessError> {
    allow(is_admin(user) || (members && !is_guest(user) && !user.is_bot), "make bots here")
}

/// Whether the user may change a bot and create tokens for it: its owner and administrators may.
pub fn manages_bot(user: &User, bot: &Bot) -> bool {
    is_admin(user) || bot.owner_id.as_ref() == Some(&user.id)
}
