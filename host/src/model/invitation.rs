//! Invitations: one account may be made, or one team joined, with the token.

use super::{InvitationId, TeamId, Timestamp, UserId};

/// Its token is a credential: the store keeps a digest of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Invitation {
    pub id: InvitationId,
    /// None: to the server only.
    pub team_id: Option<TeamId>,
    /// Empty if any holder of the token may use it.
    pub email: String,
    pub creator_id: UserId,
    pub create_at: Timestamp,
    pub expires_at: Timestamp,
}
