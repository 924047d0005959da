//! Finding channels: lists, search, and the counts of one.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;

use super::archived_since;
use crate::access::{AccessError, AccountAccess, Admin, ChannelAccess, TeamAccess};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{ids, list};
use crate::model::wire::{ChannelResponse, ChannelWithTeamResponse};
use crate::model::{ChannelFilter, ChannelId, Kind, TeamId, size_of};

/// Most different settings of a time zone that are read for one channel. Further ones are left out.
const MAX_TIME_ZONES: i64 = 1_000;

/// What stands for the number of files if the client does not want it counted.
const NOT_COUNTED: i64 = -1;

#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::http) enum AllChannelsResponse {
    Plain(Vec<ChannelWithTeamResponse>),
    Counted { channels: Vec<ChannelWithTeamResponse>, total_count: i64 },
}

#[derive(Serialize)]
pub(in crate::http) struct ChannelStats {
    channel_id: ChannelId,
    member_count: i64,
    guest_count: i64,
    pinnedpost_count: i64,
    files_count: i64,
}

/// `GET /channels`: lists the channels of all teams, for administrators. No channel has a policy here, so
/// `exclude_policy_constrained` leaves out none.
pub(in crate::http) async fn all(
    State(app): State<App>,
    admin: Admin,
    page: PageRange,
    query: Query,
) -> Result<Json<AllChannelsResponse>, Problem> {
    if query.get("not_associated_to_group").is_some() {
        return Err(AccessError::NotFound(Kind::Group).into());
    }
    let filter = ChannelFilter {
        public: true,
        private: true,
        active: true,
        archived: query.flag("include_deleted"),
        without_first: query.flag("exclude_default_channels"),
        ..ChannelFilter::default()
    };
    let (found, total_count) = app.chat.filter_channels(&admin, &filter, (page.offset, page.limit)).await?;
    let Json(channels) = list(found);
    if !query.flag("include_total_count") {
        return Ok(Json(AllChannelsResponse::Plain(channels)));
    }
    Ok(Json(AllChannelsResponse::Counted { channels, total_count }))
}

/// `GET /users/{user_id}/channels`: lists the user's channels in all teams and in none; with `include_deleted` also
/// those that were archived, since `last_delete_at` if it is given.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: AccountAccess,
    query: Query,
) -> Result<Response, Problem> {
    app.access.user(account.id()).await?;
    let room = ListRoom::for_own_channels(&app).await?;
    let channels = app.store.all_channels_of(account.id(), archived_since(&query)).await?;
    let bytes = size_of(&channels);
    room.respond(&list::<_, ChannelResponse>(channels).0, bytes)
}

/// `GET /teams/{team_id}/channels/deleted`: lists archived channels; guests get only those they are members of.
pub(in crate::http) async fn archived(
    State(app): State<App>,
    team: TeamAccess,
    page: PageRange,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    Ok(list(app.chat.archived_channels(&team, page.offset, page.limit).await?))
}

/// `GET /teams/{team_id}/channels/private`: lists private channels, for system administrators.
pub(in crate::http) async fn private(
    State(app): State<App>,
    admin: Admin,
    PathId(team): PathId<TeamId>,
    page: PageRange,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    Ok(list(app.chat.private_channels(&admin, &team, page.offset, page.limit).await?))
}

/// `POST /teams/{team_id}/channels/ids`: returns the public ones among these channels; guests get only those they are
/// members of.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    team: TeamAccess,
    body::List(named): body::List<String>,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    let ids: Vec<ChannelId> = ids("channel_ids", &named)?;
    Ok(list(app.chat.public_channels_by_ids(&team, &ids).await?))
}

/// `GET /teams/name/{team_name}/channels/name/{name}`.
pub(in crate::http) async fn by_names(
    State(app): State<App>,
    session: Session,
    Path((team, name)): Path<(String, String)>,
    query: Query,
) -> Result<Json<ChannelResponse>, Problem> {
    let team = app.chat.visible_team_by_name(session.user(), &team).await?;
    let archived = query.flag("include_deleted");
    let channel = app.chat.visible_channel_by_name(session.user(), &team.id, &name, archived).await?;
    Ok(Json(channel.into()))
}

/// `GET /channels/{channel_id}/stats`: with `exclude_files_count` the files are not counted.
pub(in crate::http) async fn stats(
    State(app): State<App>,
    channel: ChannelAccess,
    query: Query,
) -> Result<Json<ChannelStats>, Problem> {
    let channel_id = channel.into_channel().id;
    Ok(Json(ChannelStats {
        member_count: app.store.channel_member_count(&channel_id).await?,
        guest_count: app.store.channel_guest_count(&channel_id).await?,
        pinnedpost_count: app.store.pinned_count(&channel_id).await?,
        files_count: if query.flag("exclude_files_count") {
            NOT_COUNTED
        } else {
            app.store.file_count(&channel_id).await?
        },
        channel_id,
    }))
}

/// `GET /channels/{channel_id}/timezones`: the names of the zones that members have set.
pub(in crate::http) async fn timezones(
    State(app): State<App>,
    channel: ChannelAccess,
) -> Result<Json<BTreeSet<String>>, Problem> {
    let zones = app.store.time_zones(&channel.channel().id, MAX_TIME_ZONES).await?;
    Ok(Json(zones.iter().filter_map(|zone| zone.name().map(str::to_owned)).collect()))
}
