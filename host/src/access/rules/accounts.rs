//! Rules for accounts and bots.

use super::{allow, is_admin, is_guest};
use crate::access::AccessError;
use crate::model::{Bot, User, UserId};

/// Act for an account: one's own, or any as administrator.
pub fn manage_account(user: &User, other: &UserId) -> Result<(), AccessError> {
    allow(&user.id == other || is_admin(user), "act for another account")
}

/// See an account's page, and talk to it alone. `known`: the two share a channel.
pub fn see_account(user: &User, other: &UserId, known: bool) -> Result<(), AccessError> {
    allow(!is_guest(user) || &user.id == other || known, "see this account: you share no channel with it")
}

/// See all of an account, its preferences too.
pub fn sees_all_of(user: &User, other: &UserId) -> bool {
    &user.id == other || is_admin(user)
}

/// A preference in a list belongs to the account the list is for.
pub fn own_preference(owner: &UserId, user: &UserId) -> Result<(), AccessError> {
    allow(owner == user, "set another account's preferences: each `user_id` must be the one in the address")
}

/// Make bots. `members`: whether every member may.
pub fn make_bots(user: &User, members: bool) -> Result<(), AccessError> {
    allow(is_admin(user) || (members && !is_guest(user) && !user.is_bot), "make bots here")
}

/// Change a bot, and make tokens for it: its owner, and administrators.
pub fn manages_bot(user: &User, bot: &Bot) -> bool {
    is_admin(user) || bot.owner_id.as_ref() == Some(&user.id)
}
