//! Searching channels, and counting the members of several.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Deserialize;

use super::find::AllChannelsResponse;
use crate::access::{AccessError, Admin, TeamAccess};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{MAX_IDS, list};
use crate::model::wire::ChannelResponse;
use crate::model::{ChannelFilter, ChannelId, Kind, TeamId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SearchChannels {
    term: String,
}

/// Without a page, the response is the first [`MAX_FOUND`] channels and no count. This server has no groups and no
/// policies, so a filter that leaves out the channels of some leaves out none, and one for those of a group or policy
/// is refused.
#[derive(Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "as on the wire")]
pub(in crate::http) struct SearchAllChannels {
    term: String,
    page: Option<i64>,
    per_page: Option<i64>,
    team_ids: Vec<String>,
    public: bool,
    private: bool,
    include_deleted: bool,
    /// Whether only archived channels are wanted.
    deleted: bool,
    exclude_default_channels: bool,
    /// Whether the channel whose id is the term is found too.
    include_search_by_id: bool,
    group_constrained: bool,
    not_associated_to_group: String,
    policy_id: String,
    access_control_policy_enforced: bool,
    parent_access_control_policy_id: String,
}

/// Most channels of a search over all teams that names no page.
const MAX_FOUND: i64 = 100;

/// Which channels a caller searches. Only administrators search those of all teams.
pub(in crate::http) enum Reach {
    All(Admin),
    Own(Session),
}

impl FromRequestParts<App> for Reach {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, app).await?;
        if query.text("system_console") == "false" {
            return Ok(Self::Own(Session::from_request_parts(parts, app).await?));
        }
        Ok(Self::All(Admin::from_request_parts(parts, app).await?))
    }
}

/// `POST /channels/search`: for administrators over all teams; with `system_console=false` for everyone over their own,
/// by the term alone.
pub(in crate::http) async fn everywhere(
    State(app): State<App>,
    reach: Reach,
    body::Json(search): body::Json<SearchAllChannels>,
) -> Result<Json<AllChannelsResponse>, Problem> {
    let admin = match reach {
        Reach::All(admin) => admin,
        Reach::Own(session) => {
            let found = app.chat.search_channels_of_teams(session.user(), &search.term).await?;
            let Json(channels) = list(found);
            return Ok(Json(AllChannelsResponse::Plain(channels)));
        }
    };
    search.check_filters()?;
    let text = search.term.trim();
    let teams = search.team_ids.iter().map(|team| body::id("team_ids", team)).collect::<Result<_, _>>()?;
    // Neither of the two means both.
    let both = search.public == search.private;
    let filter = ChannelFilter {
        id: search.include_search_by_id.then(|| text.parse().ok()).flatten(),
        text: text.to_owned(),
        public: search.public || both,
        private: search.private || both,
        active: !search.deleted,
        archived: search.deleted || search.include_deleted,
        without_first: search.exclude_default_channels,
        teams,
    };
    let is_paged = search.page.is_some() || search.per_page.is_some();
    let page = PageRange::numbered(search.page, search.per_page);
    let page = if is_paged { (page.offset, page.limit) } else { (0, MAX_FOUND) };
    let (found, total_count) = app.chat.filter_channels(&admin, &filter, page).await?;
    let Json(channels) = list(found);
    Ok(Json(if is_paged {
        AllChannelsResponse::Counted { channels, total_count }
    } else {
        AllChannelsResponse::Plain(channels)
    }))
}

impl SearchAllChannels {
    /// Refuses the filters that this server cannot apply.
    fn check_filters(&self) -> Result<(), Problem> {
        if !self.not_associated_to_group.is_empty() {
            return Err(AccessError::NotFound(Kind::Group).into());
        }
        if self.group_constrained {
            return Err(Problem::body(
                "group_constrained",
                "this server has no groups; leave `group_constrained` out, or send false",
            ));
        }
        for (field, is_given) in [
            ("policy_id", !self.policy_id.is_empty()),
            ("access_control_policy_enforced", self.access_control_policy_enforced),
            ("parent_access_control_policy_id", !self.parent_access_control_policy_id.is_empty()),
        ] {
            if is_given {
                return Err(Problem::body(
                    field,
                    format!("this server has no policies; leave `{field}` out"),
                ));
            }
        }
        Ok(())
    }
}

/// `POST /teams/{team_id}/channels/search`: finds public channels; guests find only their own.
pub(in crate::http) async fn in_team(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    body::Json(search): body::Json<SearchChannels>,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    Ok(list(app.chat.search_channels(session.user(), &team, &search.term).await?))
}

/// `POST /teams/{team_id}/channels/search_archived`: finds archived channels, public ones and the caller's own.
pub(in crate::http) async fn archived(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    body::Json(search): body::Json<SearchChannels>,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    Ok(list(app.chat.search_archived_channels(session.user(), &team, &search.term).await?))
}

/// `POST /channels/group/search`: finds the caller's group channels by the names of their members.
pub(in crate::http) async fn groups(
    State(app): State<App>,
    session: Session,
    body::Json(search): body::Json<SearchChannels>,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    Ok(list(app.chat.search_groups(session.user(), &search.term).await?))
}

/// `GET /teams/{team_id}/channels/autocomplete?name=`: completes a mention of a channel.
pub(in crate::http) async fn complete(
    State(app): State<App>,
    team: TeamAccess,
    query: Query,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    Ok(list(app.chat.complete_channels(&team, &query.text("name")).await?))
}

/// `GET /teams/{team_id}/channels/search_autocomplete?name=`: completes the name of a channel to search in.
pub(in crate::http) async fn complete_searched(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    query: Query,
) -> Result<Json<Vec<ChannelResponse>>, Problem> {
    let name = query.text("name");
    Ok(list(app.chat.complete_searched_channels(session.user(), &team, &name).await?))
}

/// `POST /channels/stats/member_count`: the number of members of each of these channels, by id.
pub(in crate::http) async fn member_counts(
    State(app): State<App>,
    session: Session,
    body::List(named): body::List<String>,
) -> Result<Json<BTreeMap<ChannelId, i64>>, Problem> {
    if named.len() > MAX_IDS {
        return Err(Problem::body(
            "channel_ids",
            format!("`channel_ids` names more than {MAX_IDS} channels; send fewer at once"),
        ));
    }
    let ids: Vec<ChannelId> = named.iter().map(|id| body::id("channel_ids", id)).collect::<Result<_, _>>()?;
    Ok(Json(app.chat.member_counts(session.user(), &ids).await?.into_iter().collect()))
}
