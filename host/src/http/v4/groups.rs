//! The members of a place without those of given groups. This server has no groups, so all members remain.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::access::{Admin, ChannelAccess, TeamAccess};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::wire::UserResponse;
use crate::store::UserFilter;

/// A page of accounts, and how many there are.
#[derive(Serialize)]
pub(in crate::http) struct MembersResponse {
    users: Vec<UserResponse>,
    total_count: i64,
}

/// `GET /channels/{channel_id}/members_minus_group_members`.
pub(in crate::http) async fn outside_in_channel(
    State(app): State<App>,
    _: Admin,
    session: Session,
    channel: ChannelAccess,
    query: Query,
    page: PageRange,
) -> Result<Response, Problem> {
    let filter = UserFilter { in_channel: Some(channel.channel().id.clone()), ..UserFilter::default() };
    outside(&app, &session, &query, page, filter).await
}

/// `GET /teams/{team_id}/members_minus_group_members`.
pub(in crate::http) async fn outside_in_team(
    State(app): State<App>,
    _: Admin,
    session: Session,
    team: TeamAccess,
    query: Query,
    page: PageRange,
) -> Result<Response, Problem> {
    let filter = UserFilter { in_team: Some(team.team().id.clone()), ..UserFilter::default() };
    outside(&app, &session, &query, page, filter).await
}

async fn outside(
    app: &App,
    session: &Session,
    query: &Query,
    page: PageRange,
    filter: UserFilter,
) -> Result<Response, Problem> {
    if query.text("group_ids").is_empty() {
        return Err(Problem::parameter("group_ids", "name the groups, separated by commas"));
    }
    let room = ListRoom::for_users(app, usize::try_from(page.limit).unwrap_or(0)).await?;
    let users = app.access.users(session.user(), filter.clone(), page.offset, page.limit).await?;
    let total_count = app.access.user_count(session.user(), filter).await?;
    let users = users.into_iter().map(UserResponse::from).collect();
    room.respond(&MembersResponse { users, total_count }, 0)
}
