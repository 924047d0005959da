//! Channels that change: renamed, described, converted, archived.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value;

use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::http::v4::ok;
use crate::model::{ChannelChange, ChannelKind};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    id: String,
    name: Option<String>,
    display_name: Option<String>,
    header: Option<String>,
    purpose: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Privacy {
    privacy: String,
}

/// `PUT /channels/{channel_id}`: an empty name stays as it was; header and purpose become what is said, or empty.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    json::Json(asked): json::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    if asked.id != channel {
        return Err(Problem::body("id", "`id` must be that of the channel in the address"));
    }
    let change = ChannelChange {
        name: asked.name.filter(|name| !name.is_empty()),
        display_name: asked.display_name.filter(|name| !name.is_empty()),
        header: Some(asked.header.unwrap_or_default()),
        purpose: Some(asked.purpose.unwrap_or_default()),
        ..ChannelChange::default()
    };
    Ok(Json(
        app.chat.change_channel(session.user(), &params::id("channel_id", &channel)?, change).await?.wire(),
    ))
}

/// `PUT /channels/{channel_id}/patch`: what is not said stays.
pub(in crate::http) async fn patch(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    json::Json(asked): json::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let change = ChannelChange {
        name: asked.name,
        display_name: asked.display_name,
        header: asked.header,
        purpose: asked.purpose,
        ..ChannelChange::default()
    };
    Ok(Json(
        app.chat.change_channel(session.user(), &params::id("channel_id", &channel)?, change).await?.wire(),
    ))
}

/// `PUT /channels/{channel_id}/privacy`.
pub(in crate::http) async fn privacy(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    json::Json(asked): json::Json<Privacy>,
) -> Result<Json<Value>, Problem> {
    let kind = match asked.privacy.as_str() {
        "O" => ChannelKind::Public,
        "P" => ChannelKind::Private,
        _ => return Err(Problem::body("privacy", "`privacy` must be `O` (public) or `P` (private)")),
    };
    Ok(Json(
        app.chat.convert_channel(session.user(), &params::id("channel_id", &channel)?, kind).await?.wire(),
    ))
}

/// `DELETE /channels/{channel_id}`: archives it; nothing is ever removed for good.
pub(in crate::http) async fn archive(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    if query.flag("permanent") {
        return Err(Problem::parameter("permanent", "channels are archived here, never removed for good"));
    }
    app.chat.archive_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    Ok(ok())
}

/// `POST /channels/{channel_id}/restore`.
pub(in crate::http) async fn restore(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.chat.restore_channel(session.user(), &params::id("channel_id", &channel)?).await?.wire()))
}
