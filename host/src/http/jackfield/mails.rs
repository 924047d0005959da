//! The queue of mails, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::access::Admin;
use crate::app::App;
use crate::http::cursor::Cursor;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{JobId, Mail, MailState};

/// `GET /mails?state=&cursor=&limit=`: newest first.
pub(in crate::http) async fn list(
    State(app): State<App>,
    admin: Admin,
    query: Query,
    cursor: Cursor,
) -> Result<Json<Value>, Problem> {
    let (state, before) = (state(&query.text("state"))?, cursor.id()?);
    let (found, more) = app.notices.mails(&admin, state, before.as_ref(), cursor.limit).await?;
    let next = found.last().filter(|_| more).map(|mail| mail.id.clone());
    let mails: Vec<Value> = found.iter().map(wire).collect();
    Ok(Json(json!({"mails": mails, "next_cursor": next})))
}

/// `POST /mails/{id}/retry`: what was given up, or waits for its next attempt, is tried at once.
pub(in crate::http) async fn retry(
    State(app): State<App>,
    admin: Admin,
    Path(mail): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id: JobId = params::id("mail_id", &mail)?;
    Ok(Json(wire(&app.notices.retry_mail(&admin, &id).await?)))
}

fn state(text: &str) -> Result<Option<MailState>, Problem> {
    let states = [MailState::Gathering, MailState::Waiting, MailState::Sent, MailState::Dead];
    match states.into_iter().find(|state| state.as_str() == text) {
        None if !text.is_empty() => {
            Err(Problem::parameter("state", "it is one of `gathering`, `waiting`, `sent`, `dead`"))
        }
        found => Ok(found),
    }
}

fn wire(mail: &Mail) -> Value {
    let waits = matches!(mail.state, MailState::Gathering | MailState::Waiting);
    json!({
        "id": mail.id, "user_id": mail.user_id, "kind": mail.kind, "state": mail.state, "attempts": mail.attempts,
        "next_at": waits.then_some(mail.due_at), "last_error": mail.last_error, "create_at": mail.create_at,
        "ended_at": mail.ended_at,
    })
}
