//! The Mattermost-compatible REST surface, one file per resource. Handlers translate; nothing here decides.

pub(super) mod account_mails;
pub(super) mod audits;
pub(super) mod avatar;
pub(super) mod bots;
pub(super) mod channels;
mod client_settings;
pub(super) mod commands;
pub(super) mod custom_status;
pub(super) mod directory;
pub(super) mod drafts;
pub(super) mod emoji;
pub(super) mod files;
pub(super) mod groups;
pub(super) mod hooks;
pub(super) mod invitations;
pub(super) mod login;
pub(super) mod memberships;
pub(super) mod outgoing_hooks;
pub(super) mod plugins;
pub(super) mod posts;
pub(super) mod preferences;
pub(super) mod profile;
pub(super) mod reactions;
pub(super) mod roles;
pub(super) mod search;
pub(super) mod second_factor;
pub(super) mod server;
pub(super) mod sessions;
pub(super) mod settings;
pub(super) mod status;
pub(super) mod system;
pub(super) mod teams;
pub(super) mod threads;
pub(super) mod tokens;
pub(super) mod uploads;
pub(super) mod users;

mod absent;
mod routes;

pub(super) use routes::routes;

use axum::Json;
use serde::Serialize;

use super::problem::Problem;
use crate::model::InvalidId;

/// The response of a change that returns no data.
#[derive(Serialize)]
pub(super) struct Done {
    status: &'static str,
}

/// A response without fields: `{}`.
#[derive(Serialize)]
pub(super) struct Nothing {}

fn ok() -> Json<Done> {
    Json(Done { status: "OK" })
}

/// Refuses settings of a team or channel that this server would otherwise accept and forget. Their empty values are
/// accepted, because clients send whole teams and channels.
fn check_offered(scheme_id: &str, group_constrained: bool) -> Result<(), Problem> {
    if !scheme_id.is_empty() {
        return Err(Problem::body("scheme_id", "this server has no schemes; leave `scheme_id` out"));
    }
    if group_constrained {
        let reason = "this server has no groups; leave `group_constrained` out, or send false";
        return Err(Problem::body("group_constrained", reason));
    }
    Ok(())
}

/// Converts rows to a list of responses.
fn list<T, R: From<T>>(rows: Vec<T>) -> Json<Vec<R>> {
    Json(rows.into_iter().map(R::from).collect())
}

/// Most ids in one request.
const MAX_IDS: usize = 200;

/// Parses a list of ids in a body.
fn ids<T: std::str::FromStr<Err = InvalidId>>(field: &str, texts: &[String]) -> Result<Vec<T>, Problem> {
    if texts.is_empty() || texts.len() > MAX_IDS {
        return Err(Problem::body(field, format!("`{field}` must name 1 to {MAX_IDS} ids")));
    }
    texts.iter().map(|text| super::json::id(field, text)).collect()
}

/// Parses the ids of a list that only selects from what is there. A text that is not an id selects nothing.
fn known_ids<T: std::str::FromStr<Err = InvalidId>>(
    field: &str,
    texts: &[String],
) -> Result<Vec<T>, Problem> {
    if texts.is_empty() || texts.len() > MAX_IDS {
        return Err(Problem::body(field, format!("`{field}` must name 1 to {MAX_IDS} ids")));
    }
    Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
}
