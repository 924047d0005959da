//! The audit in v4's form. The own API has it with what changed.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::list as list_of;
use crate::access::{AccountAccess, Admin};
use crate::app::App;
use crate::http::page::PageRange;
use crate::http::problem::Problem;
use crate::model::{Audit, AuditId, Timestamp};

#[derive(Serialize)]
pub(in crate::http) struct AuditResponse {
    id: AuditId,
    create_at: Timestamp,
    /// Empty for changes on the command line.
    user_id: String,
    action: String,
    /// The changed thing: its kind and its id.
    extra_info: String,
    /// Always empty: the audit records accounts, not addresses and sign-ins.
    ip_address: &'static str,
    session_id: &'static str,
}

impl From<Audit> for AuditResponse {
    fn from(row: Audit) -> Self {
        Self {
            id: row.id,
            create_at: row.create_at,
            user_id: row.actor_id.map(String::from).unwrap_or_default(),
            action: row.action,
            extra_info: format!("{} {}", row.thing, row.thing_id),
            ip_address: "",
            session_id: "",
        }
    }
}

/// `GET /users/{user_id}/audits`: what the account changed, newest first.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: AccountAccess,
    page: PageRange,
) -> Result<Json<Vec<AuditResponse>>, Problem> {
    Ok(list_of(app.access.audit_of(&account, page.offset, page.limit).await?))
}

/// `GET /audits`: what all accounts changed, newest first.
pub(in crate::http) async fn all(
    State(app): State<App>,
    admin: Admin,
    page: PageRange,
) -> Result<Json<Vec<AuditResponse>>, Problem> {
    Ok(list_of(app.access.audit_page(&admin, page.offset, page.limit).await?))
}
