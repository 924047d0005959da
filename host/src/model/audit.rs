//! Who changed what: one row per change, with the state before and after.

use serde_json::Value;

use super::{AuditId, Timestamp, UserId};

#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Audit {
    pub id: AuditId,
    /// `None` if no user was signed in, as on the command line.
    pub actor_id: Option<UserId>,
    /// What was done, e.g. `user.roles`.
    pub action: String,
    /// The kind of thing that was changed, e.g. `user`.
    pub thing: String,
    pub thing_id: String,
    #[serde(rename = "before")]
    #[schema(value_type = Option<Object>)]
    #[sqlx(json(nullable))]
    pub was: Option<Value>,
    #[serde(rename = "after")]
    #[schema(value_type = Option<Object>)]
    #[sqlx(json(nullable))]
    pub became: Option<Value>,
    pub create_at: Timestamp,
}
