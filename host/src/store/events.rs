//! `events`: the queue between a change and those who want to hear of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::{Db, Store, StoreError, Tx};
use crate::model::{EventKind, QueuedEvent, Timestamp};

const WAITING: &str = "select number, kind, post_id, hops from events order by number limit $1";
const POSTGRES_CLAIM: &str = "update events set claimed_until = $2 where number in \
    (select number from events where claimed_until <= $1 order by number limit $3 for update skip locked) \
    returning number, kind, post_id, hops";

/// Who holds which events, and until when. One process has a file of SQLite, so its leases need not be written; when
/// it ends, nobody holds any.
pub(super) type HeldEvents = Arc<Mutex<BTreeMap<i64, Timestamp>>>;

impl Store {
    /// Takes up to `limit` events nobody holds, oldest first, and holds them until `until`.
    pub async fn claim_events(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<QueuedEvent>, StoreError> {
        match &self.db {
            Db::Sqlite { read, .. } => {
                let mut held = self.held_events.lock().await;
                held.retain(|_, until| *until > now);
                let ahead = i64::try_from(held.len()).unwrap_or(i64::MAX);
                let query = sqlx::query_as(WAITING).bind(limit.saturating_add(ahead));
                let mut events: Vec<QueuedEvent> = query.fetch_all(&mut *read.get().await?).await?;
                events.retain(|event| !held.contains_key(&event.number));
                events.truncate(usize::try_from(limit).unwrap_or(0));
                held.extend(events.iter().map(|event| (event.number, until)));
                Ok(events)
            }
            Db::Postgres(pool) => {
                let query = sqlx::query_as(POSTGRES_CLAIM).bind(now).bind(until).bind(limit);
                let mut events: Vec<QueuedEvent> = query.fetch_all(pool).await?;
                // `returning` has no order.
                events.sort_by_key(|event| event.number);
                Ok(events)
            }
        }
    }

    /// Removes all events of a kind that nobody asked for.
    pub async fn remove_events(&self, kind: EventKind) -> Result<(), StoreError> {
        execute!(self, "delete from events where kind = $1", [kind]);
        Ok(())
    }

    /// Removes events that were dealt with, by their numbers.
    pub async fn settle_events(&self, mut numbers: Vec<i64>) -> Result<(), StoreError> {
        numbers.sort_unstable();
        let runs: Vec<(i64, i64)> = numbers
            .chunk_by(|before, number| before + 1 == *number)
            .filter_map(|run| Some((*run.first()?, *run.last()?)))
            .collect();
        if runs.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            Box::pin(async move {
                for (first, last) in runs {
                    on_tx!(tx, conn => sqlx::query("delete from events where number between $1 and $2")
                        .bind(first).bind(last).execute(conn).await?.rows_affected());
                }
                Ok(())
            })
        })
        .await?;
        let mut held = self.held_events.lock().await;
        for number in numbers {
            held.remove(&number);
        }
        Ok(())
    }

    /// How many events wait, claimed ones included.
    pub async fn event_count(&self) -> Result<i64, StoreError> {
        Ok(
            on_read!(self.db, pool => sqlx::query_scalar("select count(*) from events").fetch_one(pool).await?),
        )
    }
}
