//! What an account has and has not read.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::access::{AccountAccess, ChannelAccess, TeamAccess};
use crate::app::App;
use crate::chat::ChatError;
use crate::http::json as body;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::ids;
use crate::json;
use crate::model::wire::notify_props;
use crate::model::{ChannelId, Kind, PostId, TeamId, ThreadTotals, Timestamp, UserId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct ViewChannel {
    channel_id: String,
    prev_channel_id: String,
    collapsed_threads_supported: bool,
}

#[derive(Serialize)]
pub(in crate::http) struct ViewResponse {
    status: &'static str,
    last_viewed_at_times: BTreeMap<ChannelId, Timestamp>,
}

#[derive(Serialize)]
pub(in crate::http) struct ChannelUnreadResponse {
    /// Empty for a channel of no team.
    team_id: String,
    channel_id: ChannelId,
    msg_count: i64,
    msg_count_root: i64,
    mention_count: i64,
    mention_count_root: i64,
    urgent_mention_count: i64,
    notify_props: Map<String, Value>,
}

#[derive(Serialize)]
pub(in crate::http) struct TeamUnreadResponse {
    team_id: TeamId,
    msg_count: i64,
    msg_count_root: i64,
    mention_count: i64,
    mention_count_root: i64,
    thread_count: i64,
    thread_mention_count: i64,
    thread_urgent_mention_count: i64,
}

/// How far an account has read a channel.
#[derive(Serialize)]
pub(in crate::http) struct ReadStateResponse {
    /// Empty for a channel of no team.
    team_id: String,
    user_id: UserId,
    channel_id: ChannelId,
    msg_count: i64,
    msg_count_root: i64,
    mention_count: i64,
    mention_count_root: i64,
    urgent_mention_count: i64,
    last_viewed_at: Timestamp,
}

/// Unread messages and mentions.
#[derive(Clone, Copy, Default)]
struct UnreadCounts {
    messages: i64,
    messages_root: i64,
    mentions: i64,
    mentions_root: i64,
}

/// `POST /channels/members/{user_id}/view`: views a channel, and leaves the previous one. A client that does not
/// collapse threads reads their replies too.
pub(in crate::http) async fn view(
    State(app): State<App>,
    account: AccountAccess,
    body::Json(view): body::Json<ViewChannel>,
) -> Result<Json<ViewResponse>, Problem> {
    let mut channels: Vec<ChannelId> = Vec::new();
    for (field, text) in [("channel_id", &view.channel_id), ("prev_channel_id", &view.prev_channel_id)] {
        let channel = body::optional_id(field, text)?;
        channels.extend(channel.filter(|channel| !channels.contains(channel)));
    }
    let viewed = app.chat.view_channels(&account, channels, !view.collapsed_threads_supported).await?;
    Ok(Json(ViewResponse { status: "OK", last_viewed_at_times: viewed.into_iter().collect() }))
}

/// `POST /channels/members/{user_id}/mark_read`: marks several channels as read at once. Those that the account is not
/// in are left out. Threads in them stay unread: a client that marks several channels shows threads by themselves.
pub(in crate::http) async fn mark_read(
    State(app): State<App>,
    account: AccountAccess,
    body::List(named): body::List<String>,
) -> Result<Json<ViewResponse>, Problem> {
    let mut channels: Vec<ChannelId> = ids("channel_ids", &named)?;
    channels.sort();
    channels.dedup();
    let viewed = app.chat.view_channels(&account, channels, false).await?;
    Ok(Json(ViewResponse { status: "OK", last_viewed_at_times: viewed.into_iter().collect() }))
}

/// `GET /users/{user_id}/channels/{channel_id}/unread`.
pub(in crate::http) async fn of_channel(
    State(app): State<App>,
    account: AccountAccess,
    channel: ChannelAccess,
) -> Result<Json<ChannelUnreadResponse>, Problem> {
    let channel = app.store.channel_with_counts(&channel.channel().id).await?;
    let channel = channel.ok_or(ChatError::NotFound(Kind::Channel))?;
    let membership = app.store.membership(&channel.id, account.id()).await?;
    let membership = membership.ok_or(ChatError::NotFound(Kind::ChannelMember))?;
    let member = membership.member;
    Ok(Json(ChannelUnreadResponse {
        team_id: text(channel.channel.team_id),
        channel_id: channel.channel.id,
        msg_count: (channel.total_msg_count - member.msg_count).max(0),
        msg_count_root: (channel.total_msg_count_root - member.msg_count_root).max(0),
        mention_count: member.mentions.all,
        mention_count_root: member.mentions.roots,
        urgent_mention_count: member.mentions.urgent,
        notify_props: notify_props(membership.notify_props),
    }))
}

/// `GET /users/{user_id}/teams/unread`: counts for each of the user's teams except `exclude_team`, and with
/// `include_collapsed_threads` the threads that they follow there.
pub(in crate::http) async fn of_teams(
    State(app): State<App>,
    account: AccountAccess,
    query: Query,
) -> Result<Json<Vec<TeamUnreadResponse>>, Problem> {
    let counts = counts_by_team(&app, account.id()).await?;
    let except = query.text("exclude_team");
    let teams = app.store.teams_of(account.id()).await?;
    let teams = teams.into_iter().map(|team| team.id).filter(|team| team.as_str() != except);
    let mut unread: Vec<_> = teams.map(|team| TeamUnreadResponse::new(team, &counts)).collect();
    if query.flag("include_collapsed_threads") {
        let totals = app.store.threads().totals(account.id(), false).await?;
        for team in &mut unread {
            team.count_threads(&totals);
        }
    }
    Ok(Json(unread))
}

/// `GET /users/{user_id}/teams/{team_id}/unread`.
pub(in crate::http) async fn of_team(
    State(app): State<App>,
    account: AccountAccess,
    team: TeamAccess,
) -> Result<Json<TeamUnreadResponse>, Problem> {
    let team = team.team().id.clone();
    app.store.team_member(&team, account.id()).await?.ok_or(ChatError::NotFound(Kind::ChannelMember))?;
    Ok(Json(TeamUnreadResponse::new(team, &counts_by_team(&app, account.id()).await?)))
}

/// `POST /users/{user_id}/posts/{post_id}/set_unread`: for a client that does not collapse threads, the post is unread
/// in its thread too.
pub(in crate::http) async fn set(
    State(app): State<App>,
    account: AccountAccess,
    PathId(post): PathId<PostId>,
    body::Raw(body): body::Raw,
) -> Result<Json<ReadStateResponse>, Problem> {
    // Old clients send other bodies, or none.
    let body: Map<String, Value> = json::first(&body.bytes).unwrap_or_default();
    let collapses = body.get("collapsed_threads_supported") == Some(&Value::Bool(true));
    let _turn = app.budgets.mention_counts.take(account.id()).await?;
    let member = app.chat.mark_unread(&account, &post, !collapses).await?;
    let channel = app.store.channel(&member.channel_id).await?;
    Ok(Json(ReadStateResponse {
        team_id: text(channel.and_then(|channel| channel.team_id)),
        user_id: member.membership.user_id,
        channel_id: member.membership.channel_id,
        msg_count: member.msg_count,
        msg_count_root: member.msg_count_root,
        mention_count: member.mentions.all,
        mention_count_root: member.mentions.roots,
        urgent_mention_count: member.mentions.urgent,
        last_viewed_at: member.last_viewed_at,
    }))
}

impl TeamUnreadResponse {
    fn new(team_id: TeamId, counts: &HashMap<TeamId, UnreadCounts>) -> Self {
        let counts = counts.get(&team_id).copied().unwrap_or_default();
        Self {
            team_id,
            msg_count: counts.messages,
            msg_count_root: counts.messages_root,
            mention_count: counts.mentions,
            mention_count_root: counts.mentions_root,
            thread_count: 0,
            thread_mention_count: 0,
            thread_urgent_mention_count: 0,
        }
    }

    /// Sets the counts of threads.
    fn count_threads(&mut self, totals: &[ThreadTotals]) {
        if let Some(totals) = totals.iter().find(|totals| totals.team_id.as_ref() == Some(&self.team_id)) {
            self.thread_count = totals.unread_threads;
            self.thread_mention_count = totals.unread_mentions;
            self.thread_urgent_mention_count = totals.unread_urgent_mentions;
        }
    }
}

/// Only mentions count in a muted channel.
async fn counts_by_team(app: &App, user: &UserId) -> Result<HashMap<TeamId, UnreadCounts>, Problem> {
    let mut counts: HashMap<TeamId, UnreadCounts> = HashMap::new();
    for unread in app.store.unread_in_teams(user).await? {
        let counted = i64::from(!unread.is_muted());
        if let Some(team) = unread.team_id {
            let team = counts.entry(team).or_default();
            team.messages += counted * unread.msg_count.max(0);
            team.messages_root += counted * unread.msg_count_root.max(0);
            team.mentions += unread.mentions.all;
            team.mentions_root += unread.mentions.roots;
        }
    }
    Ok(counts)
}

fn text(team: Option<TeamId>) -> String {
    team.map(String::from).unwrap_or_default()
}
