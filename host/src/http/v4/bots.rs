//! Bots: accounts that programs act as.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::list as list_of;
use crate::access::{BotChange, NewBot};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::page::Page;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::Bot;
use crate::store::BotFilter;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Asked {
    username: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
}

/// `POST /bots`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let new = NewBot {
        username: asked.username.unwrap_or_default(),
        display_name: asked.display_name.unwrap_or_default(),
        description: asked.description.unwrap_or_default(),
    };
    let bot = app.access.make_bot(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(bot.wire())))
}

/// `GET /bots`: one's own; all of them for an administrator.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let filter = BotFilter {
        owner: None,
        include_inactive: query.flag("include_deleted"),
        only_orphaned: query.flag("only_orphaned"),
    };
    let bots = app.access.bots(session.user(), filter, page.offset, page.limit).await?;
    Ok(list_of(&bots, Bot::wire))
}

/// `GET /bots/{bot_user_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(bot): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.access.own_bot(session.user(), &params::id("bot_user_id", &bot)?).await?.wire()))
}

/// `PUT /bots/{bot_user_id}`: only what is given.
pub(in crate::http) async fn update(
    State(app): State<App>,
    session: Session,
    Path(bot): Path<String>,
    json::Json(asked): json::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let change = BotChange {
        username: asked.username,
        display_name: asked.display_name,
        description: asked.description,
    };
    Ok(Json(app.access.update_bot(session.user(), &params::id("bot_user_id", &bot)?, change).await?.wire()))
}

/// `POST /bots/{bot_user_id}/enable`.
pub(in crate::http) async fn enable(
    State(app): State<App>,
    session: Session,
    Path(bot): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.access.set_bot_active(session.user(), &params::id("bot_user_id", &bot)?, true).await?.wire()))
}

/// `POST /bots/{bot_user_id}/disable`.
pub(in crate::http) async fn disable(
    State(app): State<App>,
    session: Session,
    Path(bot): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(
        app.access.set_bot_active(session.user(), &params::id("bot_user_id", &bot)?, false).await?.wire(),
    ))
}

/// `POST /bots/{bot_user_id}/assign/{user_id}`.
pub(in crate::http) async fn assign(
    State(app): State<App>,
    session: Session,
    Path((bot, user)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let owner = session.user_in_path(&user)?;
    Ok(Json(app.access.assign_bot(session.user(), &params::id("bot_user_id", &bot)?, &owner).await?.wire()))
}
