//! Members of channels.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::{AccountAccess, ChannelAccess, TeamAccess};
use crate::app::App;
use crate::http::auth::{NamedUser, Session};
use crate::http::json;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{Done, ids, known_ids, list, ok};
use crate::model::wire::ChannelMemberResponse;
use crate::model::{ChannelId, role, size_of};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct AddMembers {
    user_id: String,
    user_ids: Option<Vec<String>>,
    /// The first post of the thread in which the messages about joining appear.
    post_root_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateMemberRoles {
    pub(in crate::http::v4) roles: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are v4's")]
pub(in crate::http) struct UpdateSchemeRoles {
    scheme_admin: bool,
    scheme_user: Option<bool>,
    scheme_guest: bool,
}

impl UpdateSchemeRoles {
    /// Whether the member becomes an administrator of the channel. The guest role follows from the account.
    pub(in crate::http::v4) fn is_admin(&self) -> Result<bool, Problem> {
        if self.scheme_guest || self.scheme_user == Some(false) {
            return Err(Problem::body(
                "scheme_guest",
                "only a system administrator makes guests, of whole accounts; send `demote` for the account",
            ));
        }
        Ok(self.scheme_admin)
    }
}

/// `POST /channels/{channel_id}/members`: adds one account, or several as `user_ids`.
pub(in crate::http) async fn add(
    State(app): State<App>,
    session: Session,
    PathId(channel): PathId<ChannelId>,
    json::Json(body): json::Json<AddMembers>,
) -> Result<Response, Problem> {
    let root = json::optional_id("post_root_id", &body.post_root_id)?;
    let Some(several) = body.user_ids else {
        let user = json::id("user_id", &body.user_id)?;
        let member = app.chat.add_to_channel(session.user(), &channel, &user, root.as_ref()).await?;
        return Ok((StatusCode::CREATED, Json(ChannelMemberResponse::from(member))).into_response());
    };
    let users = ids("user_ids", &several)?;
    let members = app.chat.add_all_to_channel(session.user(), &channel, &users, root.as_ref()).await?;
    Ok((StatusCode::CREATED, list::<_, ChannelMemberResponse>(members)).into_response())
}

/// `GET /channels/{channel_id}/members`.
pub(in crate::http) async fn page(
    State(app): State<App>,
    channel: ChannelAccess,
    page: PageRange,
) -> Result<Json<Vec<ChannelMemberResponse>>, Problem> {
    Ok(list(app.store.memberships(&channel.channel().id, page.offset, page.limit).await?))
}

/// `GET /channels/{channel_id}/members/{user_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
    PathId(channel): PathId<ChannelId>,
) -> Result<Json<ChannelMemberResponse>, Problem> {
    Ok(Json(app.chat.member_of(session.caller(), &channel, &user).await?.into()))
}

/// `POST /channels/{channel_id}/members/ids`: returns those of these accounts that are members.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    channel: ChannelAccess,
    json::List(named): json::List<String>,
) -> Result<Json<Vec<ChannelMemberResponse>>, Problem> {
    let users = known_ids("user_ids", &named)?;
    Ok(list(app.store.memberships_by_ids(&channel.channel().id, &users).await?))
}

/// `GET /users/{user_id}/teams/{team_id}/channels/members`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: AccountAccess,
    team: TeamAccess,
) -> Result<Response, Problem> {
    let room = ListRoom::for_own_channels(&app).await?;
    let members = app.store.memberships_of(account.id(), &team.team().id).await?;
    let bytes = size_of(&members);
    room.respond(&list::<_, ChannelMemberResponse>(members).0, bytes)
}

/// `DELETE /channels/{channel_id}/members/{user_id}`.
pub(in crate::http) async fn remove(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
    PathId(channel): PathId<ChannelId>,
) -> Result<Json<Done>, Problem> {
    app.chat.remove_from_channel(session.user(), &channel, &user).await?;
    Ok(ok())
}

/// `PUT /channels/{channel_id}/members/{user_id}/roles`.
pub(in crate::http) async fn set_roles(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
    PathId(channel): PathId<ChannelId>,
    json::Json(body): json::Json<UpdateMemberRoles>,
) -> Result<Json<Done>, Problem> {
    app.chat.set_channel_roles(session.user(), &channel, &user, &body.roles).await?;
    Ok(ok())
}

/// `PUT /channels/{channel_id}/members/{user_id}/schemeRoles`.
pub(in crate::http) async fn set_scheme_roles(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
    PathId(channel): PathId<ChannelId>,
    json::Json(body): json::Json<UpdateSchemeRoles>,
) -> Result<Json<Done>, Problem> {
    let roles = if body.is_admin()? { role::CHANNEL_ADMIN } else { role::CHANNEL_USER };
    app.chat.set_channel_roles(session.user(), &channel, &user, roles).await?;
    Ok(ok())
}

/// `PUT /channels/{channel_id}/members/{user_id}/notify_props`.
pub(in crate::http) async fn set_notify(
    State(app): State<App>,
    account: AccountAccess,
    PathId(channel): PathId<ChannelId>,
    json::Json(mut props): json::Json<Map<String, Value>>,
) -> Result<Json<Done>, Problem> {
    // Some clients repeat the ids of the membership in the body.
    props.retain(|key, _| !matches!(key.as_str(), "user_id" | "channel_id"));
    app.chat.set_channel_notify(&account, &channel, props).await?;
    Ok(ok())
}
