//! `users` as a directory: accounts by team, channel, name or role.

use const_format::concatcp;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::{Db, Store, StoreError, sql};
use crate::model::{ChannelId, TeamId, User, UserId};

/// The columns of an account, from `users u`.
pub(super) const USER: &str = "u.id, u.number, u.username, u.email, u.nickname, u.first_name, u.last_name, \
    u.position, u.locale, u.roles, u.is_bot, u.props, u.notify_props, u.create_at, u.update_at, \
    u.delete_at, u.last_password_update";
const ACCOUNTS: &str = concatcp!("select ", USER, " from users u where true");
const COUNT: &str = "select count(*) from users u where true";
const BY_EMAIL: &str = concatcp!("select ", USER, " from users u where u.email = $1");
const KNOWN: &str = "select distinct b.user_id from channel_members a join channel_members b \
    on b.channel_id = a.channel_id where a.user_id = $1 and b.user_id <> $1 order by b.user_id limit $2";

/// A guest has this role and no other. The role is a literal, because the partial index serves only that.
pub const STRANGERS: &str = "select g.id from users g where g.roles = 'system_guest' and g.id <> $1 and not exists \
    (select 1 from channel_members a join channel_members b on b.channel_id = a.channel_id \
    where a.user_id = g.id and b.user_id = $1)";

/// Filters on accounts. Fields that are `None` do not filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserFilter {
    pub in_team: Option<TeamId>,
    pub not_in_team: Option<TeamId>,
    pub in_channel: Option<ChannelId>,
    pub not_in_channel: Option<ChannelId>,
    pub active: Option<bool>,
    pub bots: Option<bool>,
    /// Only this account and those that share a channel with it.
    pub known_to: Option<UserId>,
    /// A prefix of the username, nickname, first or last name. SQLite ignores case only for the letters a to z.
    pub named: Option<String>,
    pub ids: Option<Vec<UserId>>,
    pub usernames: Option<Vec<String>>,
}

/// How each database expands a list in one bind, up to that bind.
const LIST: [&str; 2] = ["(select value from json_each(", "(select jsonb_array_elements_text("];

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
        if let Some(user) = &$who.known_to {
            $query.push(" and (u.id = ").push_bind(user);
            $query.push(" or u.id in (select b.user_id from channel_members a join channel_members b");
            $query.push(" on b.channel_id = a.channel_id where a.user_id = ").push_bind(user).push("))");
        }
        if let Some(name) = &$who.named {
            let pattern = sql::beginning_with(name);
            for (word, column) in
                [(" and (", "username"), (" or ", "nickname"), (" or ", "first_name"), (" or ", "last_name")]
            {
                $query.push(word).push("lower(u.").push(column).push(") like ");
                $query.push_bind(pattern.clone()).push(" escape '!'");
            }
            $query.push(")");
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
    /// Returns a page of accounts, by username.
    pub async fn users(&self, who: &UserFilter, offset: i64, limit: i64) -> Result<Vec<User>, StoreError> {
        let list = self.db.of(LIST);
        read!(self.db, conn => {
            let mut query = QueryBuilder::new(ACCOUNTS);
            narrow!(query, who, list);
            query.push(" order by u.username limit ").push_bind(limit).push(" offset ").push_bind(offset);
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

    /// Returns the guests who share no channel with an account.
    pub async fn guests_not_knowing(&self, user: &UserId) -> Result<Vec<UserId>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar(STRANGERS).bind(user).fetch_all(conn).await)
    }
}
