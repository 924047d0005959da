//! `bots`: the owner of a bot. Its account is in `users`.

use const_format::concatcp;
use sqlx::QueryBuilder;

use super::directory::USER;
use super::{Db, Store, StoreError};
use crate::model::{Bot, Timestamp, UserId};

const BOT: &str =
    concatcp!("select ", USER, ", b.owner_id from bots b join users u on u.id = b.user_id where true");

/// Filters on bots. Fields that are `None` do not filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BotFilter {
    pub owner: Option<UserId>,
    pub include_inactive: bool,
    /// Only bots whose owner is deactivated.
    pub only_orphaned: bool,
}

impl Store {
    pub async fn bot(&self, id: &UserId) -> Result<Option<Bot>, StoreError> {
        read!(self.db, conn => {
            let mut query = QueryBuilder::new(BOT);
            query.push(" and u.id = ").push_bind(id);
            query.build_query_as().fetch_optional(conn).await
        })
    }

    /// Returns a page of bots, by username.
    pub async fn bots(&self, filter: &BotFilter, offset: i64, limit: i64) -> Result<Vec<Bot>, StoreError> {
        read!(self.db, conn => {
            let mut query = QueryBuilder::new(BOT);
            if let Some(owner) = &filter.owner {
                query.push(" and b.owner_id = ").push_bind(owner);
            }
            if !filter.include_inactive {
                query.push(" and u.delete_at = 0");
            }
            if filter.only_orphaned {
                query.push(" and b.owner_id in (select id from users where delete_at <> 0)");
            }
            query.push(" order by u.username limit ").push_bind(limit).push(" offset ").push_bind(offset);
            query.build_query_as().fetch_all(conn).await
        })
    }

    /// Sets a bot's owner.
    pub async fn assign_bot(&self, bot: &UserId, owner: &UserId, at: Timestamp) -> Result<(), StoreError> {
        let (bot, owner) = (bot.clone(), owner.clone());
        self.write(move |tx| {
            Box::pin(async move {
                on_tx!(tx, conn => {
                    sqlx::query("update bots set owner_id = $2 where user_id = $1")
                        .bind(&bot).bind(&owner).execute(&mut *conn).await?;
                    sqlx::query("update users set update_at = $2 where id = $1").bind(&bot).bind(at).execute(conn).await?;
                });
                Ok(())
            })
        })
        .await
    }
}
