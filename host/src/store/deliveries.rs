//! `outgoing_events`, `deliveries` and `delivery_attempts`. The state of a delivery is in its job.

use const_format::concatcp;

use super::jobs::{self, OF_DELIVERY};
use super::outgoing::{self, HOOK};
use super::sqlite::{Batch, over_rows};
use super::{Db, Store, StoreError, Tx};
use crate::model::{
    Changes, ClaimedJob, Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState, DeliveryTarget,
    EndpointHealth, EndpointId, HookEndpoint, JobId, JobKind, OutgoingHook, OutgoingHookId, PostPayload,
    Timestamp,
};

/// Most attempts of a delivery that are listed: the latest.
const MAX_ATTEMPTS: i64 = 100;

const INSERT_EVENTS: [&str; 2] = over_rows!(
    "insert into outgoing_events (id, post_id, payload, create_at) select value ->> 0, value ->> 1, value -> 2, \
     cast(value ->> 3 as bigint)",
    ""
);
const INSERT_DELIVERIES: [&str; 2] = over_rows!(
    "insert into deliveries (id, event_id, hook_id, endpoint_id, trigger_word, replays, create_at) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 0, cast(value ->> 5 as bigint)",
    ""
);

const SELECT_DELIVERY: &str = concatcp!(
    "select d.id, d.hook_id, d.endpoint_id, e.url, v.post_id, d.trigger_word, d.replays, d.create_at, j.state, \
     j.attempts, j.due_at, j.last_error, j.ended_at from deliveries d \
     join outgoing_endpoints e on e.id = d.endpoint_id join outgoing_events v on v.id = d.event_id ",
    OF_DELIVERY
);
const BY_ID: &str = concatcp!(SELECT_DELIVERY, " where d.id = $1");
const PAGE: &str = concatcp!(
    SELECT_DELIVERY,
    " where d.hook_id = $1 and ($2 = '' or d.endpoint_id = $2) and ($3 = '' or $3 = case j.state \
     when 'done' then 'delivered' when 'dead' then 'dead' else case when j.due_at = 253402300799999 then 'held' \
     else 'waiting' end end) and ($4 = '' or d.id < $4) order by d.id desc limit $5"
);
const TARGET: &str = concatcp!(
    "select ",
    HOOK,
    ", e.id as endpoint_id, e.url, e.sealed_secret, e.sealed_previous, e.previous_until, e.failing_since, \
     e.disabled_at, e.disabled_reason, e.create_at as endpoint_create_at, v.payload, d.trigger_word, d.replays \
     from deliveries d join outgoing_hooks h on h.id = d.hook_id join outgoing_endpoints e on e.id = d.endpoint_id \
     join outgoing_events v on v.id = d.event_id where d.id = $1 and h.delete_at = 0 and e.delete_at = 0"
);
const ATTEMPTS: &str = "select delivery_id, number, outcome, status, reason, response, is_binary, started_at, \
    waited_ms, took_ms from delivery_attempts where delivery_id = $1 order by number desc limit $2";
const RECORD: &str = "insert into delivery_attempts (delivery_id, number, outcome, status, reason, response, \
    is_binary, started_at, waited_ms, took_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

#[derive(sqlx::FromRow)]
struct TargetRow {
    #[sqlx(flatten)]
    hook: OutgoingHook,
    endpoint_id: EndpointId,
    url: String,
    sealed_secret: Vec<u8>,
    sealed_previous: Option<Vec<u8>>,
    previous_until: Timestamp,
    failing_since: Timestamp,
    disabled_at: Timestamp,
    disabled_reason: String,
    endpoint_create_at: Timestamp,
    #[sqlx(json)]
    payload: PostPayload,
    trigger_word: String,
    replays: i64,
}

/// A handle for deliveries and their attempts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Deliveries(Store);

impl Store {
    /// Returns a handle for the deliveries of this store.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries(self.clone())
    }
}

impl Deliveries {
    /// Returns the deliveries of a hook, newest first, before the given one.
    pub async fn list(
        &self,
        hook: &OutgoingHookId,
        filter: &DeliveryFilter,
        before: Option<&JobId>,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let endpoint = filter.endpoint.as_ref().map_or("", EndpointId::as_str);
        let state = filter.state.map_or("", DeliveryState::as_str);
        let before = before.map_or("", JobId::as_str);
        read!(self.0.db, conn => sqlx::query_as(PAGE).bind(hook).bind(endpoint).bind(state).bind(before)
            .bind(limit).fetch_all(conn).await)
    }

    pub async fn get(&self, id: &JobId) -> Result<Option<Delivery>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns the latest attempts at a delivery, the first of them first.
    pub async fn attempts(&self, id: &JobId) -> Result<Vec<DeliveryAttempt>, StoreError> {
        let mut attempts: Vec<DeliveryAttempt> = read!(self.0.db, conn => sqlx::query_as(ATTEMPTS).bind(id).bind(MAX_ATTEMPTS).fetch_all(conn).await)?;
        attempts.reverse();
        Ok(attempts)
    }

    /// Returns what an attempt needs, or None if its hook or address was removed.
    pub async fn target(&self, id: &JobId) -> Result<Option<DeliveryTarget>, StoreError> {
        let row: Option<TargetRow> =
            read!(self.0.db, conn => sqlx::query_as(TARGET).bind(id).fetch_optional(conn).await)?;
        Ok(row.map(DeliveryTarget::from))
    }

    /// Records an attempt, and what it says about its address. Returns false, and records nothing, if the job was
    /// claimed again or replayed since.
    pub async fn record(
        &self,
        job: &ClaimedJob,
        attempt: DeliveryAttempt,
        endpoint: &EndpointId,
        health: EndpointHealth,
    ) -> Result<bool, StoreError> {
        let (job, endpoint) = (job.clone(), endpoint.clone());
        // Only whether an address is disabled is cached.
        let is_cached = matches!(health, EndpointHealth::Disabled(_));
        let store = if is_cached { self.0.clone() } else { self.0.beside_cache() };
        store
            .write(move |tx| {
                Box::pin(async move {
                    let is_ours = jobs::is_claimed(tx, &job).await?;
                    if is_ours {
                        let at = attempt.started_at;
                        record(tx, &attempt).await?;
                        outgoing::set_health(tx, &endpoint, &health, at).await?;
                    }
                    Ok(is_ours)
                })
            })
            .await
    }

    /// Makes a delivery due now, also one that was delivered or given up, unless it is being tried or held. Returns
    /// false if it is in no such state.
    pub async fn replay(&self, id: &JobId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    let replayed = jobs::redo(tx, JobKind::Delivery, &id, now).await?;
                    if replayed {
                        let sql = "update deliveries set replays = replays + 1 where id = $1";
                        run!(tx, sql, [&id]).await?;
                    }
                    Ok(replayed)
                })
            })
            .await
    }

    /// Gives up the deliveries that were created before this moment and are still held. Returns how many.
    pub async fn give_up_held(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move { jobs::give_up_held(tx, JobKind::Delivery, before, now).await })
            })
            .await
    }

    /// Removes up to `limit` events from before this moment whose deliveries are all gone. Returns how many.
    pub async fn remove_events(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        unit!(
            self.0.beside_cache(),
            "delete from outgoing_events where id in (select v.id from outgoing_events v where v.create_at < $1 \
             and not exists (select 1 from deliveries d where d.event_id = v.id) limit $2)",
            [before, limit]
        )
        .await
    }
}

/// Writes events and deliveries with the posts that cause them. Their jobs must have been written before.
pub(super) async fn push(batch: &mut Batch<'_>, all: &[&Changes]) -> Result<(), StoreError> {
    let events = all.iter().flat_map(|changes| &changes.events);
    let events: Vec<_> =
        events.map(|event| (&event.id, &event.payload.post_id, &event.payload, event.create_at)).collect();
    batch.push_list(INSERT_EVENTS, &events).await?;
    let deliveries = all.iter().flat_map(|changes| &changes.deliveries);
    let deliveries: Vec<_> = deliveries
        .map(|one| (&one.id, &one.event_id, &one.hook_id, &one.endpoint_id, &one.trigger_word, one.create_at))
        .collect();
    batch.push_list(INSERT_DELIVERIES, &deliveries).await
}

async fn record(tx: &mut Tx, attempt: &DeliveryAttempt) -> Result<(), StoreError> {
    run!(
        tx,
        RECORD,
        [
            &attempt.delivery_id,
            attempt.number,
            attempt.outcome,
            attempt.status,
            &attempt.reason,
            &attempt.response,
            attempt.is_binary,
            attempt.started_at,
            attempt.waited_ms,
            attempt.took_ms
        ]
    )
    .await?;
    Ok(())
}

impl From<TargetRow> for DeliveryTarget {
    fn from(row: TargetRow) -> Self {
        let endpoint = HookEndpoint {
            id: row.endpoint_id,
            hook_id: row.hook.id.clone(),
            url: row.url,
            sealed_secret: row.sealed_secret,
            sealed_previous: row.sealed_previous,
            previous_until: row.previous_until,
            failing_since: row.failing_since,
            disabled_at: row.disabled_at,
            disabled_reason: row.disabled_reason,
            create_at: row.endpoint_create_at,
            delete_at: Timestamp::NEVER,
        };
        Self {
            hook: row.hook,
            endpoint,
            payload: row.payload,
            trigger_word: row.trigger_word,
            replays: row.replays,
        }
    }
}
