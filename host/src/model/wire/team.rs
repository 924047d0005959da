//! Teams and their members on the wire.

use serde::Serialize;

use super::Null;
use crate::model::role::{TEAM_ADMIN, TEAM_GUEST, has_role};
use crate::model::{Team, TeamId, TeamKind, TeamMember, Timestamp, UserId};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TeamResponse {
    id: TeamId,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    display_name: String,
    name: String,
    description: String,
    email: String,
    #[serde(rename = "type")]
    kind: TeamKind,
    company_name: String,
    allowed_domains: String,
    invite_id: String,
    allow_open_invite: bool,
    scheme_id: Null,
    group_constrained: Null,
    policy_id: Null,
    cloud_limits_archived: bool,
    /// Absent without a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_team_icon_update: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TeamMemberResponse {
    team_id: TeamId,
    user_id: UserId,
    roles: String,
    delete_at: Timestamp,
    scheme_guest: bool,
    scheme_user: bool,
    scheme_admin: bool,
    explicit_roles: &'static str,
}

impl From<Team> for TeamResponse {
    fn from(team: Team) -> Self {
        Self {
            kind: team.kind,
            id: team.id,
            create_at: team.create_at,
            update_at: team.update_at,
            delete_at: team.delete_at,
            display_name: team.display_name,
            name: team.name,
            description: team.description,
            email: team.email,
            company_name: team.company_name,
            allowed_domains: team.allowed_domains,
            invite_id: team.invite_id,
            allow_open_invite: team.open,
            scheme_id: (),
            group_constrained: (),
            policy_id: (),
            cloud_limits_archived: false,
            last_team_icon_update: Some(team.picture_at).filter(|at| !at.is_never()),
        }
    }
}

impl From<TeamMember> for TeamMemberResponse {
    fn from(member: TeamMember) -> Self {
        let is_guest = has_role(&member.roles, TEAM_GUEST);
        Self {
            team_id: member.team_id,
            user_id: member.user_id,
            delete_at: member.delete_at,
            scheme_guest: is_guest,
            scheme_user: !is_guest,
            scheme_admin: has_role(&member.roles, TEAM_ADMIN),
            roles: member.roles,
            explicit_roles: "",
        }
    }
}
