//! Rules for webhooks and slash commands.

use super::teams::leads_team;
use super::{allow, is_admin, is_guest};
use crate::access::AccessError;
use crate::model::role::{SYSTEM_ADMIN, SYSTEM_GUEST, has_role};
use crate::model::{
    Channel, ChannelKind, ChannelMembership, Command, HookTarget, IncomingHook, OutgoingHook, TeamMember,
    User,
};

const MANAGE: &str = "manage webhooks here; ask an administrator of the team who may use the channel";

/// Whether the user may create webhooks in a team, and manage their own: its administrators may and, with `members`
/// (the option `hook_creation`), its members.
pub fn has_hooks(user: &User, team: Option<&TeamMember>, members: bool) -> bool {
    leads_team(user, team) || (members && team.is_some() && !is_guest(user))
}

/// Checks that the user may create a webhook in a channel. An unknown channel gets the same refusal: see [`no_hooks`].
pub fn create_hook(
    user: &User,
    channel: &Channel,
    member: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
    members: bool,
) -> Result<(), AccessError> {
    let reachable = member.is_some() || channel.kind == ChannelKind::Public || is_admin(user);
    allow(channel.team_id.is_some() && reachable && has_hooks(user, team, members), MANAGE)
}

/// Returns the error of a user who may not manage webhooks, or names a channel that does not exist.
pub fn no_hooks() -> AccessError {
    AccessError::Forbidden(MANAGE)
}

/// Checks that the user may create a webhook whose messages another account sends: system administrators may name any
/// account, a team's administrators members of the team who are not system administrators. An unknown account is
/// refused as one outside the team.
pub fn name_hook_owner(
    user: &User,
    mine: Option<&TeamMember>,
    owner: Option<&User>,
    owner_in_team: Option<&TeamMember>,
) -> Result<(), AccessError> {
    let of_team = owner.is_some_and(|owner| owner_in_team.is_some() && !is_admin(owner));
    let allowed = is_admin(user) || (leads_team(user, mine) && of_team);
    allow(allowed, "create a webhook for this account; ask an administrator")
}

/// Whether a webhook still works, seen from its owner's rights: the owner must be active and in the hook's team, and no
/// guest. A hook that outlives its owner works without.
pub fn owner_keeps_hook(target: &HookTarget) -> bool {
    let (admin, guest) =
        (has_role(&target.owner_roles, SYSTEM_ADMIN), has_role(&target.owner_roles, SYSTEM_GUEST));
    target.hook.outlives_owner || (target.owner_is_active && (admin || (target.owner_is_in_team && !guest)))
}

/// Whether the user may see and delete a webhook: their own, and as the team's administrator those of channels that
/// they may use.
pub fn manages_hook(
    user: &User,
    hook: &IncomingHook,
    channel: &Channel,
    member: Option<&ChannelMembership>,
    team: Option<&TeamMember>,
    members: bool,
) -> bool {
    let own = hook.user_id == user.id && has_hooks(user, team, members);
    let reachable = member.is_some() || channel.kind == ChannelKind::Public;
    is_admin(user) || own || (reachable && leads_team(user, team))
}

/// Returns the error of a user who may not manage slash commands in a team, or names one that does not exist.
pub fn no_commands() -> AccessError {
    AccessError::Forbidden("manage slash commands here: it needs an administrator of the team")
}

/// Whether the user may see and change a slash command: their own, and as the team's administrator all of the team. Its
/// rights are those of webhooks.
pub fn manages_command(user: &User, command: &Command, team: Option<&TeamMember>, members: bool) -> bool {
    leads_team(user, team) || (command.creator_id == user.id && has_hooks(user, team, members))
}

/// Whether the user may see, change and delete an outgoing webhook: their own, and as the team's administrator all of
/// them, because they send posts of public channels only.
pub fn manages_outgoing_hook(
    user: &User,
    hook: &OutgoingHook,
    team: Option<&TeamMember>,
    members: bool,
) -> bool {
    let own = hook.creator_id == user.id && has_hooks(user, team, members);
    is_admin(user) || own || leads_team(user, team)
}
