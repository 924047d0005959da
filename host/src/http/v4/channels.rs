//! Channels: create, get, list.

pub(in crate::http) mod categories;
pub(in crate::http) mod direct;
pub(in crate::http) mod edit;
pub(in crate::http) mod find;
pub(in crate::http) mod members;
pub(in crate::http) mod search;
pub(in crate::http) mod unread;

use std::fmt::Display;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::{check_offered, list as list_of};
use crate::access::{AccountAccess, Prohibition, TeamAccess};
use crate::app::App;
use crate::chat::{ChatError, NewChannel};
use crate::http::auth::Session;
use crate::http::etag;
use crate::http::json;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::wire::ChannelResponse;
use crate::model::{ChannelId, ChannelKind, Kind, TeamId, Timestamp, size_of};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreateChannel {
    team_id: String,
    name: String,
    display_name: String,
    #[serde(rename = "type")]
    kind: String,
    header: String,
    purpose: String,
    scheme_id: String,
    group_constrained: bool,
}

/// `POST /channels`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(body): json::Json<CreateChannel>,
) -> Result<(StatusCode, Json<ChannelResponse>), Problem> {
    check_offered(&body.scheme_id, body.group_constrained)?;
    let kind = match body.kind.as_str() {
        "D" | "G" => return Err(Prohibition::CreateDirect.into()),
        letter => kind_of("type", letter)?,
    };
    let new = NewChannel {
        team_id: body.team_id.parse().map_err(|_| app.chat.unknown_team(session.user()))?,
        name: body.name,
        display_name: body.display_name,
        kind,
        header: body.header,
        purpose: body.purpose,
    };
    let channel = app.chat.create_channel(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(channel.into())))
}

/// `GET /channels/{channel_id}`. Messages change its counters, not its `update_at`, so its tag names both.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(channel): PathId<ChannelId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let channel = app.chat.visible_channel_with_counts(session.user(), &channel).await?;
    let parts: [&dyn Display; 4] = [
        &channel.id,
        &channel.update_at.as_millis(),
        &channel.total_msg_count,
        &channel.last_post_at.as_millis(),
    ];
    Ok(etag::json(&headers, &parts, || ChannelResponse::from(channel.clone())))
}

/// `GET /teams/{team_id}/channels/name/{name}`.
pub(in crate::http) async fn by_name(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    Path((_, name)): Path<(String, String)>,
    query: Query,
) -> Result<Json<ChannelResponse>, Problem> {
    let archived = query.flag("include_deleted");
    let channel = app.chat.visible_channel_by_name(session.user(), &team, &name, archived).await?;
    Ok(Json(channel.into()))
}

/// `GET /teams/{team_id}/channels`: lists public channels; guests get only those they are members of.
pub(in crate::http) async fn public(
    State(app): State<App>,
    team: TeamAccess,
    page: PageRange,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    Ok(list_of(app.chat.public_channels(&team, page.offset, page.limit).await?))
}

/// `GET /users/{user_id}/teams/{team_id}/channels`: with `include_deleted` also those that were archived, since
/// `last_delete_at` if it is given.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: AccountAccess,
    team: TeamAccess,
    query: Query,
) -> Result<Response, Problem> {
    let room = ListRoom::for_own_channels(&app).await?;
    let channels = app.store.own_channels_in(account.id(), &team.team().id, archived_since(&query)).await?;
    let bytes = size_of(&channels);
    room.respond(&list_of::<_, ChannelResponse>(channels).0, bytes)
}

/// Returns since when archived channels are listed; None if they are not.
fn archived_since(query: &Query) -> Option<Timestamp> {
    let since = query.number("last_delete_at").unwrap_or_default();
    query.flag("include_deleted").then(|| Timestamp::from_millis(since))
}

/// Parses whether a channel is public or private.
fn kind_of(field: &'static str, letter: &str) -> Result<ChannelKind, Problem> {
    match letter {
        "O" => Ok(ChannelKind::Public),
        "P" => Ok(ChannelKind::Private),
        _ => {
            let reason = "it must be `O` (public) or `P` (private)".to_owned();
            Err(ChatError::Invalid { kind: Kind::Channel, field, reason }.into())
        }
    }
}
