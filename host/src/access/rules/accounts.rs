//! Rules for accounts and bots.

use super::{allow, is_admin, is_guest};
use crate::access::{AccessError, Prohibition};
use crate::model::role::SYSTEM_USER_ACCESS_TOKEN;
use crate::model::{Bot, Kind, User, UserId};

/// Users may act for their own account, administrators for any.
pub fn manage_account(user: &User, other: &UserId) -> Result<(), AccessError> {
    allow(&user.id == other || is_admin(user), "act for another account")
}

/// Checks that the user may see an account, and open a direct channel with it. `known` is whether they share a
/// channel. For a guest, an account that they may not see does not exist.
pub fn see_account(user: &User, other: &UserId, known: bool) -> Result<(), AccessError> {
    if !is_guest(user) || &user.id == other || known {
        return Ok(());
    }
    Err(AccessError::NotFound(Kind::Account))
}

/// Checks that the user may find an account by its e-mail address. `shown` is whether members see the addresses of
/// others. The answer does not depend on the address, so it does not tell whether it exists.
pub fn look_up_by_email(user: &User, shown: bool) -> Result<(), AccessError> {
    allow(shown || is_admin(user), "look up accounts by e-mail address here")
}

/// Only administrators may list the accounts that are in no team.
pub fn list_accounts_without_team(user: &User) -> Result<(), AccessError> {
    allow(is_admin(user), "list accounts that are in no team")
}

/// Whether the user may see all of an account, including its preferences.
pub fn sees_all_of(user: &User, other: &UserId) -> bool {
    &user.id == other || is_admin(user)
}

/// Checks that a preference in a list belongs to the account that the list is for.
pub fn own_preference(owner: &UserId, user: &UserId, deletes: bool) -> Result<(), AccessError> {
    match (owner == user, deletes) {
        (true, _) => Ok(()),
        (false, true) => Err(Prohibition::DeleteForeignPreference.into()),
        (false, false) => Err(Prohibition::SetForeignPreference.into()),
    }
}

/// Only administrators learn that a category of a sidebar does not exist, because they may use every account's.
pub fn use_unknown_category(user: &User) -> Result<(), AccessError> {
    allow(is_admin(user), "use this category: it is none of the account's own in this team")
}

/// Checks that the user may create bots. `members` is whether every member may.
pub fn make_bots(user: &User, members: bool) -> Result<(), AccessError> {
    allow(is_admin(user) || (members && !is_guest(user) && !user.is_bot), "make bots here")
}

/// Whether the user may change a bot and create tokens for it: its owner and administrators may. A guest may not,
/// because a bot acts as a member.
pub fn manages_bot(user: &User, bot: &Bot) -> bool {
    is_admin(user) || (bot.owner_id.as_ref() == Some(&user.id) && !is_guest(user))
}

/// Whether an account may own a running bot. Bots of other accounts stop.
pub fn may_own_bots(owner: &User) -> bool {
    owner.delete_at.is_never() && !owner.is_bot && !is_guest(owner)
}

/// Checks that the user may create and enable personal access tokens. `members` is whether every member may. Bots may
/// not, so that a stolen token of a bot cannot make others.
pub fn make_tokens(user: &User, members: bool) -> Result<(), AccessError> {
    let chosen = user.has_role(SYSTEM_USER_ACCESS_TOKEN) || members;
    let allowed = is_admin(user) || (chosen && !is_guest(user) && !user.is_bot);
    allow(allowed, "create access tokens; ask an administrator for the role `system_user_access_token`")
}
