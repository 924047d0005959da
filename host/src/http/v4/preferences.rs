//! Preferences: what somebody set for themselves.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ok;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::problem::Problem;
use crate::model::{Preference, UserId};

/// One entry of the list a client sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    user_id: String,
    category: String,
    name: String,
    value: String,
}

/// `GET /users/{user_id}/preferences`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    Ok(Json(json!(app.chat.preferences(session.user(), &user, None).await?)))
}

/// `GET /users/{user_id}/preferences/{category}`.
pub(in crate::http) async fn in_category(
    State(app): State<App>,
    session: Session,
    Path((user, category)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    Ok(Json(json!(app.chat.preferences(session.user(), &user, Some(&category)).await?)))
}

/// `GET /users/{user_id}/preferences/{category}/name/{name}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path((user, category, name)): Path<(String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    Ok(Json(json!(app.chat.preference(session.user(), &user, &category, &name).await?)))
}

/// `PUT /users/{user_id}/preferences`.
pub(in crate::http) async fn save(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    body::List(asked): body::List<Asked>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    app.chat.save_preferences(session.user(), &user, chosen(&user, asked)?).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/preferences/delete`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    body::List(asked): body::List<Asked>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    app.chat.delete_preferences(session.user(), &user, chosen(&user, asked)?).await?;
    Ok(ok())
}

/// An entry that names no account is for the one in the address.
fn chosen(user: &UserId, asked: Vec<Asked>) -> Result<Vec<Preference>, Problem> {
    let preference = |one: Asked| {
        let user_id = body::optional_id("user_id", &one.user_id)?.unwrap_or_else(|| user.clone());
        Ok(Preference { user_id, category: one.category, name: one.name, value: one.value })
    };
    asked.into_iter().map(preference).collect()
}
