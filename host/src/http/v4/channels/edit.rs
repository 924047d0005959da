//! Changing channels: names, header and purpose, privacy, the archive.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::kind_of;
use crate::access::{Admin, ChannelEditor, ChannelOpener, Prohibition};
use crate::app::App;
use crate::http::json;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{Done, check_offered, ok};
use crate::model::wire::ChannelResponse;
use crate::model::{ChannelChange, ChannelId, ChannelKind};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateChannel {
    id: String,
    name: Option<String>,
    display_name: Option<String>,
    header: Option<String>,
    purpose: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    scheme_id: String,
    group_constrained: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateChannelPrivacy {
    privacy: String,
}

/// `PUT /channels/{channel_id}`: an empty name leaves the name unchanged; an absent header or purpose becomes empty.
pub(in crate::http) async fn update(
    State(app): State<App>,
    editor: ChannelEditor,
    json::Json(body): json::Json<UpdateChannel>,
) -> Result<Json<ChannelResponse>, Problem> {
    if body.id != editor.channel().id.as_str() {
        return Err(Problem::body("id", "`id` must be that of the channel in the address"));
    }
    check_offered(&body.scheme_id, body.group_constrained)?;
    let kind = body.kind.as_deref().filter(|kind| !kind.is_empty());
    let kind = kind.map(|letter| ChannelKind::of_letter(letter).ok_or(Prohibition::RetypeChannel));
    let change = ChannelChange {
        name: body.name.filter(|name| !name.is_empty()),
        display_name: body.display_name.filter(|name| !name.is_empty()),
        header: Some(body.header.unwrap_or_default()),
        purpose: Some(body.purpose.unwrap_or_default()),
        kind: kind.transpose()?,
        ..ChannelChange::default()
    };
    Ok(Json(app.chat.change_channel(&editor, change).await?.into()))
}

/// `PUT /channels/{channel_id}/patch`: absent fields stay unchanged.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    editor: ChannelEditor,
    json::Json(body): json::Json<UpdateChannel>,
) -> Result<Json<ChannelResponse>, Problem> {
    check_offered(&body.scheme_id, body.group_constrained)?;
    let change = ChannelChange {
        name: body.name,
        display_name: body.display_name,
        header: body.header,
        purpose: body.purpose,
        ..ChannelChange::default()
    };
    Ok(Json(app.chat.change_channel(&editor, change).await?.into()))
}

/// `PUT /channels/{channel_id}/privacy`.
pub(in crate::http) async fn privacy(
    State(app): State<App>,
    opener: ChannelOpener,
    json::Json(body): json::Json<UpdateChannelPrivacy>,
) -> Result<Json<ChannelResponse>, Problem> {
    let kind = kind_of("privacy", &body.privacy)?;
    Ok(Json(app.chat.convert_channel(&opener, kind).await?.into()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct MoveChannel {
    team_id: String,
    force: bool,
}

/// `POST /channels/{channel_id}/move`: moves it to another team, for administrators.
pub(in crate::http) async fn move_to(
    State(app): State<App>,
    admin: Admin,
    PathId(channel): PathId<ChannelId>,
    json::Json(body): json::Json<MoveChannel>,
) -> Result<Json<ChannelResponse>, Problem> {
    let team = json::id("team_id", &body.team_id)?;
    Ok(Json(app.chat.move_channel(&admin, &channel, &team, body.force).await?.into()))
}

/// `DELETE /channels/{channel_id}`: archives it; channels are never removed for good.
pub(in crate::http) async fn archive(
    State(app): State<App>,
    editor: ChannelEditor,
    query: Query,
) -> Result<Json<Done>, Problem> {
    if query.flag("permanent") {
        return Err(Problem::parameter(
            "permanent",
            "this server never removes channels for good; leave it out to archive the channel",
        ));
    }
    app.chat.archive_channel(&editor).await?;
    Ok(ok())
}

/// `POST /channels/{channel_id}/restore`.
pub(in crate::http) async fn restore(
    State(app): State<App>,
    opener: ChannelOpener,
) -> Result<Json<ChannelResponse>, Problem> {
    Ok(Json(app.chat.restore_channel(&opener).await?.into()))
}
