//! The rules, pure: given the facts, may this user do it? One place, no I/O.
//!
//! A system administrator may do everything except act in another user's name. A team's administrator may do
//! everything in the team, and a channel's administrator everything in the channel. Guests never administer anything,
//! whatever their membership says, and see only the channels they are in and the users in them.

mod accounts;
mod channels;
mod posts;
mod teams;

pub use accounts::*;
pub use channels::*;
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
    allow(is_admin(user), "do this: it needs a system administrator")
}

fn allow(allowed: bool, what: &'static str) -> Result<(), AccessError> {
    if allowed { Ok(()) } else { Err(AccessError::Forbidden(what)) }
}
