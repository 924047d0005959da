//! Rules about accounts, bots and guests, and what somebody may do at all: for those who draw buttons.

use super::super::AccessError;
use super::{SYSTEM_GUEST, allow, is_admin, leads_team};
use crate::model::{Bot, TeamMember, User, UserId};

/// A guest sees only the channels it was put into, and the people in them.
pub fn is_guest(user: &User) -> bool {
    user.has_role(SYSTEM_GUEST)
}

/// See an account's page, and talk to it alone. `known`: the two are in a channel together.
pub fn see_account(user: &User, other: &UserId, known: bool) -> Result<(), AccessError> {
    allow(!is_guest(user) || &user.id == other || known, "see this account: you share no channel with it")
}

/// See all of an account, its preferences too.
pub fn sees_all_of(user: &User, other: &UserId) -> bool {
    &user.id == other || is_admin(user)
}

/// Make bots. `members`: whether everybody may.
pub fn make_bots(user: &User, members: bool) -> Result<(), AccessError> {
    allow(is_admin(user) || (members && !is_guest(user) && !user.is_bot), "make bots here")
}

/// Change a bot, and make tokens for it: its owner, and administrators.
pub fn manage_bot(user: &User, bot: &Bot) -> bool {
    is_admin(user) || bot.owner_id.as_ref() == Some(&user.id)
}

pub fn make_teams(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "make teams as a guest")
}

pub fn make_channels(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "make channels as a guest")
}

/// Take up a team's invitation link.
pub fn follow_invitations(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "join teams as a guest: somebody in the team puts you into its channels")
}

/// See a team's invitation link, which lets others in.
pub fn sees_link(user: &User, is_member: bool) -> bool {
    is_admin(user) || (is_member && !is_guest(user))
}

/// Change a team itself, e.g. its invitation link.
pub fn manage_team(user: &User, member: Option<&TeamMember>) -> Result<(), AccessError> {
    allow(leads_team(user, member), "manage this team")
}

/// What somebody may do on this server, by name.
pub fn system_rights(user: &User, member_bots: bool) -> Vec<&'static str> {
    let admin = is_admin(user);
    named(&[
        ("administer", admin),
        ("read_audit", admin),
        ("manage_accounts", admin),
        ("invite", admin),
        ("manage_plugins", admin),
        ("make_bots", make_bots(user, member_bots).is_ok()),
        ("make_teams", make_teams(user).is_ok()),
    ])
}

/// What somebody may do in a team, by name.
pub fn team_rights(user: &User, member: Option<&TeamMember>) -> Vec<&'static str> {
    let inside = super::enter_team(user, member).is_ok();
    named(&[
        ("enter", inside),
        ("make_channels", inside && make_channels(user).is_ok()),
        ("join_public_channels", inside && !is_guest(user)),
        ("manage", manage_team(user, member).is_ok()),
        ("add_members", leads_team(user, member)),
    ])
}

fn named(rights: &[(&'static str, bool)]) -> Vec<&'static str> {
    rights.iter().filter(|(_, held)| *held).map(|(name, _)| *name).collect()
}
