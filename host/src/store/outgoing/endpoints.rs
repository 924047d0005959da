//! The addresses of outgoing webhooks.

use const_format::concatcp;

use super::Outgoing;
use crate::model::{
    EndpointHealth, EndpointId, HookEndpoint, JobKind, OutgoingHook, OutgoingHookId, Timestamp,
};
use crate::store::{Db, StoreError, Tx, jobs};

const SELECT_ENDPOINT: &str = "select id, hook_id, url, sealed_secret, sealed_previous, previous_until, failing_since, \
    disabled_at, disabled_reason, create_at, delete_at from outgoing_endpoints ";

const BY_ID: &str = concatcp!(SELECT_ENDPOINT, "where id = $1 and delete_at = 0");
const OF_HOOK: &str = concatcp!(SELECT_ENDPOINT, "where hook_id = $1 and delete_at = 0 order by id");
const INSERT: &str = "insert into outgoing_endpoints (id, hook_id, url, sealed_secret, sealed_previous, \
    previous_until, failing_since, disabled_at, disabled_reason, create_at, delete_at) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

impl Outgoing {
    /// Returns the addresses of a hook, in the order of its URLs as they were added.
    pub async fn endpoints(&self, hook: &OutgoingHookId) -> Result<Vec<HookEndpoint>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(OF_HOOK).bind(hook).fetch_all(conn).await)
    }

    /// Returns an address, unless it was taken off its hook.
    pub async fn endpoint(&self, id: &EndpointId) -> Result<Option<HookEndpoint>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Disables an address and holds its deliveries. Returns false if it is disabled already, or gone.
    pub async fn disable(&self, id: &EndpointId, reason: &str, at: Timestamp) -> Result<bool, StoreError> {
        let (id, reason) = (id.clone(), reason.to_owned());
        self.0.write(move |tx| Box::pin(async move { disable(tx, &id, &reason, at).await })).await
    }

    /// Enables an address: its held deliveries are due now, the oldest first. Returns false if it is enabled already,
    /// or gone.
    pub async fn enable(&self, id: &EndpointId, at: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update outgoing_endpoints set disabled_at = 0, disabled_reason = '', \
                               failing_since = 0 where id = $1 and delete_at = 0 and disabled_at <> 0";
                    let enabled = run!(tx, sql, [&id]).await? > 0;
                    if enabled {
                        jobs::release(tx, JobKind::Delivery, id.as_str(), at).await?;
                    }
                    Ok(enabled)
                })
            })
            .await
    }

    /// Gives an address a new secret. The old one signs too until `previous_until`. Returns false if it is gone.
    pub async fn rotate(
        &self,
        id: &EndpointId,
        sealed: Vec<u8>,
        previous_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        let changed = unit!(
            self.0,
            "update outgoing_endpoints set sealed_previous = sealed_secret, sealed_secret = $2, \
             previous_until = $3 where id = $1 and delete_at = 0",
            [&id, &sealed, previous_until]
        )
        .await?;
        Ok(changed > 0)
    }
}

/// Writes what an attempt says about its address.
pub(in crate::store) async fn set_health(
    tx: &mut Tx,
    id: &EndpointId,
    health: &EndpointHealth,
    at: Timestamp,
) -> Result<(), StoreError> {
    let works = "update outgoing_endpoints set failing_since = 0 where id = $1 and failing_since <> 0";
    let fails = "update outgoing_endpoints set failing_since = $2 where id = $1 and failing_since = 0";
    match health {
        EndpointHealth::Works => run!(tx, works, [id]).await.map(|_| ()),
        EndpointHealth::Fails => run!(tx, fails, [id, at]).await.map(|_| ()),
        EndpointHealth::Disabled(reason) => disable(tx, id, reason, at).await.map(|_| ()),
    }
}

async fn disable(tx: &mut Tx, id: &EndpointId, reason: &str, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "update outgoing_endpoints set disabled_at = $2, disabled_reason = $3 \
               where id = $1 and delete_at = 0 and disabled_at = 0";
    let disabled = run!(tx, sql, [id, at, reason]).await? > 0;
    if disabled {
        jobs::hold(tx, JobKind::Delivery, id.as_str(), at).await?;
    }
    Ok(disabled)
}

/// Removes the addresses that a hook no longer names, and adds those that it names anew.
pub(super) async fn replace_endpoints(
    tx: &mut Tx,
    hook: &OutgoingHook,
    named: &[HookEndpoint],
    at: Timestamp,
) -> Result<(), StoreError> {
    remove_endpoints(tx, &hook.id, named, at).await?;
    let present = of_hook(tx, &hook.id).await?;
    for endpoint in named.iter().filter(|new| !present.iter().any(|old| old.url == new.url)) {
        insert(tx, endpoint).await?;
    }
    Ok(())
}

/// Takes the addresses off a hook that are not among those to keep, and removes their deliveries that wait.
pub(super) async fn remove_endpoints(
    tx: &mut Tx,
    hook: &OutgoingHookId,
    keep: &[HookEndpoint],
    at: Timestamp,
) -> Result<(), StoreError> {
    let present = of_hook(tx, hook).await?;
    for gone in present.iter().filter(|old| !keep.iter().any(|new| new.url == old.url)) {
        run!(tx, "update outgoing_endpoints set delete_at = $2 where id = $1", [&gone.id, at]).await?;
        jobs::remove_waiting(tx, JobKind::Delivery, gone.id.as_str(), at).await?;
    }
    Ok(())
}

async fn of_hook(tx: &mut Tx, hook: &OutgoingHookId) -> Result<Vec<HookEndpoint>, StoreError> {
    Ok(on_tx!(tx, conn => sqlx::query_as(OF_HOOK).bind(hook).fetch_all(conn).await?))
}

async fn insert(tx: &mut Tx, endpoint: &HookEndpoint) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT,
        [
            &endpoint.id,
            &endpoint.hook_id,
            &endpoint.url,
            &endpoint.sealed_secret,
            &endpoint.sealed_previous,
            endpoint.previous_until,
            endpoint.failing_since,
            endpoint.disabled_at,
            &endpoint.disabled_reason,
            endpoint.create_at,
            endpoint.delete_at
        ]
    )
    .await?;
    Ok(())
}
