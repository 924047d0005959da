//! Many accounts: pages, lookups by ids and names, searches.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::list as list_of;
use super::users::shown;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::page::Page;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::store::UserFilter;

/// Most ids or names of one lookup.
const MAX_NAMED: usize = 1_000;

/// How many a search finds, unless it asks for another number, and at most.
const FOUND: i64 = 100;
const MAX_FOUND: i64 = 1_000;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Sought {
    term: String,
    team_id: String,
    not_in_team_id: String,
    in_channel_id: String,
    not_in_channel_id: String,
    allow_inactive: bool,
    limit: i64,
}

/// `GET /users`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let active = if query.flag("active") { Some(true) } else { query.flag("inactive").then_some(false) };
    let who = UserFilter {
        in_team: query.id("in_team")?,
        not_in_team: query.id("not_in_team")?,
        in_channel: query.id("in_channel")?,
        not_in_channel: query.id("not_in_channel")?,
        active,
        ..UserFilter::default()
    };
    found(&app, &session, who, page).await
}

/// `POST /users/ids`: those there are, of an array of ids.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Json<Value>, Problem> {
    check_count("user_ids", ids.len())?;
    let ids = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let page = Page { offset: 0, limit: MAX_FOUND };
    found(&app, &session, UserFilter { ids: Some(ids), ..UserFilter::default() }, page).await
}

/// `POST /users/usernames`: those there are, of an array of usernames.
pub(in crate::http) async fn by_usernames(
    State(app): State<App>,
    session: Session,
    body::List(names): body::List<String>,
) -> Result<Json<Value>, Problem> {
    check_count("usernames", names.len())?;
    let names = names.iter().map(|name| name.to_lowercase()).collect();
    let page = Page { offset: 0, limit: MAX_FOUND };
    found(&app, &session, UserFilter { usernames: Some(names), ..UserFilter::default() }, page).await
}

/// `POST /users/search`: by the beginning of a username, nickname, first or last name.
pub(in crate::http) async fn search(
    State(app): State<App>,
    session: Session,
    body::Json(sought): body::Json<Sought>,
) -> Result<Json<Value>, Problem> {
    if sought.term.is_empty() {
        return Err(Problem::body("term", "`term` must say what to look for"));
    }
    let who = UserFilter {
        named: Some(sought.term.trim_start_matches('@').to_owned()),
        in_team: body::optional_id("team_id", &sought.team_id)?,
        not_in_team: body::optional_id("not_in_team_id", &sought.not_in_team_id)?,
        in_channel: body::optional_id("in_channel_id", &sought.in_channel_id)?,
        not_in_channel: body::optional_id("not_in_channel_id", &sought.not_in_channel_id)?,
        active: (!sought.allow_inactive).then_some(true),
        ..UserFilter::default()
    };
    found(&app, &session, who, Page { offset: 0, limit: limit(sought.limit) }).await
}

/// `GET /users/autocomplete`: what to offer while a name is typed.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let name = query.text("name");
    let most = limit(query.number("limit").unwrap_or(0));
    let (team, channel) = (query.id("in_team")?, query.id("in_channel")?);
    let by = session.user();
    let found = app.access.complete(by, name.trim_start_matches('@'), team, channel, most).await?;
    let users = |list: &[crate::model::User]| list_of(list, |user| shown(by, user)).0;
    Ok(Json(json!({"users": users(&found.inside), "out_of_channel": users(&found.outside)})))
}

/// `GET /users/stats`: active people, without bots.
pub(in crate::http) async fn stats(State(app): State<App>, session: Session) -> Result<Json<Value>, Problem> {
    let people = UserFilter { active: Some(true), bots: Some(false), ..UserFilter::default() };
    let count = app.access.people_count(session.user(), people).await?;
    Ok(Json(json!({"total_users_count": count})))
}

/// `GET /users/known`: the ids of those who share a channel with the asker.
pub(in crate::http) async fn known(State(app): State<App>, session: Session) -> Result<Json<Value>, Problem> {
    Ok(Json(json!(app.access.known_users(session.user()).await?)))
}

async fn found(app: &App, session: &Session, who: UserFilter, page: Page) -> Result<Json<Value>, Problem> {
    let by = session.user();
    let users = app.access.people(by, who, page.offset, page.limit).await?;
    Ok(list_of(&users, |user| shown(by, user)))
}

fn limit(asked: i64) -> i64 {
    if asked <= 0 { FOUND } else { asked.min(MAX_FOUND) }
}

fn check_count(field: &str, count: usize) -> Result<(), Problem> {
    if (1..=MAX_NAMED).contains(&count) {
        return Ok(());
    }
    Err(Problem::body(field, format!("the body must be an array of 1 to {MAX_NAMED} texts")))
}
