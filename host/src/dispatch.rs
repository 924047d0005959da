//! Loop: claim events, hand them to whoever asked for them, and settle them.
//!
//! No kind of subscriber exists yet: commands and bridges are called by their entrances. So every event is settled
//! as soon as it is claimed, and the queue stays empty. What listens to events later plugs in at [`handle`].

use std::time::Duration;

use crate::clock::Clock;
use crate::model::QueuedEvent;
use crate::shutdown::Tasks;
use crate::store::{Store, StoreError};

/// Events claimed at once.
const BATCH: i64 = 500;

/// How long a claim lasts: a node that dies leaves its events to others after this.
const LEASE: Duration = Duration::from_mins(1);

/// How often to look when nothing wakes the loop.
const POLL: Duration = Duration::from_secs(5);

/// Rest between two batches, so that a busy server pays for one claim per many events.
const GATHER: Duration = Duration::from_millis(50);

/// Runs until the server stops.
pub async fn run(store: Store, clock: Clock, tasks: Tasks) {
    while !tasks.is_stopping() {
        let more = match drain_once(&store, &clock).await {
            Ok(handled) => handled == usize::try_from(BATCH).unwrap_or(usize::MAX),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "events could not be claimed; trying again"
                );
                false
            }
        };
        if more {
            continue;
        }
        tokio::select! {
            () = tasks.stopping() => {}
            () = tokio::time::sleep(POLL) => {}
            () = store.events_written() => tokio::time::sleep(GATHER).await,
        }
    }
}

/// Claims one batch, handles and settles it; answers how many there were.
async fn drain_once(store: &Store, clock: &Clock) -> Result<usize, StoreError> {
    let now = clock.now();
    let events = store.claim_events(now, now.plus(LEASE), BATCH).await?;
    let count = events.len();
    let settled: Vec<i64> = events.into_iter().filter(handle).map(|queued| queued.number).collect();
    if !settled.is_empty() {
        store.settle_events(settled).await?;
    }
    Ok(count)
}

/// Whether the event is dealt with.
fn handle(queued: &QueuedEvent) -> bool {
    tracing::trace!(event = queued.number, post = %queued.event.post_id, "nobody asked for this event");
    true
}
