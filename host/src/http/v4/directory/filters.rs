//! Filters and orders of lists of accounts. What this server cannot apply is refused.

use crate::access::AccessError;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{Kind, Presence, role};
use crate::store::{UserFilter, UserOrder};

/// The filters that lists and searches have in common, as the request spells them.
pub(super) struct Narrowing {
    /// The names of the parameters that name the team and the channel.
    pub(super) team: &'static str,
    pub(super) channel: &'static str,
    pub(super) roles: Vec<String>,
    pub(super) team_roles: Vec<String>,
    pub(super) channel_roles: Vec<String>,
    pub(super) without_team: bool,
    pub(super) groups: [String; 2],
    pub(super) group_constrained: bool,
    pub(super) refuse: fn(&str, String) -> Problem,
}

impl Narrowing {
    /// Adds these filters to one of teams and channels.
    pub(super) fn apply(self, filter: UserFilter) -> Result<UserFilter, Problem> {
        let refuse = self.refuse;
        if self.groups.iter().any(|group| !group.is_empty()) {
            // This server has no groups, so every id is unknown.
            return Err(AccessError::NotFound(Kind::Group).into());
        }
        if self.group_constrained {
            return Err(refuse("group_constrained", "this server has no groups".to_owned()));
        }
        if filter.not_in_channel.is_some() && filter.in_team.is_none() {
            return Err(refuse(self.team, "`not_in_channel` needs the channel's team".to_owned()));
        }
        let team_roles = known_roles(self.team_roles, &role::OF_TEAMS, "team_roles", refuse)?;
        if team_roles.is_some() && filter.in_team.is_none() {
            return Err(refuse("team_roles", format!("roles of a team need `{}`", self.team)));
        }
        let channel_roles = known_roles(self.channel_roles, &role::OF_CHANNELS, "channel_roles", refuse)?;
        if channel_roles.is_some() && filter.in_channel.is_none() {
            return Err(refuse("channel_roles", format!("roles of a channel need `{}`", self.channel)));
        }
        let roles = known_roles(self.roles, &role::OF_ACCOUNTS, "roles", refuse)?;
        Ok(UserFilter { roles, team_roles, channel_roles, without_team: self.without_team, ..filter })
    }
}

/// Returns the roles that a filter names, None if it names none.
fn known_roles(
    mut names: Vec<String>,
    known: &[&str],
    field: &str,
    refuse: fn(&str, String) -> Problem,
) -> Result<Option<Vec<String>>, Problem> {
    names.retain(|name| !name.is_empty());
    if names.len() > known.len() || !names.iter().all(|name| known.contains(&name.as_str())) {
        return Err(refuse(field, format!("the roles here are `{}`", known.join("`, `"))));
    }
    Ok((!names.is_empty()).then_some(names))
}

/// Returns the order of a list. Each order has the kind of list that Mattermost has it for.
pub(super) async fn order(
    app: &App,
    session: &Session,
    query: &Query,
    filter: &UserFilter,
) -> Result<UserOrder, Problem> {
    let team_only = filter.in_team.is_some()
        && filter.not_in_team.is_none()
        && filter.in_channel.is_none()
        && filter.not_in_channel.is_none()
        && !filter.without_team;
    match (query.text("sort").as_str(), filter.in_channel.is_some()) {
        ("", _) => Ok(UserOrder::Username),
        ("create_at", _) if team_only => Ok(UserOrder::Creation),
        ("last_activity_at", _) if team_only => Ok(UserOrder::Activity),
        ("admin", true) => Ok(UserOrder::ChannelAdmins),
        ("status", true) => {
            let statuses = app.chat.statuses_of_present(session.user()).await?;
            let with = |presence| {
                let ids = statuses.iter().filter(|status| status.presence == presence);
                ids.map(|status| status.user_id.clone()).collect()
            };
            Ok(UserOrder::Groups([Presence::Online, Presence::Away, Presence::Dnd].map(with)))
        }
        _ => {
            let reason = "`create_at` and `last_activity_at` sort the members of one team (`in_team`), `admin` and \
                          `status` those of a channel (`in_channel`)";
            Err(Problem::parameter("sort", reason))
        }
    }
}
