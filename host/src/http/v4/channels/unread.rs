//! What is read and unread.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::access::rules;
use crate::app::App;
use crate::chat::ChatError;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{ChannelId, PostId, TeamId, UserId, notify_props};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct View {
    channel_id: String,
    prev_channel_id: String,
}

/// `POST /channels/members/{user_id}/view`: looks at a channel, and away from the one before.
pub(in crate::http) async fn view(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    body::Json(view): body::Json<View>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let mut channels: Vec<ChannelId> = Vec::new();
    for (field, text) in [("channel_id", &view.channel_id), ("prev_channel_id", &view.prev_channel_id)] {
        let channel = body::optional_id(field, text)?;
        channels.extend(channel.filter(|channel| !channels.contains(channel)));
    }
    let viewed = app.chat.view_channels(session.user(), &user, channels).await?;
    let times: Map<String, Value> =
        viewed.iter().map(|(channel, at)| (channel.to_string(), json!(at))).collect();
    Ok(Json(json!({"status": "OK", "last_viewed_at_times": times})))
}

/// `GET /users/{user_id}/channels/{channel_id}/unread`.
pub(in crate::http) async fn of_channel(
    State(app): State<App>,
    session: Session,
    Path((user, channel)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    rules::manage_account(session.user(), &user)?;
    let channel = app.chat.readable_channel(session.user(), &params::id("channel_id", &channel)?).await?;
    let found = app.store.membership(&channel.id, &user).await?;
    let membership = found.ok_or(ChatError::NotFound("member"))?;
    let member = &membership.member;
    let unread = (channel.total_msg_count - member.msg_count).max(0);
    Ok(Json(json!({
        "team_id": channel.team_id.as_ref().map_or("", |id| id.as_str()), "channel_id": channel.id,
        "msg_count": unread, "msg_count_root": unread, "mention_count": member.mention_count,
        "mention_count_root": member.mention_count, "urgent_mention_count": 0,
        "notify_props": notify_props(&membership.notify_props),
    })))
}

/// `GET /users/{user_id}/teams/unread`: every team of theirs, but for `exclude_team`.
pub(in crate::http) async fn of_teams(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    rules::manage_account(session.user(), &user)?;
    let counted = counts(&app, &user).await?;
    let except = query.text("exclude_team");
    let teams = app.store.teams_of(&user).await?;
    let teams = teams.iter().filter(|team| team.id.as_str() != except);
    Ok(Json(teams.map(|team| of(&team.id, &counted)).collect()))
}

/// `GET /users/{user_id}/teams/{team_id}/unread`.
pub(in crate::http) async fn of_team(
    State(app): State<App>,
    session: Session,
    Path((user, team)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let (user, team) = (session.user_in_path(&user)?, params::id("team_id", &team)?);
    rules::manage_account(session.user(), &user)?;
    app.store.team_member(&team, &user).await?.ok_or(ChatError::NotFound("member"))?;
    Ok(Json(of(&team, &counts(&app, &user).await?)))
}

/// `POST /users/{user_id}/posts/{post_id}/set_unread`.
pub(in crate::http) async fn set(
    State(app): State<App>,
    session: Session,
    Path((user, post)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let user = session.user_in_path(&user)?;
    let post: PostId = params::id("post_id", &post)?;
    let member = app.chat.mark_unread(session.user(), &user, &post).await?;
    let channel = app.store.channel(&member.channel_id).await?;
    let team = channel.and_then(|channel| channel.team_id);
    Ok(Json(json!({
        "team_id": team.as_ref().map_or("", TeamId::as_str), "user_id": member.user_id,
        "channel_id": member.channel_id, "msg_count": member.msg_count, "msg_count_root": member.msg_count,
        "mention_count": member.mention_count, "mention_count_root": member.mention_count,
        "urgent_mention_count": 0, "last_viewed_at": member.last_viewed_at,
    })))
}

/// Unread messages and mentions of each team. Of a muted channel only mentions count.
async fn counts(app: &App, user: &UserId) -> Result<HashMap<TeamId, (i64, i64)>, Problem> {
    let mut counted: HashMap<TeamId, (i64, i64)> = HashMap::new();
    for unread in app.store.unread_in_teams(user).await? {
        let messages = if unread.is_muted() { 0 } else { unread.msg_count.max(0) };
        if let Some(team) = unread.team_id {
            let (msg_count, mention_count) = counted.entry(team).or_default();
            *msg_count += messages;
            *mention_count += unread.mention_count;
        }
    }
    Ok(counted)
}

fn of(team: &TeamId, counted: &HashMap<TeamId, (i64, i64)>) -> Value {
    let (messages, mentions) = counted.get(team).copied().unwrap_or_default();
    json!({
        "team_id": team, "msg_count": messages, "msg_count_root": messages, "mention_count": mentions,
        "mention_count_root": mentions, "thread_count": 0, "thread_mention_count": 0,
        "thread_urgent_mention_count": 0,
    })
}
