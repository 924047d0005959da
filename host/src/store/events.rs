//! `events`: the queue between a change and those who want to hear of it.

use std::sync::LazyLock;

use super::changes::Rows;
use super::{Db, Store, StoreError, Tx};
use crate::model::{Event, EventId, Timestamp};

const SQLITE_CLAIM: &str = "update events set claimed_until = $2 where id in \
    (select id from events where claimed_until <= $1 order by id limit $3) \
    returning id, kind, channel_id, post_id, user_id, hops, create_at";
const POSTGRES_CLAIM: &str = "update events set claimed_until = $2 where id in \
    (select id from events where claimed_until <= $1 order by id limit $3 for update skip locked) \
    returning id, kind, channel_id, post_id, user_id, hops, create_at";

static DELETE: LazyLock<Rows> = LazyLock::new(|| Rows::list("delete from events where id in"));

impl Store {
    /// Takes up to `limit` events nobody holds, oldest first, and holds them until `until`.
    pub async fn claim_events(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Event>, StoreError> {
        let mut events: Vec<Event> = self
            .write(move |tx| {
                Box::pin(async move {
                    Ok(match tx {
                        Tx::Sqlite(conn) => {
                            sqlx::query_as(SQLITE_CLAIM)
                                .bind(now)
                                .bind(until)
                                .bind(limit)
                                .fetch_all(conn)
                                .await?
                        }
                        Tx::Postgres(tx) => {
                            sqlx::query_as(POSTGRES_CLAIM)
                                .bind(now)
                                .bind(until)
                                .bind(limit)
                                .fetch_all(&mut **tx)
                                .await?
                        }
                    })
                })
            })
            .await?;
        // `returning` has no order.
        events.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(events)
    }

    /// Removes events that were dealt with.
    pub async fn settle_events(&self, ids: Vec<EventId>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for (sql, ids) in DELETE.statements(tx, &ids) {
                    on_tx!(tx, conn => {
                        let mut query = sqlx::query(sql);
                        for id in ids {
                            query = query.bind(id);
                        }
                        query.execute(conn).await?;
                    });
                }
                Ok(())
            })
        })
        .await
    }

    /// How many events wait, claimed ones included.
    pub async fn event_count(&self) -> Result<i64, StoreError> {
        Ok(
            on_read!(self.db, pool => sqlx::query_scalar("select count(*) from events").fetch_one(pool).await?),
        )
    }
}
