//! Rules for teams and their members.

use super::{allow, is_admin, is_guest};
use crate::access::AccessError;
use crate::model::role::{TEAM_ADMIN, TEAM_GUEST, TEAM_USER, has_role};
use crate::model::{Kind, Team, TeamMember, User, UserId};

/// What a user may not do in a team that they are not in. An unknown team is refused with the same text, so that the
/// response does not tell which teams exist.
const OUTSIDE: &str = "use this team: it does not exist, or you are not a member";

pub fn make_teams(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "make teams as a guest")
}

/// Whether the user may look up a team: its members may and, if it is open, any user except a guest.
pub fn sees_team(user: &User, team: &Team, member: Option<&TeamMember>) -> bool {
    (team.open && !is_guest(user)) || member.is_some() || is_admin(user)
}

/// Returns the error for a team that does not exist, or that the user is not in, where they wanted to use it.
pub fn no_team(user: &User) -> AccessError {
    if is_admin(user) { AccessError::NotFound(Kind::Team) } else { AccessError::Forbidden(OUTSIDE) }
}

/// Returns the error for a team that exists but that the user may not look up.
pub fn hidden_team() -> AccessError {
    AccessError::Forbidden(OUTSIDE)
}

/// Whether the user may see a team's invitation link, which lets others in.
pub fn sees_link(user: &User, is_member: bool) -> bool {
    is_admin(user) || (is_member && !is_guest(user))
}

/// Checks that the user may act inside a team: use its channels, hooks and commands.
pub fn enter_team(user: &User, member: Option<&TeamMember>) -> Result<(), AccessError> {
    allow(member.is_some() || is_admin(user), OUTSIDE)
}

/// Checks that the user may change a team and its invitation link, archive it, and set its members' roles.
pub fn manage_team(user: &User, mine: Option<&TeamMember>) -> Result<(), AccessError> {
    enter_team(user, mine)?;
    allow(leads_team(user, mine), "manage this team; ask one of its administrators")
}

/// Users may add themselves to an open team, and other accounts to a team they are in. Guests may do neither.
pub fn add_to_team(
    user: &User,
    team: &Team,
    mine: Option<&TeamMember>,
    added: &UserId,
) -> Result<(), AccessError> {
    let joins = team.open && &user.id == added;
    if !joins {
        enter_team(user, mine)?;
    }
    allow(!is_guest(user), "add members to a team as a guest")
}

/// Members may invite others to a team by mail. Guests may not.
pub fn invite_by_mail(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "invite others as a guest")
}

/// Checks an account's e-mail address against the domains that may join a team. Bots have no address of their own, and
/// members add guests one by one, so the domains apply to neither.
pub fn join_by_address(user: &User, team: &Team) -> Result<(), AccessError> {
    if user.is_bot || is_guest(user) { Ok(()) } else { address_may_join(&user.email, team) }
}

/// Checks an e-mail address against the domains that may join a team.
pub fn address_may_join(email: &str, team: &Team) -> Result<(), AccessError> {
    let separates = |c: char| c.is_whitespace() || c == ',' || c == '@';
    let mut domains = team.allowed_domains.split(separates).filter(|domain| !domain.is_empty()).peekable();
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    if domains.peek().is_none() || domains.any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
        return Ok(());
    }
    Err(AccessError::DomainNotAllowed)
}

/// Checks that the user may join a team by its invitation link.
pub fn follow_invitations(user: &User) -> Result<(), AccessError> {
    allow(!is_guest(user), "join teams as a guest: a member of the team adds you to its channels")
}

/// Users may remove themselves from a team, its administrators any member.
pub fn remove_from_team(user: &User, mine: Option<&TeamMember>, removed: &UserId) -> Result<(), AccessError> {
    enter_team(user, mine)?;
    allow(&user.id == removed || leads_team(user, mine), "remove others from this team")
}

/// Returns the role of an account that joins a team.
pub fn team_role(user: &User) -> &'static str {
    if is_guest(user) { TEAM_GUEST } else { TEAM_USER }
}

/// Whether a user administers the team. Guests never do.
pub(super) fn leads_team(user: &User, mine: Option<&TeamMember>) -> bool {
    let leads = mine.is_some_and(|member| has_role(&member.roles, TEAM_ADMIN));
    is_admin(user) || (leads && !is_guest(user))
}
