//! The record of who changed what, as JSON or CSV.

use std::fmt::Write;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::paging::{Cursor, Page, Paging};
use super::query::TypedQuery;
use crate::access::Admin;
use crate::app::App;
use crate::http::list_room::ListRoom;
use crate::http::problem::Problem;
use crate::model::{Audit, Timestamp, UserId, is_full, size_of};
use crate::store::AuditFilter;

const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListAudit {
    /// Changes by this account.
    actor: Option<UserId>,
    /// Changes of this kind: `user.roles`, or `user` for all that begin with it.
    action: Option<String>,
    /// Changes of things of this kind, for example `user`.
    thing: Option<String>,
    /// Changes of the thing with this id.
    thing_id: Option<String>,
    /// Changes at or after this moment.
    since: Option<Timestamp>,
    /// Changes before this moment.
    until: Option<Timestamp>,
    /// Whether to answer JSON or CSV. Absent: what `Accept` prefers.
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    Json,
    Csv,
}

/// Lists changes, newest first.
///
/// In CSV the next page's cursor is in the header `X-Next-Cursor`.
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit", tag = "audit", params(ListAudit, Paging),
    responses((status = OK, description = "A page of changes", content(
        (Page<Audit> = "application/json"), (String = "text/csv"),
    ))),
)]
pub(super) async fn list(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    TypedQuery(query): TypedQuery<ListAudit>,
    paging: Paging,
) -> Result<Response, Problem> {
    let format = query.format;
    let filter = query.filter(&paging)?;
    let room = ListRoom::reserve(&app).await?;
    let mut rows = app.access.audit(&admin, &filter, paging.rows()).await?;
    let bytes = size_of(&rows);
    let more = rows.len() > paging.limit() || is_full(&rows);
    rows.truncate(paging.limit());
    let page = Page::new(rows, more, |row| Cursor::new(&row.id), |row| row);
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if format == Some(Format::Csv) || (format.is_none() && accepts.contains("text/csv")) {
        let mut response = ([(header::CONTENT_TYPE, "text/csv")], csv(&page.items)).into_response();
        if let Some(cursor) = page.next_cursor.and_then(|cursor| HeaderValue::from_str(&cursor.text()).ok()) {
            response.headers_mut().insert(NEXT_CURSOR, cursor);
        }
        return Ok(response);
    }
    room.respond(&page, bytes)
}

impl ListAudit {
    fn filter(self, paging: &Paging) -> Result<AuditFilter, Problem> {
        let moment = |moment: Option<Timestamp>| moment.filter(|moment| !moment.is_never());
        Ok(AuditFilter {
            actor: self.actor,
            action: self.action,
            thing: self.thing,
            thing_id: self.thing_id,
            since: moment(self.since),
            until: moment(self.until),
            before: paging.after_id()?,
        })
    }
}

fn csv(rows: &[Audit]) -> String {
    let mut text = String::from("id,create_at,actor_id,action,thing,thing_id,before,after\r\n");
    for row in rows {
        let json = |value: &Option<Value>| value.as_ref().map_or(String::new(), Value::to_string);
        let actor = row.actor_id.as_ref().map_or("", |id| id.as_str());
        // Writing to a string cannot fail.
        let _ = write!(text, "{},{},{actor}", row.id, row.create_at);
        for field in [&row.action, &row.thing, &row.thing_id, &json(&row.was), &json(&row.became)] {
            let _ = write!(text, ",\"{}\"", field.replace('"', "\"\""));
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn csv_quotes_what_csv_must_quote() {
        let id = "k".repeat(26);
        let row = Audit {
            id: id.parse().unwrap(),
            actor_id: None,
            action: "user.roles".to_owned(),
            thing: "user".to_owned(),
            thing_id: id.clone(),
            was: Some(json!({"a": "x\"y,z"})),
            became: None,
            create_at: Timestamp::from_millis(0),
        };
        let line = csv(&[row]).lines().nth(1).unwrap().to_owned();
        let was = "\"{\"\"a\"\":\"\"x\\\"\"y,z\"\"}\"";
        assert_eq!(line, format!("{id},1970-01-01T00:00:00Z,,\"user.roles\",\"user\",\"{id}\",{was},\"\""));
    }
}
