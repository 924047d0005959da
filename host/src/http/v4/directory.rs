//! Lists of accounts: pages, lookups by ids and names, searches.

mod filters;

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use self::filters::{Narrowing, order};
use super::list as list_of;
use crate::access::Admin;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::page::PageRange;
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
    role: String,
    roles: Vec<String>,
    team_roles: Vec<String>,
    channel_roles: Vec<String>,
    without_team: bool,
    in_group_id: String,
    not_in_group_id: String,
    group_constrained: bool,
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

/// `GET /users`. A filter that this server cannot apply is refused, so that no script acts on more accounts than it
/// asked for.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    page: PageRange,
) -> Result<Response, Problem> {
    let active = match (query.flag("active"), query.flag("inactive")) {
        (true, true) => {
            return Err(Problem::parameter("inactive", "`active` and `inactive` exclude each other"));
        }
        (true, false) => Some(true),
        (false, inactive) => inactive.then_some(false),
    };
    let list =
        |name: &str| query.text(name).split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
    let mut roles = list("roles");
    roles.push(query.text("role"));
    let narrowing = Narrowing {
        team: "in_team",
        channel: "in_channel",
        roles,
        team_roles: list("team_roles"),
        channel_roles: list("channel_roles"),
        without_team: query.flag("without_team"),
        groups: [query.text("in_group"), query.text("not_in_group")],
        group_constrained: query.flag("group_constrained"),
        refuse: |name, reason| Problem::parameter(name, reason),
    };
    let mut filter = narrowing.apply(UserFilter {
        in_team: place(&app, &session, &query, "in_team")?,
        not_in_team: place(&app, &session, &query, "not_in_team")?,
        in_channel: place(&app, &session, &query, "in_channel")?,
        not_in_channel: place(&app, &session, &query, "not_in_channel")?,
        active,
        ..UserFilter::default()
    })?;
    filter.order = order(&app, &session, &query, &filter).await?;
    users(&app, &session, filter, page.offset, page.limit).await
}

/// `POST /users/ids`: returns the accounts that exist, for a list of ids.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    body::List(ids): body::List<String>,
) -> Result<Response, Problem> {
    check_count("user_ids", ids.len())?;
    let count = ids.len();
    let ids = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let filter = UserFilter { ids: Some(ids), ..UserFilter::default() };
    users(&app, &session, filter, 0, rows(count)).await
}

/// `POST /users/usernames`: returns the accounts that exist, for a list of usernames.
pub(in crate::http) async fn by_usernames(
    State(app): State<App>,
    session: Session,
    body::List(usernames): body::List<String>,
) -> Result<Response, Problem> {
    check_count("usernames", usernames.len())?;
    let names = usernames.iter().map(|name| name.to_lowercase()).collect();
    let filter = UserFilter { usernames: Some(names), ..UserFilter::default() };
    users(&app, &session, filter, 0, rows(usernames.len())).await
}

/// `POST /users/search`: finds accounts by parts of the username, nickname, first or last name, or e-mail address.
pub(in crate::http) async fn search(
    State(app): State<App>,
    session: Session,
    body::Json(search): body::Json<SearchUsers>,
) -> Result<Response, Problem> {
    if search.term.is_empty() {
        return Err(Problem::body("term", "`term` must say what to look for"));
    }
    if !(0..=MAX_FOUND).contains(&search.limit) {
        return Err(Problem::body("limit", format!("`limit` must be 1 to {MAX_FOUND}; 0 means {FOUND}")));
    }
    let mut roles = search.roles;
    roles.push(search.role);
    let narrowing = Narrowing {
        team: "team_id",
        channel: "in_channel_id",
        roles,
        team_roles: search.team_roles,
        channel_roles: search.channel_roles,
        without_team: search.without_team,
        groups: [search.in_group_id, search.not_in_group_id],
        group_constrained: search.group_constrained,
        refuse: |field, reason| Problem::body(field, format!("`{field}` is not valid: {reason}")),
    };
    let filter = narrowing.apply(UserFilter {
        named: Some(search.term.trim_start_matches('@').to_owned()),
        named_by_email: true,
        in_team: body::optional_id("team_id", &search.team_id)?,
        not_in_team: body::optional_id("not_in_team_id", &search.not_in_team_id)?,
        in_channel: body::optional_id("in_channel_id", &search.in_channel_id)?,
        not_in_channel: body::optional_id("not_in_channel_id", &search.not_in_channel_id)?,
        active: (!search.allow_inactive).then_some(true),
        ..UserFilter::default()
    })?;
    users(&app, &session, filter, 0, limit(search.limit)).await
}

/// `GET /users/autocomplete`: suggests accounts while the user types a name.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<Response, Problem> {
    let name = query.text("name");
    let name = name.trim_start_matches('@');
    let limit = limit(query.number("limit").unwrap_or(0));
    let (team, channel) = (query.id("in_team")?, query.id("in_channel")?);
    // Both lists have up to this many accounts.
    let room = ListRoom::for_users(&app, 2 * count(limit)).await?;
    let completion = app.access.complete(session.user(), name, team, channel, limit).await?;
    let Json(users) = list_of(completion.inside);
    let Json(out_of_channel) = list_of(completion.outside);
    room.respond(&AutocompleteResponse { users, out_of_channel }, 0)
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

/// `GET /users/stats/filtered`: counts accounts, for administrators.
pub(in crate::http) async fn filtered_stats(
    State(app): State<App>,
    session: Session,
    _: Admin,
    query: Query,
) -> Result<Json<UserStats>, Problem> {
    let list = |name: &str| query.text(name).split(',').map(|part| part.trim().to_owned()).collect();
    let narrowing = Narrowing {
        team: "in_team",
        channel: "in_channel",
        roles: list("roles"),
        team_roles: list("team_roles"),
        channel_roles: list("channel_roles"),
        without_team: false,
        groups: [String::new(), String::new()],
        group_constrained: false,
        refuse: |name, reason| Problem::parameter(name, reason),
    };
    let filter = narrowing.apply(UserFilter {
        in_team: place(&app, &session, &query, "in_team")?,
        in_channel: place(&app, &session, &query, "in_channel")?,
        active: (!query.flag("include_deleted")).then_some(true),
        bots: (!query.flag("include_bots")).then_some(false),
        ..UserFilter::default()
    })?;
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

/// Returns the team or channel that a parameter names. One that cannot exist is refused like one that is hidden.
fn place<T: FromStr>(app: &App, session: &Session, query: &Query, name: &str) -> Result<Option<T>, Problem> {
    let parsed = query.get(name).map(|text| text.parse()).transpose();
    Ok(parsed.map_err(|_| app.access.no_such_place(session.user()))?)
}

/// Responds a list of accounts.
async fn users(
    app: &App,
    session: &Session,
    filter: UserFilter,
    offset: i64,
    limit: i64,
) -> Result<Response, Problem> {
    let room = ListRoom::for_users(app, count(limit)).await?;
    let users = app.access.users(session.user(), filter, offset, limit).await?;
    room.respond(&list_of::<_, UserResponse>(users).0, 0)
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or_default()
}

fn rows(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(MAX_FOUND).min(MAX_FOUND)
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
