//! Facts about the server that clients ask for: how much it is used, what it knows, what it announces.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::{Done, Nothing, ok};
use crate::access::Admin;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::{TeamId, is_web_link};

/// Most characters of a client's message, and of the level that it names, that are written to the server's log.
const MAX_LOGGED: usize = 400;
const MAX_LEVEL: usize = 16;

/// A client's own message: what it sends, and what was logged of it.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct ClientLog {
    level: String,
    message: String,
}

#[derive(Serialize)]
pub(in crate::http) struct PostUsageResponse {
    count: i64,
}

#[derive(Serialize)]
pub(in crate::http) struct StorageUsageResponse {
    bytes: i64,
}

#[derive(Serialize)]
pub(in crate::http) struct TeamUsageResponse {
    active: i64,
    cloud_archived: i64,
}

/// A value that the server keeps under a name.
#[derive(Serialize)]
pub(in crate::http) struct SystemValueResponse {
    name: &'static str,
    value: &'static str,
}

#[derive(Serialize)]
pub(in crate::http) struct UpgradeStatusResponse {
    percentage: u8,
    /// Why the upgrade failed; null, as there is none.
    error: (),
}

#[derive(Serialize)]
pub(in crate::http) struct RedirectResponse {
    location: &'static str,
}

/// One number of a statistic.
#[derive(Serialize)]
pub(in crate::http) struct Figure {
    name: &'static str,
    value: i64,
}

/// `GET /usage/posts`.
pub(in crate::http) async fn posts(
    State(app): State<App>,
    _: Session,
) -> Result<Json<PostUsageResponse>, Problem> {
    Ok(Json(PostUsageResponse { count: app.store.server_usage().await?.posts }))
}

/// `GET /usage/storage`.
pub(in crate::http) async fn storage(
    State(app): State<App>,
    _: Session,
) -> Result<Json<StorageUsageResponse>, Problem> {
    Ok(Json(StorageUsageResponse { bytes: app.store.server_usage().await?.file_bytes }))
}

/// `GET /usage/teams`.
pub(in crate::http) async fn teams(
    State(app): State<App>,
    _: Session,
) -> Result<Json<TeamUsageResponse>, Problem> {
    let usage = app.store.server_usage().await?;
    Ok(Json(TeamUsageResponse { active: usage.teams, cloud_archived: 0 }))
}

/// `GET /analytics/old?name=standard`: numbers for administrators. Other statistics are not collected here.
pub(in crate::http) async fn analytics(
    State(app): State<App>,
    _: Admin,
    query: Query,
) -> Result<Json<Vec<Figure>>, Problem> {
    if !matches!(query.text("name").as_str(), "" | "standard") {
        return Ok(Json(Vec::new()));
    }
    let team: Option<TeamId> = query.id("team_id")?;
    let counts = app.store.server_counts(team.as_ref()).await?;
    let figure = |name, value| Figure { name, value };
    Ok(Json(vec![
        figure("channel_open_count", counts.public_channels),
        figure("channel_private_count", counts.private_channels),
        figure("post_count", counts.posts),
        figure("unique_user_count", counts.users),
        figure("team_count", counts.teams),
        figure("inactive_user_count", counts.inactive_users),
    ]))
}

/// `GET /system/timezones`: the names of the time zones that this server knows.
pub(in crate::http) async fn time_zones(_: Session) -> Json<Vec<String>> {
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    if names.is_empty() {
        names.push("UTC".to_owned());
    }
    names.sort_unstable();
    Json(names)
}

/// `GET /system/notices/{team_id}`: the maker of this server announces nothing to its users.
pub(in crate::http) async fn announcements(_: Session, PathId(_): PathId<TeamId>) -> Json<[(); 0]> {
    Json([])
}

/// `PUT /system/notices/view`.
pub(in crate::http) async fn announcements_viewed(
    _: Session,
    body::List(_): body::List<String>,
) -> Json<Done> {
    ok()
}

/// `GET /system/onboarding/complete`: a server is set up when it has its first account.
pub(in crate::http) async fn onboarding(_: Admin) -> Json<SystemValueResponse> {
    Json(SystemValueResponse { name: "FirstAdminSetupComplete", value: "true" })
}

/// `POST /system/onboarding/complete`.
pub(in crate::http) async fn finish_onboarding(_: Admin) -> Json<Done> {
    ok()
}

/// `GET /upgrade_to_enterprise/status`: there is nothing to upgrade to.
pub(in crate::http) async fn upgrade_status(_: Admin) -> Json<UpgradeStatusResponse> {
    Json(UpgradeStatusResponse { percentage: 0, error: () })
}

/// `GET /warn_metrics/status`: nothing is measured for sales, so nothing warns.
pub(in crate::http) async fn warn_metrics(_: Admin) -> Json<Nothing> {
    Json(Nothing {})
}

/// `POST /logs`: a client's own message for the server's log, at the level `debug`. Answers what was logged.
pub(in crate::http) async fn log(
    session: Session,
    body::Json(entry): body::Json<ClientLog>,
) -> Json<ClientLog> {
    let message: String = entry.message.chars().take(MAX_LOGGED).collect();
    let level: String = entry.level.chars().take(MAX_LEVEL).collect();
    let user = &session.user().id;
    tracing::debug!(%user, level = level.as_str(), text = message.as_str(), "a client logged");
    Json(ClientLog { level, message })
}

/// `GET /image?url=`: sends the client to the picture, because this server fetches none for its clients.
pub(in crate::http) async fn image(_: Session, query: Query) -> Result<Response, Problem> {
    let url = query.text("url");
    if !is_web_link(&url) {
        return Err(Problem::parameter("url", "it must begin with `https://` or `http://`"));
    }
    let location = header::HeaderValue::try_from(url)
        .map_err(|_| Problem::parameter("url", "it must have no control characters"))?;
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

/// `GET /redirect_location?url=`: where a short link leads. The server follows none, as with link previews off.
pub(in crate::http) async fn redirect_location(_: Session) -> Json<RedirectResponse> {
    Json(RedirectResponse { location: "" })
}
