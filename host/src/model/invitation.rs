//! Invitations: the holder of the token may create one account, or join one team.

use super::{InvitationId, TeamId, Timestamp, UserId};

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
