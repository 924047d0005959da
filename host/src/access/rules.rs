//! The rules, pure: given the facts, may this user do it? One place, no I/O.
//!
//! A system administrator may do everything except act in another user's name. A team's administrator manages the team
//! and its channels, a channel's administrator its members' roles. Guests never administer anything, whatever their
//! membership says, and see only the channels they are in and the users in them.
//!
//! What a user may not see does not exist for them: a lookup by id or name is answered as if there were no such thing,
//! and a use of it (its lists, and changes) is refused with the same text for the hidden and for the unknown.

mod accounts;
mod channels;
mod hooks;
mod posts;
mod teams;

pub use accounts::*;
pub use channels::*;
pub use hooks::*;
pub use posts::*;
pub use teams::*;

use super::AccessError;
use crate::model::User;
use crate::model::role::{SYSTEM_ADMIN, SYSTEM_GUEST};

pub fn is_admin(user: &User) -> bool {
    user.has_role(SYSTEM_ADMIN)
}

pub fn is_guest(user: &User) -> bool {
    user.has_role(SYSTEM_GUEST)
}

pub fn administer(user: &User) -> Result<(), AccessError> {
    allow(is_admin(user), "do this; ask a system administrator")
}

fn allow(allowed: bool, what: &'static str) -> Result<(), AccessError> {
    if allowed { Ok(()) } else { Err(AccessError::Forbidden(what)) }
}
