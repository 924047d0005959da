//! Teams and their members.

use super::{TeamId, Timestamp, UserId};

/// The channels of every new team: slug and display name. A user who joins the team joins the public ones.
pub const FIRST_CHANNELS: [(&str, &str); 2] = [("town-square", "Town Square"), ("off-topic", "Off-Topic")];

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Team {
    pub id: TeamId,
    /// The slug that addresses the team.
    pub name: String,
    pub display_name: String,
    pub description: String,
    /// Whether every user may join: type `O` on the wire. Otherwise the type is `I`, by invitation.
    pub open: bool,
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
    pub open: Option<bool>,
    pub delete_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct TeamMember {
    pub team_id: TeamId,
    pub user_id: UserId,
    /// Space-separated, e.g. `team_user team_admin`.
    pub roles: String,
    pub delete_at: Timestamp,
}

impl Team {
    /// Returns the wire's one-letter type.
    pub fn letter(&self) -> &'static str {
        if self.open { "O" } else { "I" }
    }
}
