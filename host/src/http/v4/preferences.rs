//! Preferences: what users set for themselves.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Done, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::problem::Problem;
use crate::model::{Preference, UserId};

/// The size of most lists of preferences, as JSON.
const USUAL_BYTES: usize = 16 * 1024;

/// One entry of the list that a client sends. Without a user it applies to the one in the path.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct PreferenceEntry {
    user_id: String,
    category: String,
    name: String,
    value: String,
}

/// `GET /users/{user_id}/preferences`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Response, Problem> {
    let room = ListRoom::reserve(&app).await?;
    room.respond(&app.chat.preferences(&account, None).await?, USUAL_BYTES)
}

/// `GET /users/{user_id}/preferences/{category}`.
pub(in crate::http) async fn in_category(
    State(app): State<App>,
    account: AccountAccess,
    Path((_, category)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let room = ListRoom::reserve(&app).await?;
    room.respond(&app.chat.preferences(&account, Some(&category)).await?, USUAL_BYTES)
}

/// `GET /users/{user_id}/preferences/{category}/name/{name}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    account: AccountAccess,
    Path((_, category, name)): Path<(String, String, String)>,
) -> Result<Json<Preference>, Problem> {
    Ok(Json(app.chat.preference(&account, &category, &name).await?))
}

/// `PUT /users/{user_id}/preferences`.
pub(in crate::http) async fn save(
    State(app): State<App>,
    account: AccountAccess,
    body::List(entries): body::List<PreferenceEntry>,
) -> Result<Json<Done>, Problem> {
    let preferences = preferences(account.id(), entries)?;
    app.chat.save_preferences(&account, preferences).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/preferences/delete`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    account: AccountAccess,
    body::List(entries): body::List<PreferenceEntry>,
) -> Result<Json<Done>, Problem> {
    let preferences = preferences(account.id(), entries)?;
    app.chat.delete_preferences(&account, preferences).await?;
    Ok(ok())
}

fn preferences(user: &UserId, entries: Vec<PreferenceEntry>) -> Result<Vec<Preference>, Problem> {
    let preference = |entry: PreferenceEntry| {
        let user_id = body::optional_id("user_id", &entry.user_id)?.unwrap_or_else(|| user.clone());
        Ok(Preference { user_id, category: entry.category, name: entry.name, value: entry.value })
    };
    entries.into_iter().map(preference).collect()
}
