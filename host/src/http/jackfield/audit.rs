//! Who changed what: JSON by the page, or CSV.

use std::fmt::Write;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::access::Admin;
use crate::app::App;
use crate::http::page::Page;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::Audit;
use crate::store::AuditFilter;

const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// `GET /audit`: by actor, action, thing, its id, since and until (Unix milliseconds); `cursor` reads on.
pub(in crate::http) async fn list(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    query: Query,
    page: Page,
) -> Result<Response, Problem> {
    let filter = filter(&query)?;
    let rows = app.access.audit(&admin, &filter, page.limit).await?;
    let full = usize::try_from(page.limit).is_ok_and(|limit| rows.len() == limit);
    let next = rows.last().filter(|_| full).map(|row| row.id.clone());
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = query.text("format");
    if format == "csv" || (format.is_empty() && accepts.contains("text/csv")) {
        let mut response = ([(header::CONTENT_TYPE, "text/csv")], csv(&rows)).into_response();
        if let Some(cursor) = next.and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            response.headers_mut().insert(NEXT_CURSOR, cursor);
        }
        return Ok(response);
    }
    Ok(Json(json!({"items": rows, "next_cursor": next})).into_response())
}

fn filter(query: &Query) -> Result<AuditFilter, Problem> {
    let text = |name: &str| query.get(name).filter(|text| !text.contains('\0'));
    Ok(AuditFilter {
        actor: query.id("actor")?,
        action: text("action"),
        thing: text("thing"),
        thing_id: text("thing_id"),
        since: query.moment("since")?,
        until: query.moment("until")?,
        before: query.id("cursor")?,
    })
}

fn csv(rows: &[Audit]) -> String {
    let mut text = String::from("id,create_at,actor_id,action,thing,thing_id,before,after\r\n");
    for row in rows {
        let json = |value: &Option<Value>| value.as_ref().map_or(String::new(), Value::to_string);
        let actor = row.actor_id.as_ref().map_or("", |id| id.as_str());
        // Writing to a text cannot fail.
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
    use super::*;
    use crate::model::Timestamp;

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
