//! Teams and their members; and invitations, whose holder may create one account, or join one team.

use super::{InvitationId, TeamId, Timestamp, UserId};

/// The channels of every new team: slug and display name. A user who joins the team joins the public ones.
pub const FIRST_CHANNELS: [(&str, &str); 2] = [("town-square", "Town Square"), ("off-topic", "Off-Topic")];

/// The wire's one-letter team types. Clients show them; `open` decides who may join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text")]
pub enum TeamKind {
    #[serde(rename = "O")]
    #[sqlx(rename = "O")]
    Open,
    #[serde(rename = "I")]
    #[sqlx(rename = "I")]
    Invitation,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Team {
    pub id: TeamId,
    /// The slug that addresses the team.
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub kind: TeamKind,
    /// Whether every user may find the team and join it. A new team is closed unless its creator opens it.
    pub open: bool,
    pub email: String,
    pub company_name: String,
    /// The domains of e-mail addresses that may join, as its administrator wrote them; empty for all.
    pub allowed_domains: String,
    /// Since when the team has its picture; never if it has none.
    pub picture_at: Timestamp,
    /// The secret part of the team's invitation link.
    pub invite_id: String,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// A change of a team. Fields that are None stay unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TeamChange {
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub kind: Option<TeamKind>,
    pub open: Option<bool>,
    pub company_name: Option<String>,
    pub allowed_domains: Option<String>,
    pub delete_at: Option<Timestamp>,
}

/// An invitation. Its token is a credential; the store keeps only a digest.
#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Invitation {
    pub id: InvitationId,
    /// None if the invitation is to the server only.
    pub team_id: Option<TeamId>,
    /// Empty if any holder of the token may use it.
    pub email: String,
    pub creator_id: UserId,
    pub create_at: Timestamp,
    pub expires_at: Timestamp,
}

impl TeamChange {
    /// Returns the team as the change leaves it, except for `update_at`.
    #[must_use]
    pub fn applied_to(self, team: Team) -> Team {
        Team {
            display_name: self.display_name.unwrap_or(team.display_name),
            description: self.description.unwrap_or(team.description),
            kind: self.kind.unwrap_or(team.kind),
            open: self.open.unwrap_or(team.open),
            company_name: self.company_name.unwrap_or(team.company_name),
            allowed_domains: self.allowed_domains.unwrap_or(team.allowed_domains),
            delete_at: self.delete_at.unwrap_or(team.delete_at),
            ..team
        }
    }
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct TeamMember {
    pub team_id: TeamId,
    pub user_id: UserId,
    /// Space-separated, e.g. `team_user team_admin`.
    pub roles: String,
    pub delete_at: Timestamp,
}
