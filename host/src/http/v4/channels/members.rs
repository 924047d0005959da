//! Who is in a channel.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::rules;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::page::Page;
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::v4::{ids, list, ok};
use crate::model::{Membership, UserId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Added {
    user_id: String,
    user_ids: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Roles {
    roles: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SchemeRoles {
    #[serde(rename = "scheme_admin")]
    admin: bool,
    #[serde(rename = "scheme_user")]
    user: Option<bool>,
    #[serde(rename = "scheme_guest")]
    guest: bool,
}

impl SchemeRoles {
    /// Whether the member becomes an administrator here; being a guest is a matter of the account.
    pub(in crate::http::v4) fn leads(&self) -> Result<bool, Problem> {
        if self.guest || self.user == Some(false) {
            return Err(Problem::body(
                "scheme_guest",
                "only a system administrator makes guests, of whole accounts, by `demote`",
            ));
        }
        Ok(self.admin)
    }
}

impl Roles {
    pub(in crate::http::v4) fn text(&self) -> &str {
        &self.roles
    }
}

/// `POST /channels/{channel_id}/members`: one account, or several as `user_ids`.
pub(in crate::http) async fn add(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    json::Json(added): json::Json<Added>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let channel = params::id("channel_id", &channel)?;
    let Some(several) = added.user_ids else {
        let user = json::id("user_id", &added.user_id)?;
        let member = app.chat.add_to_channel(session.user(), &channel, &user).await?;
        return Ok((StatusCode::CREATED, Json(member.wire())));
    };
    let users = ids("user_ids", &several)?;
    let members = app.chat.add_all_to_channel(session.user(), &channel, &users).await?;
    Ok((StatusCode::CREATED, list(&members, Membership::wire)))
}

/// `GET /channels/{channel_id}/members`.
pub(in crate::http) async fn page(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let channel = app.chat.readable_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    Ok(list(&app.store.memberships(&channel.id, page.offset, page.limit).await?, Membership::wire))
}

/// `GET /channels/{channel_id}/members/{user_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path((channel, user)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let channel = app.chat.readable_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    let found = app.store.membership(&channel.id, &user).await?;
    Ok(Json(found.ok_or(crate::chat::ChatError::NotFound("member"))?.wire()))
}

/// `POST /channels/{channel_id}/members/ids`: those of these accounts that are in.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    json::List(asked): json::List<String>,
) -> Result<Json<Value>, Problem> {
    let users = ids("user_ids", &asked)?;
    let channel = app.chat.readable_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    Ok(list(&app.store.memberships_by_ids(&channel.id, &users).await?, Membership::wire))
}

/// `GET /users/{user_id}/teams/{team_id}/channels/members`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    session: Session,
    Path((user, team)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let (user, team) = (session.user_in_path(&user)?, params::id("team_id", &team)?);
    rules::manage_account(session.user(), &user)?;
    app.chat.enter_team(session.user(), &team).await?;
    Ok(list(&app.store.memberships_of(&user, &team).await?, Membership::wire))
}

/// `DELETE /channels/{channel_id}/members/{user_id}`.
pub(in crate::http) async fn remove(
    State(app): State<App>,
    session: Session,
    Path((channel, user)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    app.chat.remove_from_channel(session.user(), &params::id("channel_id", &channel)?, &user).await?;
    Ok(ok())
}

/// `PUT /channels/{channel_id}/members/{user_id}/roles`.
pub(in crate::http) async fn set_roles(
    State(app): State<App>,
    session: Session,
    Path((channel, user)): Path<(String, String)>,
    json::Json(asked): json::Json<Roles>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    app.chat
        .set_channel_roles(session.user(), &params::id("channel_id", &channel)?, &user, asked.text())
        .await?;
    Ok(ok())
}

/// `PUT /channels/{channel_id}/members/{user_id}/schemeRoles`.
pub(in crate::http) async fn set_scheme_roles(
    State(app): State<App>,
    session: Session,
    Path((channel, user)): Path<(String, String)>,
    json::Json(asked): json::Json<SchemeRoles>,
) -> Result<Json<Value>, Problem> {
    let user: UserId = session.user_in_path(&user)?;
    let roles = if asked.leads()? { rules::CHANNEL_ADMIN } else { rules::CHANNEL_USER };
    app.chat.set_channel_roles(session.user(), &params::id("channel_id", &channel)?, &user, roles).await?;
    Ok(ok())
}

/// `PUT /channels/{channel_id}/members/{user_id}/notify_props`.
pub(in crate::http) async fn set_notify(
    State(app): State<App>,
    session: Session,
    Path((channel, user)): Path<(String, String)>,
    json::Json(mut said): json::Json<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    // Some clients repeat here whose membership it is.
    said.retain(|key, _| !matches!(key.as_str(), "user_id" | "channel_id"));
    app.chat.set_channel_notify(session.user(), &params::id("channel_id", &channel)?, &user, said).await?;
    Ok(ok())
}
