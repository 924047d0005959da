//! Memberships over all teams, and the members of group channels.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::ids;
use crate::access::AccountAccess;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::wire::{ChannelMemberResponse, UserResponse};
use crate::model::{ChannelId, Timestamp};

/// Most members of a group channel.
const GROUP_MEMBERS: usize = 8;

/// A membership with the team of its channel, whose fields are empty for direct and group channels.
#[derive(Serialize)]
pub(in crate::http) struct MembershipResponse {
    #[serde(flatten)]
    member: ChannelMemberResponse,
    team_display_name: String,
    team_name: String,
    team_update_at: Timestamp,
}

/// `GET /users/{user_id}/channel_members`: a page of the memberships in all teams. Some clients call the page's length
/// `pageSize`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: AccountAccess,
    query: Query,
    page: PageRange,
) -> Result<Json<Vec<MembershipResponse>>, Problem> {
    let page = match query.number("pageSize") {
        Some(length) => PageRange::numbered(query.number("page"), Some(length)),
        None => page,
    };
    let members = app.store.memberships_everywhere(account.id(), page.offset, page.limit).await?;
    let channels: Vec<ChannelId> = members.iter().map(|one| one.member.channel_id.clone()).collect();
    let teams = app.store.teams_of_channels(&channels).await?;
    let mut teams: BTreeMap<ChannelId, _> =
        teams.into_iter().map(|team| (team.channel_id.clone(), team)).collect();
    let responses = members.into_iter().map(|membership| {
        let team = teams.remove(&membership.member.channel_id);
        let none = (String::new(), String::new(), Timestamp::NEVER);
        let (name, display_name, update_at) =
            team.map_or(none, |team| (team.name, team.display_name, team.update_at));
        MembershipResponse {
            member: membership.into(),
            team_display_name: display_name,
            team_name: name,
            team_update_at: update_at,
        }
    });
    Ok(Json(responses.collect()))
}

/// `POST /users/group_channels`: the members of these group channels, by channel. Channels that the caller is not in
/// are left out.
pub(in crate::http) async fn of_groups(
    State(app): State<App>,
    session: Session,
    body::List(channels): body::List<String>,
) -> Result<Response, Problem> {
    let channels: Vec<ChannelId> = ids("channel_ids", &channels)?;
    let room = ListRoom::for_users(&app, channels.len() * GROUP_MEMBERS).await?;
    let found = app.access.members_of_groups(session.user(), &channels).await?;
    let groups: BTreeMap<ChannelId, Vec<UserResponse>> = found
        .into_iter()
        .map(|(channel, users)| (channel, users.into_iter().map(UserResponse::from).collect()))
        .collect();
    room.respond(&groups, 0)
}
