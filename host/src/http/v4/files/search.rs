//! Searching files by name: in one team, or everywhere.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::search::SearchPosts;
use crate::model::wire::FileResponse;
use crate::model::{FileId, TeamId};

/// The id of a body that is not the JSON of a search.
const INVALID_BODY: &str = "api.post.search_files.invalid_body.app_error";

/// Bytes of one file's JSON, approximately.
const FILE_BYTES: usize = 512;

#[derive(Serialize)]
struct FileListResponse {
    order: Vec<FileId>,
    file_infos: BTreeMap<FileId, FileResponse>,
    next_file_info_id: &'static str,
    prev_file_info_id: &'static str,
    first_inaccessible_file_time: i64,
}

/// `POST /teams/{team_id}/files/search`: searches the team's channels and direct channels.
pub(in crate::http) async fn in_team(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    search: Result<body::Json<SearchPosts>, Problem>,
) -> Result<Response, Problem> {
    find_files(&app, &session, Some(team), search).await
}

/// `POST /files/search`.
pub(in crate::http) async fn everywhere(
    State(app): State<App>,
    session: Session,
    search: Result<body::Json<SearchPosts>, Problem>,
) -> Result<Response, Problem> {
    find_files(&app, &session, None, search).await
}

async fn find_files(
    app: &App,
    session: &Session,
    team: Option<TeamId>,
    search: Result<body::Json<SearchPosts>, Problem>,
) -> Result<Response, Problem> {
    let body::Json(search) = search.map_err(|problem| problem.called(INVALID_BODY))?;
    // The turn comes first, so that searches that wait take no memory from other lists.
    let _turn = app.budgets.searches.take(&session.user().id).await?;
    let room = ListRoom::reserve(app).await?;
    let files = app.chat.search_files(session.user(), search.of(team)).await?;
    let bytes = files.len() * FILE_BYTES;
    let order = files.iter().map(|file| file.id.clone()).collect();
    let file_infos = files.into_iter().map(|file| (file.id.clone(), file.into())).collect();
    let list = FileListResponse {
        order,
        file_infos,
        next_file_info_id: "",
        prev_file_info_id: "",
        first_inaccessible_file_time: 0,
    };
    room.respond(&list, bytes)
}
