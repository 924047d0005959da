//! Searching posts: in one team, or everywhere.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::posts::{AboutList, ListForm, post_list};
use crate::app::App;
use crate::chat::SearchRequest;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::TeamId;

/// The id of a body that is not the JSON of a search.
const INVALID_BODY: &str = "api.post.search_posts.invalid_body.app_error";

const PER_PAGE: i64 = 60;
const MAX_PER_PAGE: i64 = 200;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SearchPosts {
    terms: String,
    is_or_search: bool,
    include_deleted_channels: bool,
    time_zone_offset: i64,
    page: i64,
    per_page: i64,
}

/// `POST /teams/{team_id}/posts/search`: searches the team's channels and direct channels.
pub(in crate::http) async fn in_team(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    search: Result<body::Json<SearchPosts>, Problem>,
) -> Result<Response, Problem> {
    find_posts(&app, &session, Some(team), search).await
}

/// `POST /posts/search`.
pub(in crate::http) async fn everywhere(
    State(app): State<App>,
    session: Session,
    search: Result<body::Json<SearchPosts>, Problem>,
) -> Result<Response, Problem> {
    find_posts(&app, &session, None, search).await
}

async fn find_posts(
    app: &App,
    session: &Session,
    team: Option<TeamId>,
    search: Result<body::Json<SearchPosts>, Problem>,
) -> Result<Response, Problem> {
    let body::Json(search) = search.map_err(|problem| problem.called(INVALID_BODY))?;
    // The turn comes first, so that searches that wait take no memory from other lists.
    let _turn = app.budgets.searches.take(&session.user().id).await?;
    let room = ListRoom::reserve(app).await?;
    let posts = app.chat.search(session.user(), search.of(team)).await?;
    let about = AboutList { matches: Some(()), ..AboutList::default() };
    post_list(app, session.user(), room, posts, about, ListForm::default()).await
}

impl SearchPosts {
    /// Returns the search in this team, or everywhere.
    pub(super) fn of(self, team: Option<TeamId>) -> SearchRequest {
        let limit = if self.per_page > 0 { self.per_page.min(MAX_PER_PAGE) } else { PER_PAGE };
        SearchRequest {
            team,
            terms: self.terms,
            any: self.is_or_search,
            archived: self.include_deleted_channels,
            time_zone_offset: self.time_zone_offset,
            offset: self.page.max(0).saturating_mul(limit),
            limit,
        }
    }
}
