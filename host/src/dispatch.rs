//! Loop: claim the events somebody asked for, hand them over, and settle them.
//!
//! No kind of subscriber exists yet: commands and bridges are called by their entrances. So no event is asked for, and
//! each is removed as it comes. What listens to events later says which, and plugs in at [`handle`].

use std::time::Duration;

use crate::clock::Clock;
use crate::model::{EventKind, QueuedEvent};
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

/// Runs until the server stops. `asked`: what somebody listens for.
pub async fn run(store: Store, clock: Clock, tasks: Tasks, asked: Vec<EventKind>) {
    while !tasks.is_stopping() {
        let more = match drain_once(&store, &clock, &asked).await {
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

/// Removes what nobody asked for; claims one batch of the rest, handles and settles it. Answers how many that were.
async fn drain_once(store: &Store, clock: &Clock, asked: &[EventKind]) -> Result<usize, StoreError> {
    for kind in EventKind::ALL.into_iter().filter(|kind| !asked.contains(kind)) {
        store.remove_events(kind).await?;
    }
    if asked.is_empty() {
        return Ok(0);
    }
    let now = clock.now();
    let events = store.claim_events(now, now.plus(LEASE), BATCH).await?;
    let count = events.len();
    let settled: Vec<i64> = events.into_iter().filter(handle).map(|queued| queued.number).collect();
    store.settle_events(settled).await?;
    Ok(count)
}

/// Whether the event is dealt with.
fn handle(queued: &QueuedEvent) -> bool {
    tracing::trace!(event = queued.number, post = %queued.event.post_id, "nobody deals with this event");
    true
}
