//! Channels: create, get, list, join.

pub(in crate::http) mod direct;
pub(in crate::http) mod edit;
pub(in crate::http) mod find;
pub(in crate::http) mod members;
pub(in crate::http) mod unread;

use std::fmt::Display;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::list as list_of;
use crate::access::rules;
use crate::app::App;
use crate::chat::NewChannel;
use crate::http::auth::Session;
use crate::http::etag;
use crate::http::json;
use crate::http::page::Page;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{Channel, ChannelKind};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    team_id: String,
    name: String,
    display_name: String,
    #[serde(rename = "type")]
    kind: String,
    header: String,
    purpose: String,
}

/// `POST /channels`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let kind = match asked.kind.as_str() {
        "O" => ChannelKind::Public,
        "P" => ChannelKind::Private,
        _ => return Err(Problem::body("type", "`type` must be `O` (public) or `P` (private)")),
    };
    let new = NewChannel {
        team_id: json::id("team_id", &asked.team_id)?,
        name: asked.name,
        display_name: asked.display_name,
        kind,
        header: asked.header,
        purpose: asked.purpose,
    };
    let channel = app.chat.create_channel(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(channel.wire())))
}

/// `GET /channels/{channel_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let channel = app.chat.readable_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    Ok(tagged(&headers, &channel))
}

/// `GET /teams/{team_id}/channels/name/{name}`.
pub(in crate::http) async fn by_name(
    State(app): State<App>,
    session: Session,
    Path((team, name)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let (team, archived) = (params::id("team_id", &team)?, query.flag("include_deleted"));
    Ok(Json(app.chat.readable_channel_by_name(session.user(), &team, &name, archived).await?.wire()))
}

/// `GET /teams/{team_id}/channels`: the public ones; for guests only those they are in.
pub(in crate::http) async fn public(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let team = params::id("team_id", &team)?;
    app.chat.enter_team(session.user(), &team).await?;
    if rules::accounts::is_guest(session.user()) {
        let mut own = app.store.channels_of(&session.user().id, &team).await?;
        own.retain(|channel| channel.kind == ChannelKind::Public);
        return Ok(list_of(page.of_list(&own), Channel::wire));
    }
    Ok(list_of(&app.store.public_channels(&team, page.offset, page.limit).await?, Channel::wire))
}

/// `GET /users/{user_id}/teams/{team_id}/channels`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    session: Session,
    Path((user, team)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let (user, team) = (session.user_in_path(&user)?, params::id("team_id", &team)?);
    rules::manage_account(session.user(), &user)?;
    app.chat.enter_team(session.user(), &team).await?;
    Ok(list_of(&app.store.channels_of(&user, &team).await?, Channel::wire))
}

/// A channel with its tag: messages change its counters, not its `update_at`.
fn tagged(headers: &HeaderMap, channel: &Channel) -> Response {
    let parts: [&dyn Display; 4] = [
        &channel.id,
        &channel.update_at.as_millis(),
        &channel.total_msg_count,
        &channel.last_post_at.as_millis(),
    ];
    etag::json(headers, &parts, || channel.wire())
}
