//! Managing incoming webhooks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Done, list as list_of, ok};
use crate::access::Prohibition;
use crate::app::App;
use crate::hook::{HookSettings, Hooks, NewHook};
use crate::http::auth::Session;
use crate::http::json;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::{ChannelId, HookId, IncomingHook, TeamId, Timestamp, User, UserId, Verifier};

/// A webhook as a client sends it, to create or to update it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SaveHook {
    id: String,
    channel_id: String,
    /// The team of an update, which cannot change. That of a new webhook follows from its channel.
    team_id: String,
    /// The owner of a new webhook. An update leaves the owner as it is.
    user_id: String,
    display_name: String,
    description: String,
    username: String,
    icon_url: String,
    channel_locked: bool,
}

#[derive(Serialize)]
pub(in crate::http) struct IncomingHookResponse {
    id: HookId,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    user_id: UserId,
    channel_id: ChannelId,
    team_id: TeamId,
    display_name: String,
    description: String,
    username: String,
    icon_url: String,
    channel_locked: bool,
}

/// A list of webhooks, with their total number if the client requests it.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::http) enum IncomingHooksResponse {
    Plain(Vec<IncomingHookResponse>),
    Counted { incoming_webhooks: Vec<IncomingHookResponse>, total_count: i64 },
}

/// `POST /hooks/incoming`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(request): json::Json<SaveHook>,
) -> Result<(StatusCode, Json<IncomingHookResponse>), Problem> {
    if !request.id.is_empty() {
        return Err(Prohibition::CreateHookWithId.into());
    }
    let new = NewHook {
        user_id: json::optional_id("user_id", &request.user_id)?,
        settings: request.settings(session.user())?,
        bridge: None,
        verifier: Verifier::None,
        sealed_secret: None,
    };
    let hook = app.hooks.create(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(hook.into())))
}

/// `GET /hooks/incoming`: lists the hooks that the caller may manage, oldest first; without `team_id`, those of all
/// teams. A `per_page` of 0 means none, as in Mattermost.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: PageRange,
) -> Result<Json<IncomingHooksResponse>, Problem> {
    let team = query.get("team_id").map(|id| id.parse::<TeamId>()).transpose();
    // A text of another form is the id of no team.
    let names_no_team = team.is_err();
    let filter = app.hooks.managed(session.user(), team.unwrap_or_default()).await?;
    let limit = if names_no_team || query.number("per_page") == Some(0) { 0 } else { page.limit };
    let store = app.store.hooks();
    let Json(incoming_webhooks) = list_of(store.list(&filter, page.offset, limit).await?);
    if !query.flag("include_total_count") {
        return Ok(Json(IncomingHooksResponse::Plain(incoming_webhooks)));
    }
    let total_count = if names_no_team { 0 } else { store.count(&filter).await? };
    Ok(Json(IncomingHooksResponse::Counted { incoming_webhooks, total_count }))
}

/// `GET /hooks/incoming/{hook_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(hook): PathId<HookId>,
) -> Result<Json<IncomingHookResponse>, Problem> {
    let hook = app.hooks.get(session.user(), &hook).await?;
    Ok(Json(hook.into()))
}

/// `PUT /hooks/incoming/{hook_id}`: what the body leaves out becomes empty. Clients expect the status 201.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    PathId(hook): PathId<HookId>,
    json::Json(request): json::Json<SaveHook>,
) -> Result<(StatusCode, Json<IncomingHookResponse>), Problem> {
    if !request.id.is_empty() && request.id != hook.as_str() {
        return Err(Problem::body("id", "`id` must be that of the webhook in the address"));
    }
    let caller = session.user();
    let team = json::optional_id("team_id", &request.team_id)?;
    let settings = request.settings(caller)?;
    let hook = app.hooks.update(caller, &hook, team.as_ref(), settings).await?;
    Ok((StatusCode::CREATED, Json(hook.into())))
}

/// `DELETE /hooks/incoming/{hook_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    PathId(hook): PathId<HookId>,
) -> Result<Json<Done>, Problem> {
    app.hooks.delete(session.user(), &hook).await?;
    Ok(ok())
}

impl SaveHook {
    /// Returns the settings. A channel of no id is answered as an unknown one.
    fn settings(self, caller: &User) -> Result<HookSettings, Problem> {
        Ok(HookSettings {
            channel_id: self.channel_id.parse().map_err(|_| Hooks::no_channel(caller))?,
            display_name: self.display_name,
            description: self.description,
            username: self.username,
            icon_url: self.icon_url,
            channel_locked: self.channel_locked,
        })
    }
}

impl From<IncomingHook> for IncomingHookResponse {
    fn from(hook: IncomingHook) -> Self {
        Self {
            id: hook.id,
            create_at: hook.create_at,
            update_at: hook.update_at,
            delete_at: hook.delete_at,
            user_id: hook.user_id,
            channel_id: hook.channel_id,
            team_id: hook.team_id,
            display_name: hook.display_name,
            description: hook.description,
            username: hook.username,
            icon_url: hook.icon_url,
            channel_locked: hook.channel_locked,
        }
    }
}
