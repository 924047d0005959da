//! Finding channels: lists, search, and what is known of one.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::rules;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::page::Page;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::http::v4::{ids, list};
use crate::model::{Channel, ChannelId, ChannelWithTeam};

/// Channels a search answers, and an autocompletion.
const MAX_FOUND: i64 = 100;
const MAX_COMPLETIONS: i64 = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Search {
    term: String,
}

/// `GET /channels`: of all teams, for administrators.
pub(in crate::http) async fn all(
    State(app): State<App>,
    session: Session,
    page: Page,
    query: Query,
) -> Result<Json<Value>, Problem> {
    rules::administer(session.user())?;
    let archived = query.flag("include_deleted");
    let channels = app.store.all_channels(archived, page.offset, page.limit).await?;
    let Json(channels) = list(&channels, ChannelWithTeam::wire);
    if !query.flag("include_total_count") {
        return Ok(Json(channels));
    }
    let total = app.store.all_channel_count(archived).await?;
    Ok(Json(json!({"channels": channels, "total_count": total})))
}

/// `GET /users/{user_id}/channels`: of all teams and of none.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    rules::manage_account(session.user(), &user)?;
    app.access.user(&user).await?;
    let channels = app.store.all_channels_of(&user, query.flag("include_deleted")).await?;
    Ok(list(&channels, Channel::wire))
}

/// `GET /teams/{team_id}/channels/deleted`: the archived ones; for guests only those they are in.
pub(in crate::http) async fn archived(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let team = params::id("team_id", &team)?;
    app.chat.enter_team(session.user(), &team).await?;
    let of = (!rules::is_admin(session.user())).then_some(&session.user().id);
    let public = !rules::accounts::is_guest(session.user());
    Ok(list(&app.store.archived_channels(&team, of, public, page.offset, page.limit).await?, Channel::wire))
}

/// `GET /teams/{team_id}/channels/private`: for those who lead the team.
pub(in crate::http) async fn private(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let team = params::id("team_id", &team)?;
    app.chat.managed_team(session.user(), &team).await?;
    Ok(list(&app.store.private_channels(&team, page.offset, page.limit).await?, Channel::wire))
}

/// `POST /teams/{team_id}/channels/ids`: those of these that are public; for guests only those they are in.
pub(in crate::http) async fn by_ids(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::List(asked): body::List<String>,
) -> Result<Json<Value>, Problem> {
    let team = params::id("team_id", &team)?;
    app.chat.enter_team(session.user(), &team).await?;
    let ids: Vec<ChannelId> = ids("channel_ids", &asked)?;
    let mut channels = app.store.public_channels_by_ids(&team, &ids).await?;
    if rules::accounts::is_guest(session.user()) {
        let own = app.store.channels_of(&session.user().id, &team).await?;
        channels.retain(|channel| own.iter().any(|mine| mine.id == channel.id));
    }
    Ok(list(&channels, Channel::wire))
}

/// `POST /teams/{team_id}/channels/search`: public ones and one's own; for guests only those.
pub(in crate::http) async fn search(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    body::Json(search): body::Json<Search>,
) -> Result<Json<Value>, Problem> {
    holding(&app, &session, &team, &search.term, MAX_FOUND).await
}

/// `GET /teams/{team_id}/channels/autocomplete?name=`.
pub(in crate::http) async fn complete(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    holding(&app, &session, &team, &query.text("name"), MAX_COMPLETIONS).await
}

async fn holding(
    app: &App,
    session: &Session,
    team: &str,
    text: &str,
    limit: i64,
) -> Result<Json<Value>, Problem> {
    let team = params::id("team_id", team)?;
    app.chat.enter_team(session.user(), &team).await?;
    let text = text.trim().trim_start_matches('~');
    let (user, public) = (&session.user().id, !rules::accounts::is_guest(session.user()));
    Ok(list(&app.store.search_channels(&team, user, public, text, limit).await?, Channel::wire))
}

/// `GET /teams/name/{team_name}/channels/name/{name}`.
pub(in crate::http) async fn by_names(
    State(app): State<App>,
    session: Session,
    Path((team, name)): Path<(String, String)>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let team = app.chat.visible_team_by_name(session.user(), &team).await?;
    let archived = query.flag("include_deleted");
    Ok(Json(app.chat.readable_channel_by_name(session.user(), &team.id, &name, archived).await?.wire()))
}

/// `GET /channels/{channel_id}/stats`.
pub(in crate::http) async fn stats(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
) -> Result<Json<Value>, Problem> {
    let channel = app.chat.readable_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    let members = app.store.channel_member_count(&channel.id).await?;
    let guests = app.store.channel_guest_count(&channel.id).await?;
    let pinned = app.store.pinned_count(&channel.id).await?;
    let files = app.store.file_count(&channel.id).await?;
    Ok(Json(json!({
        "channel_id": channel.id, "member_count": members, "guest_count": guests,
        "pinnedpost_count": pinned, "files_count": files,
    })))
}

/// `GET /channels/{channel_id}/timezones`: nobody says where they are, so there are none.
pub(in crate::http) async fn timezones(
    State(app): State<App>,
    session: Session,
    Path(channel): Path<String>,
) -> Result<Json<Value>, Problem> {
    app.chat.readable_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    Ok(Json(json!([])))
}
