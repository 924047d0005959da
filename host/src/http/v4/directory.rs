//! Lists of accounts: pages, lookups by ids and names, searches.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::list as list_of;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::page::Page;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::UserId;
use crate::model::wire::UserResponse;
use crate::store::UserFilter;

/// Most ids or names of one lookup.
const MAX_NAMED: usize = 1_000;

/// How many accounts a search returns: by default, and at most.
const FOUND: i64 = 100;
const MAX_FOUND: i64 = 1_000;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct SearchUsers {
    term: String,
    team_id: String,
    not_in_team_id: String,
    in_channel_id: String,
    not_in_channel_id: String,
    allow_inactive: bool,
    limit: i64,
}

#[derive(Serialize)]
pub(in crate::http) struct AutocompleteResponse {
    users: Vec<UserResponse>,
    out_of_channel: Vec<UserResponse>,
}

#[derive(Serialize)]
pub(in crate::http) struct UserStats {
    total_users_count: i64,
}

/// `GET /users`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: Page,
) -> Result<Json<Vec<UserResponse>>, Problem> {
    let active = if query.flag("active") { Some(true) } else { query.flag("inactive").then_some(false) };
    let filter = UserFilter {
        in_team: query.id("in_team")?,
        not_in_team: query.id("not_in_team")?,
        in_channel: query.id("in_channel")?,
        not_in_channel: query.id("not_in_channel")?,
        active,
        ..UserFilter::default()
    };
    Ok(list_of(app.access.users(session.user(), filter, page.offset, page.limit).await?))
}

/// `POST /users/ids`: returns the accounts that exist, for a list of ids.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Json<Vec<UserResponse>>, Problem> {
    check_count("user_ids", ids.len())?;
    let ids = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let filter = UserFilter { ids: Some(ids), ..UserFilter::default() };
    Ok(list_of(app.access.users(session.user(), filter, 0, MAX_FOUND).await?))
}

/// `POST /users/usernames`: returns the accounts that exist, for a list of usernames.
pub(in crate::http) async fn by_usernames(
    State(app): State<App>,
    session: Session,
    body::List(names): body::List<String>,
) -> Result<Json<Vec<UserResponse>>, Problem> {
    check_count("usernames", names.len())?;
    let names = names.iter().map(|name| name.to_lowercase()).collect();
    let filter = UserFilter { usernames: Some(names), ..UserFilter::default() };
    Ok(list_of(app.access.users(session.user(), filter, 0, MAX_FOUND).await?))
}

/// `POST /users/search`: finds accounts by the beginning of a username, nickname, first or last name.
pub(in crate::http) async fn search(
    State(app): State<App>,
    session: Session,
    body::Json(search): body::Json<SearchUsers>,
) -> Result<Json<Vec<UserResponse>>, Problem> {
    if search.term.is_empty() {
        return Err(Problem::body("term", "`term` must say what to look for"));
    }
    let filter = UserFilter {
        named: Some(search.term.trim_start_matches('@').to_owned()),
        in_team: body::optional_id("team_id", &search.team_id)?,
        not_in_team: body::optional_id("not_in_team_id", &search.not_in_team_id)?,
        in_channel: body::optional_id("in_channel_id", &search.in_channel_id)?,
        not_in_channel: body::optional_id("not_in_channel_id", &search.not_in_channel_id)?,
        active: (!search.allow_inactive).then_some(true),
        ..UserFilter::default()
    };
    Ok(list_of(app.access.users(session.user(), filter, 0, limit(search.limit)).await?))
}

/// `GET /users/autocomplete`: suggests accounts while the user types a name.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<Json<AutocompleteResponse>, Problem> {
    let name = query.text("name");
    let name = name.trim_start_matches('@');
    let limit = limit(query.number("limit").unwrap_or(0));
    let (team, channel) = (query.id("in_team")?, query.id("in_channel")?);
    let completion = app.access.complete(session.user(), name, team, channel, limit).await?;
    let Json(users) = list_of(completion.inside);
    let Json(out_of_channel) = list_of(completion.outside);
    Ok(Json(AutocompleteResponse { users, out_of_channel }))
}

/// `GET /users/stats`: counts active users, without bots.
pub(in crate::http) async fn stats(
    State(app): State<App>,
    session: Session,
) -> Result<Json<UserStats>, Problem> {
    let filter = UserFilter { active: Some(true), bots: Some(false), ..UserFilter::default() };
    let total_users_count = app.access.user_count(session.user(), filter).await?;
    Ok(Json(UserStats { total_users_count }))
}

/// `GET /users/known`: returns the ids of users who share a channel with the caller.
pub(in crate::http) async fn known(
    State(app): State<App>,
    session: Session,
) -> Result<Json<Vec<UserId>>, Problem> {
    Ok(Json(app.access.known_users(session.user()).await?))
}

fn limit(requested: i64) -> i64 {
    if requested <= 0 { FOUND } else { requested.min(MAX_FOUND) }
}

fn check_count(field: &str, count: usize) -> Result<(), Problem> {
    if (1..=MAX_NAMED).contains(&count) {
        return Ok(());
    }
    Err(Problem::body(field, format!("the body must be an array of 1 to {MAX_NAMED} texts")))
}
