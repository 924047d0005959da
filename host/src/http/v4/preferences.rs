//! Preferences: what users set for themselves.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::{Done, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::http::json as body;
use crate::http::problem::Problem;
use crate::model::{Preference, UserId};

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
) -> Result<Json<Vec<Preference>>, Problem> {
    Ok(Json(app.chat.preferences(&account, None).await?))
}

/// `GET /users/{user_id}/preferences/{category}`.
pub(in crate::http) async fn in_category(
    State(app): State<App>,
    account: AccountAccess,
    Path((_, category)): Path<(String, String)>,
) -> Result<Json<Vec<Preference>>, Problem> {
    Ok(Json(app.chat.preferences(&account, Some(&category)).await?))
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
