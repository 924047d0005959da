//! What outgoing webhooks sent, and sending it again.

use super::{OutgoingError, OutgoingHooks};
use crate::access::audit_row;
use crate::model::{Delivery, DeliveryAttempt, DeliveryFilter, JobId, Kind, OutgoingHookId, User};

impl OutgoingHooks {
    /// Returns deliveries of a hook that the user may manage, newest first, before the given one.
    pub async fn deliveries(
        &self,
        user: &User,
        hook: &OutgoingHookId,
        filter: &DeliveryFilter,
        before: Option<&JobId>,
        limit: i64,
    ) -> Result<Vec<Delivery>, OutgoingError> {
        self.managed_hook(user, hook).await?;
        Ok(self.store.deliveries().list(hook, filter, before, limit).await?)
    }

    /// Returns a delivery of a hook that the user may manage, with its attempts.
    pub async fn delivery(
        &self,
        user: &User,
        id: &JobId,
    ) -> Result<(Delivery, Vec<DeliveryAttempt>), OutgoingError> {
        self.check_enabled()?;
        if let Some(delivery) = self.store.deliveries().get(id).await?
            && let Some(hook) = self.store.outgoing().get(&delivery.hook_id).await?
            && self.manages(user, &hook).await?
        {
            let attempts = self.store.deliveries().attempts(id).await?;
            return Ok((delivery, attempts));
        }
        Err(self.unseen_error(user, Kind::Delivery).await?)
    }

    /// Sends a delivery again at once, whether it was delivered, given up or waits for its next attempt.
    pub async fn replay(
        &self,
        user: &User,
        id: &JobId,
    ) -> Result<(Delivery, Vec<DeliveryAttempt>), OutgoingError> {
        self.delivery(user, id).await?;
        let row =
            audit_row(&self.clock, Some(user), "delivery.replay", ("delivery", id.as_str()), None, None);
        if !self.store.with_audit(row).deliveries().replay(id, self.clock.now()).await? {
            return Err(OutgoingError::NotReplayable);
        }
        self.delivery(user, id).await
    }
}
