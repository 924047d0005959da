//! Managing outgoing webhooks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Done, ok};
use crate::app::App;
use crate::hook::{OpenedHook, OutgoingError, OutgoingHooks, OutgoingSettings};
use crate::http::auth::Session;
use crate::http::json;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::{ChannelId, Kind, OutgoingHookId, TeamId, Timestamp, UserId};

/// A webhook as a client sends it, to create or to update it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SaveOutgoingHook {
    id: String,
    team_id: String,
    channel_id: String,
    /// The author of responses of a new webhook. An update leaves it as it is.
    creator_id: String,
    display_name: String,
    description: String,
    username: String,
    icon_url: String,
    content_type: String,
    trigger_words: Vec<String>,
    trigger_when: i64,
    callback_urls: Vec<String>,
}

#[derive(Serialize)]
pub(in crate::http) struct OutgoingHookResponse {
    id: OutgoingHookId,
    token: String,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    creator_id: UserId,
    /// Empty for all public channels of the team.
    channel_id: String,
    team_id: TeamId,
    /// Null if there are none, as clients expect.
    trigger_words: Option<Vec<String>>,
    trigger_when: i64,
    callback_urls: Vec<String>,
    display_name: String,
    description: String,
    content_type: String,
    username: String,
    icon_url: String,
}

/// `POST /hooks/outgoing`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(request): json::Json<SaveOutgoingHook>,
) -> Result<(StatusCode, Json<OutgoingHookResponse>), Problem> {
    let caller = session.user();
    // Without a team there is none that the caller could manage.
    let team: TeamId = request.team_id.parse().map_err(|_| OutgoingHooks::no_team())?;
    let creator = json::optional_id("creator_id", &request.creator_id)?;
    let hook = app.outgoing.create(caller, &team, creator, request.settings()?).await?;
    Ok((StatusCode::CREATED, Json(hook.into())))
}

/// `GET /hooks/outgoing`: lists the hooks that the caller may manage; without `team_id` and `channel_id`, for system
/// administrators.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: PageRange,
) -> Result<Json<Vec<OutgoingHookResponse>>, Problem> {
    let team: Option<TeamId> = query.id("team_id")?;
    let channel: Option<ChannelId> = query.id("channel_id")?;
    let page = (page.offset, page.limit);
    let hooks = app.outgoing.list(session.user(), team, channel.as_ref(), page).await?;
    Ok(super::list(hooks))
}

/// `GET /hooks/outgoing/{hook_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(hook): PathId<OutgoingHookId>,
) -> Result<Json<OutgoingHookResponse>, Problem> {
    Ok(Json(app.outgoing.get(session.user(), &hook).await?.into()))
}

/// `PUT /hooks/outgoing/{hook_id}`: what the body leaves out becomes empty, except the token.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    PathId(hook): PathId<OutgoingHookId>,
    json::Json(request): json::Json<SaveOutgoingHook>,
) -> Result<Json<OutgoingHookResponse>, Problem> {
    if !request.id.is_empty() && request.id != hook.as_str() {
        return Err(Problem::body("id", "`id` must be that of the webhook in the address"));
    }
    let team = json::optional_id("team_id", &request.team_id)?;
    let hook = app.outgoing.update(session.user(), &hook, team.as_ref(), request.settings()?).await?;
    Ok(Json(hook.into()))
}

/// `POST /hooks/outgoing/{hook_id}/regen_token`, which some clients send as `PUT`.
pub(in crate::http) async fn regenerate_token(
    State(app): State<App>,
    session: Session,
    PathId(hook): PathId<OutgoingHookId>,
) -> Result<Json<OutgoingHookResponse>, Problem> {
    Ok(Json(app.outgoing.regenerate_token(session.user(), &hook).await?.into()))
}

/// `DELETE /hooks/outgoing/{hook_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    PathId(hook): PathId<OutgoingHookId>,
) -> Result<Json<Done>, Problem> {
    app.outgoing.delete(session.user(), &hook).await?;
    Ok(ok())
}

impl SaveOutgoingHook {
    /// Returns the settings. A channel of no id is answered as an unknown one.
    fn settings(self) -> Result<OutgoingSettings, Problem> {
        let channel_id = match self.channel_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| OutgoingError::NotFound(Kind::Channel))?),
        };
        Ok(OutgoingSettings {
            channel_id,
            display_name: self.display_name,
            description: self.description,
            username: self.username,
            icon_url: self.icon_url,
            content_type: self.content_type,
            trigger_words: self.trigger_words,
            trigger_when: self.trigger_when,
            callback_urls: self.callback_urls,
        })
    }
}

impl From<OpenedHook> for OutgoingHookResponse {
    fn from(OpenedHook { hook, token }: OpenedHook) -> Self {
        Self {
            id: hook.id,
            token: token.reveal().to_owned(),
            create_at: hook.create_at,
            update_at: hook.update_at,
            delete_at: hook.delete_at,
            creator_id: hook.creator_id,
            channel_id: hook.channel_id.map(String::from).unwrap_or_default(),
            team_id: hook.team_id,
            trigger_words: Some(hook.trigger_words).filter(|words| !words.is_empty()),
            trigger_when: hook.trigger_when.number(),
            callback_urls: hook.callback_urls,
            display_name: hook.display_name,
            description: hook.description,
            content_type: hook.content_type,
            username: hook.username,
            icon_url: hook.icon_url,
        }
    }
}
