//! The mails that the server sends, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::{Cursor, Page, Paging};
use super::query::TypedQuery;
use crate::access::Admin;
use crate::app::App;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{JobId, Mail, MailKind, MailState, Timestamp, UserId};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListMails {
    /// Mails in this state only.
    state: Option<MailState>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct MailResponse {
    id: JobId,
    user_id: UserId,
    kind: MailKind,
    state: MailState,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next; null if it is not.
    next_at: Option<Timestamp>,
    /// Why the last attempt failed.
    last_error: String,
    create_at: Timestamp,
    /// When it was sent or given up.
    ended_at: Timestamp,
}

/// Lists mails, newest first.
#[utoipa::path(
    get, path = "/mails", operation_id = "list_mails", tag = "mails", params(ListMails, Paging),
    responses((status = OK, description = "A page of mails", body = Page<MailResponse>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    admin: Admin,
    TypedQuery(query): TypedQuery<ListMails>,
    paging: Paging,
) -> Result<Json<Page<MailResponse>>, Problem> {
    let before = paging.after_id()?;
    let (mails, more) = app.notices.mails(&admin, query.state, before.as_ref(), paging.limit()).await?;
    Ok(Json(Page::new(mails, more, |mail| Cursor::new(&mail.id), MailResponse::from)))
}

/// Tries a mail again at once that was given up or waits for its next attempt.
#[utoipa::path(
    post, path = "/mails/{mail}/retry", operation_id = "retry_mail", tag = "mails",
    params(("mail" = JobId, Path, description = "The mail's id")),
    responses((status = OK, description = "The mail", body = MailResponse)),
)]
pub(super) async fn retry(
    State(app): State<App>,
    admin: Admin,
    Path(mail): Path<String>,
) -> Result<Json<MailResponse>, Problem> {
    let id: JobId = params::id("mail_id", &mail)?;
    Ok(Json(app.notices.retry_mail(&admin, &id).await?.into()))
}

impl From<Mail> for MailResponse {
    fn from(mail: Mail) -> Self {
        let waits = matches!(mail.state, MailState::Gathering | MailState::Waiting);
        Self {
            id: mail.id,
            user_id: mail.user_id,
            kind: mail.kind,
            state: mail.state,
            attempts: mail.attempts,
            next_at: waits.then_some(mail.due_at),
            last_error: mail.last_error,
            create_at: mail.create_at,
            ended_at: mail.ended_at,
        }
    }
}
