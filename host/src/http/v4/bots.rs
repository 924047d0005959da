//! Bots: accounts that programs act as.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::list as list_of;
use super::profile::UpdateUser;
use crate::access::{AccessError, Admin, BotAccess, BotChange, NewBot};
use crate::app::App;
use crate::http::auth::{NamedUser, Session};
use crate::http::json;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::wire::UserResponse;
use crate::model::{Bot, Kind, Timestamp, UserId};
use crate::store::BotFilter;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct CreateBot {
    username: String,
    display_name: String,
    description: String,
}

/// Absent fields stay unchanged.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct UpdateBot {
    username: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
}

#[derive(Serialize)]
pub(in crate::http) struct BotResponse {
    user_id: UserId,
    username: String,
    display_name: String,
    description: String,
    /// Empty for a plugin's bot.
    owner_id: String,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
}

impl From<Bot> for BotResponse {
    fn from(Bot { user, owner_id }: Bot) -> Self {
        Self {
            user_id: user.id,
            username: user.username,
            display_name: user.first_name,
            description: user.bot_description,
            owner_id: owner_id.map(String::from).unwrap_or_default(),
            create_at: user.create_at,
            update_at: user.update_at,
            delete_at: user.delete_at,
        }
    }
}

/// `POST /bots`. The bot then greets its maker in a direct message.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(body): json::Json<CreateBot>,
) -> Result<(StatusCode, Json<BotResponse>), Problem> {
    let new =
        NewBot { username: body.username, display_name: body.display_name, description: body.description };
    let bot = app.access.make_bot(session.user(), new).await?;
    app.chat.greet_maker(session.user(), &bot.user).await;
    Ok((StatusCode::CREATED, Json(bot.into())))
}

/// `GET /bots`: lists the caller's bots; administrators see all bots.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: PageRange,
) -> Result<Json<Vec<BotResponse>>, Problem> {
    let filter = BotFilter {
        owner: None,
        include_inactive: query.flag("include_deleted"),
        only_orphaned: query.flag("only_orphaned"),
    };
    Ok(list_of(app.access.bots(session.user(), filter, page.offset, page.limit).await?))
}

/// `GET /bots/{bot_user_id}`. A disabled bot is found only with `include_deleted=true`.
pub(in crate::http) async fn get(bot: BotAccess, query: Query) -> Result<Json<BotResponse>, Problem> {
    let bot = bot.into_bot();
    if !bot.user.delete_at.is_never() && !query.flag("include_deleted") {
        return Err(AccessError::NotFound(Kind::Bot).into());
    }
    Ok(Json(bot.into()))
}

/// `POST /users/{user_id}/convert_to_bot`.
pub(in crate::http) async fn convert_to_bot(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: Admin,
) -> Result<Json<BotResponse>, Problem> {
    Ok(Json(app.access.convert_to_bot(&admin, &user).await?.into()))
}

/// `POST /bots/{bot_user_id}/convert_to_user`: the body is a change of the profile with the new account's `password`.
/// With `set_system_admin` the account becomes a system administrator.
pub(in crate::http) async fn convert_to_user(
    State(app): State<App>,
    admin: Admin,
    bot: BotAccess,
    query: Query,
    json::Json(mut body): json::Json<UpdateUser>,
) -> Result<Json<UserResponse>, Problem> {
    let password = body.password.take().unwrap_or_default();
    if password.is_empty() {
        return Err(Problem::body("password", "`password` must be the account's new password"));
    }
    let becomes_admin = query.flag("set_system_admin");
    let user = app.access.convert_to_user(&admin, &bot, password, body.into(), becomes_admin).await?;
    Ok(Json(UserResponse::whole(user)))
}

/// `PUT /bots/{bot_user_id}`.
pub(in crate::http) async fn update(
    State(app): State<App>,
    bot: BotAccess,
    json::Json(body): json::Json<UpdateBot>,
) -> Result<Json<BotResponse>, Problem> {
    let change =
        BotChange { username: body.username, display_name: body.display_name, description: body.description };
    Ok(Json(app.access.update_bot(&bot, change).await?.into()))
}

/// `POST /bots/{bot_user_id}/enable`.
pub(in crate::http) async fn enable(
    State(app): State<App>,
    bot: BotAccess,
) -> Result<Json<BotResponse>, Problem> {
    Ok(Json(app.access.set_bot_active(&bot, true).await?.into()))
}

/// `POST /bots/{bot_user_id}/disable`.
pub(in crate::http) async fn disable(
    State(app): State<App>,
    bot: BotAccess,
) -> Result<Json<BotResponse>, Problem> {
    Ok(Json(app.access.set_bot_active(&bot, false).await?.into()))
}

/// `POST /bots/{bot_user_id}/assign/{user_id}`.
pub(in crate::http) async fn assign(
    State(app): State<App>,
    NamedUser(owner): NamedUser,
    bot: BotAccess,
) -> Result<Json<BotResponse>, Problem> {
    Ok(Json(app.access.assign_bot(&bot, &owner).await?.into()))
}
