//! `users` as a directory: accounts by team, channel, name or role.

use const_format::concatcp;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::{Db, Store, StoreError, sql};
use crate::model::{ChannelId, TeamId, TimeZone, User, UserId};

/// The columns of an account, from `users u`.
pub(super) const USER: &str = "u.id, u.number, u.username, u.email, u.nickname, u.first_name, u.last_name, \
    u.position, u.locale, u.roles, u.is_bot, u.props, u.notify_props, u.timezone, u.create_at, u.update_at, \
    u.delete_at, u.last_password_update, u.picture_at, u.email_verified, u.mfa_active, case when u.is_bot \
    then coalesce((select d.description from bots d where d.user_id = u.id), '') else '' end as bot_description";
const ACCOUNTS: &str = concatcp!("select ", USER, " from users u where true");
const COUNT: &str = "select count(*) from users u where true";
const BY_EMAIL: &str = concatcp!("select ", USER, " from users u where u.email = $1");
const KNOWN: &str = "select distinct b.user_id from channel_members a join channel_members b \
    on b.channel_id = a.channel_id where a.user_id = $1 and b.user_id <> $1 order by b.user_id limit $2";

const TIME_ZONES: &str = "select distinct u.timezone from users u join channel_members m on m.user_id = u.id \
    where m.channel_id = $1 and u.delete_at = 0 limit $2";

/// A guest has this role and no other. The role is a literal, because the partial index serves only that.
pub const STRANGERS: &str = "select g.id from users g where g.roles = 'system_guest' and g.id <> $1 and not exists \
    (select 1 from channel_members a join channel_members b on b.channel_id = a.channel_id \
    where a.user_id = g.id and b.user_id = $1)";

const GROUP_MEMBERS: [&str; 2] = over_texts!(
    concatcp!(
        "select m.channel_id, ",
        USER,
        " from channel_members m join users u on u.id = m.user_id join channels c on c.id = m.channel_id \
         and c.kind = 'G' where exists (select 1 from channel_members mine where mine.channel_id = m.channel_id \
         and mine.user_id = $1) and m.channel_id in"
    ),
    "$2",
    "order by m.channel_id, u.username"
);

/// A member of a group channel.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct GroupMember {
    pub channel_id: ChannelId,
    #[sqlx(flatten)]
    pub user: User,
}

/// Filters on accounts. Fields that are `None` do not filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserFilter {
    pub in_team: Option<TeamId>,
    pub not_in_team: Option<TeamId>,
    pub in_channel: Option<ChannelId>,
    pub not_in_channel: Option<ChannelId>,
    pub active: Option<bool>,
    pub bots: Option<bool>,
    /// Only accounts with one of these roles of the system.
    pub roles: Option<Vec<String>>,
    /// Only members of `in_team` with one of these roles there.
    pub team_roles: Option<Vec<String>>,
    /// Only members of `in_channel` with one of these roles there.
    pub channel_roles: Option<Vec<String>>,
    /// Only accounts in no team.
    pub without_team: bool,
    /// Only this account and those that share a channel with it.
    pub known_to: Option<UserId>,
    /// Words that the username, nickname, first or last name contains. SQLite ignores case only for the letters a to z.
    pub named: Option<String>,
    /// Whether `named` leaves first and last names out.
    pub ignore_full_names: bool,
    /// Whether `named` may also be the beginning of the e-mail address.
    pub named_by_email: bool,
    pub ids: Option<Vec<UserId>>,
    pub usernames: Option<Vec<String>>,
    pub order: UserOrder,
}

/// Most words of [`UserFilter::named`]. Further ones are ignored.
const MAX_WORDS: usize = 8;

/// The order of a list of accounts. Accounts that it does not tell apart are in the order of their usernames.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum UserOrder {
    #[default]
    Username,
    /// The newest account first.
    Creation,
    /// The account whose session was used last first.
    Activity,
    /// The administrators of `in_channel` first.
    ChannelAdmins,
    /// These accounts first, in the order of the groups.
    Groups([Vec<UserId>; 3]),
}

/// How each database expands a list in one bind, up to that bind.
const LIST: [&str; 2] = ["(select value from json_each(", "(select jsonb_array_elements_text("];

/// Adds the condition that a list of roles contains one of these.
macro_rules! having_role {
    ($query:ident, $column:literal, $roles:ident) => {
        $query.push(" and (1 = 0");
        for role in $roles {
            $query.push(concat!(" or ' ' || ", $column, " || ' ' like ")).push_bind(format!("% {role} %"));
        }
        $query.push(")");
    };
}

/// Adds the order to a query.
macro_rules! sort {
    ($query:ident, $who:ident, $list:ident) => {
        match (&$who.order, &$who.in_channel) {
            (UserOrder::Creation, _) => drop($query.push(" order by u.create_at desc, u.username")),
            (UserOrder::Activity, _) => {
                $query.push(" order by coalesce((select max(s.last_activity_at) from sessions s");
                $query.push(" where s.user_id = u.id), 0) desc, u.username");
            }
            (UserOrder::ChannelAdmins, Some(channel)) => {
                $query.push(" order by case when exists (select 1 from channel_members m");
                $query.push(" where m.user_id = u.id and m.channel_id = ").push_bind(channel);
                $query.push(
                    " and ' ' || m.roles || ' ' like '% channel_admin %') then 0 else 1 end, u.username",
                );
            }
            (UserOrder::Groups(groups), _) => {
                $query.push(" order by case");
                for (position, ids) in groups.iter().enumerate() {
                    $query.push(" when u.id in ").push($list).push_bind(Json(ids));
                    $query.push(format!(")) then {position}"));
                }
                $query.push(format!(" else {} end, u.username", groups.len()));
            }
            _ => drop($query.push(" order by u.username")),
        }
    };
}

/// Adds the conditions to a query. It is a macro because the two databases' builders are different types.
macro_rules! narrow {
    ($query:ident, $who:ident, $list:ident) => {
        if let Some(team) = &$who.in_team {
            $query.push(" and u.id in (select user_id from team_members where delete_at = 0 and team_id = ");
            $query.push_bind(team).push(")");
        }
        if let Some(team) = &$who.not_in_team {
            $query.push(
                " and u.id not in (select user_id from team_members where delete_at = 0 and team_id = ",
            );
            $query.push_bind(team).push(")");
        }
        if let Some(channel) = &$who.in_channel {
            $query.push(" and u.id in (select user_id from channel_members where channel_id = ");
            $query.push_bind(channel).push(")");
        }
        if let Some(channel) = &$who.not_in_channel {
            $query.push(" and u.id not in (select user_id from channel_members where channel_id = ");
            $query.push_bind(channel).push(")");
        }
        if let Some(active) = $who.active {
            $query.push(if active { " and u.delete_at = 0" } else { " and u.delete_at <> 0" });
        }
        if let Some(bots) = $who.bots {
            $query.push(" and u.is_bot = ").push_bind(bots);
        }
        if let Some(roles) = &$who.roles {
            having_role!($query, "u.roles", roles);
        }
        if let (Some(roles), Some(team)) = (&$who.team_roles, &$who.in_team) {
            $query
                .push(" and exists (select 1 from team_members m where m.user_id = u.id and m.delete_at = 0");
            $query.push(" and m.team_id = ").push_bind(team);
            having_role!($query, "m.roles", roles);
            $query.push(")");
        }
        if let (Some(roles), Some(channel)) = (&$who.channel_roles, &$who.in_channel) {
            $query.push(" and exists (select 1 from channel_members m where m.user_id = u.id");
            $query.push(" and m.channel_id = ").push_bind(channel);
            having_role!($query, "m.roles", roles);
            $query.push(")");
        }
        if $who.without_team {
            $query.push(" and u.id not in (select user_id from team_members where delete_at = 0)");
        }
        if let Some(user) = &$who.known_to {
            $query.push(" and (u.id = ").push_bind(user);
            $query.push(" or u.id in (select b.user_id from channel_members a join channel_members b");
            $query.push(" on b.channel_id = a.channel_id where a.user_id = ").push_bind(user).push("))");
        }
        if let Some(name) = &$who.named {
            // Each word may be in another name: `Anna Lee` finds by first and last name.
            for word in name.split_whitespace().take(MAX_WORDS) {
                let (part, start) = (sql::containing(word), sql::beginning_with(word));
                $query.push(" and (1 = 0");
                let columns = [
                    ("username", true, &part),
                    ("nickname", true, &part),
                    ("first_name", !$who.ignore_full_names, &part),
                    ("last_name", !$who.ignore_full_names, &part),
                    // Most addresses of a server contain the same words.
                    ("email", $who.named_by_email, &start),
                ];
                for (column, _, pattern) in columns.into_iter().filter(|(_, searched, _)| *searched) {
                    $query.push(" or lower(u.").push(column).push(") like ");
                    $query.push_bind(pattern.clone()).push(" escape '!'");
                }
                $query.push(")");
            }
        }
        if let Some(ids) = &$who.ids {
            $query.push(" and u.id in ").push($list).push_bind(Json(ids)).push("))");
        }
        if let Some(usernames) = &$who.usernames {
            $query.push(" and u.username in ").push($list).push_bind(Json(usernames)).push("))");
        }
    };
}

impl Store {
    /// Returns a page of accounts, in the filter's order.
    pub async fn users(&self, who: &UserFilter, offset: i64, limit: i64) -> Result<Vec<User>, StoreError> {
        let list = self.db.of(LIST);
        read!(self.db, conn => {
            let mut query = QueryBuilder::new(ACCOUNTS);
            narrow!(query, who, list);
            sort!(query, who, list);
            query.push(" limit ").push_bind(limit).push(" offset ").push_bind(offset);
            query.build_query_as().persistent(false).fetch_all(conn).await
        })
    }

    pub async fn user_count(&self, who: &UserFilter) -> Result<i64, StoreError> {
        let list = self.db.of(LIST);
        read!(self.db, conn => {
            let mut query = QueryBuilder::new(COUNT);
            narrow!(query, who, list);
            query.build_query_scalar().persistent(false).fetch_one(conn).await
        })
    }

    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_EMAIL).bind(email).fetch_optional(conn).await)
    }

    /// Whether two accounts share a channel, or are the same account.
    pub async fn knows(&self, user: &UserId, other: &UserId) -> Result<bool, StoreError> {
        let (ids, known_to) = (Some(vec![other.clone()]), Some(user.clone()));
        Ok(self.user_count(&UserFilter { known_to, ids, ..UserFilter::default() }).await? > 0)
    }

    /// Returns the accounts that share a channel with this one.
    pub async fn known_users(&self, user: &UserId, limit: i64) -> Result<Vec<UserId>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(KNOWN).bind(user).bind(limit).fetch_all(conn).await)
    }

    /// Returns the time zones that members of a channel have set, each once.
    pub async fn time_zones(&self, channel: &ChannelId, limit: i64) -> Result<Vec<TimeZone>, StoreError> {
        let zones: Vec<Json<TimeZone>> = read!(self.db, conn => sqlx::query_scalar(TIME_ZONES)
            .bind(channel).bind(limit).fetch_all(conn).await)?;
        Ok(zones.into_iter().map(|Json(zone)| zone).collect())
    }

    /// Returns the members of those of these group channels that the user is in.
    pub async fn members_of_groups(
        &self,
        user: &UserId,
        channels: &[ChannelId],
    ) -> Result<Vec<GroupMember>, StoreError> {
        let sql = self.db.of(GROUP_MEMBERS);
        read!(self.db, conn => sqlx::query_as(sql).bind(user).bind(Json(channels)).fetch_all(conn).await)
    }

    /// Returns the guests who share no channel with an account.
    pub async fn guests_not_knowing(&self, user: &UserId) -> Result<Vec<UserId>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(STRANGERS).bind(user).fetch_all(conn).await)
    }
}
