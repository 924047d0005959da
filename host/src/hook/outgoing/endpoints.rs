//! The addresses of outgoing webhooks: pausing them, and the secrets that sign what is sent there.

use std::time::Duration;

use super::{OutgoingError, OutgoingHooks, new_signing_secret};
use crate::model::{EndpointId, HookEndpoint, Kind, OutgoingHookId, User};
use crate::secret::Secret;

/// Why an address is disabled that a user paused.
const PAUSED: &str = "a user paused it";

impl OutgoingHooks {
    /// Returns the addresses of a hook that the user may manage.
    pub async fn endpoints(
        &self,
        user: &User,
        hook: &OutgoingHookId,
    ) -> Result<Vec<HookEndpoint>, OutgoingError> {
        self.managed_hook(user, hook).await?;
        Ok(self.store.outgoing().endpoints(hook).await?)
    }

    /// Returns an address of a hook that the user may manage.
    pub async fn endpoint(&self, user: &User, id: &EndpointId) -> Result<HookEndpoint, OutgoingError> {
        self.check_enabled()?;
        if let Some(endpoint) = self.store.outgoing().endpoint(id).await?
            && let Some(hook) = self.store.outgoing().get(&endpoint.hook_id).await?
            && self.manages(user, &hook).await?
        {
            return Ok(endpoint);
        }
        Err(self.unseen_error(user, Kind::Endpoint).await?)
    }

    /// Disables an address. What is sent there is held until it is enabled.
    pub async fn pause(&self, user: &User, id: &EndpointId) -> Result<HookEndpoint, OutgoingError> {
        let endpoint = self.endpoint(user, id).await?;
        if endpoint.disabled_at.is_never() {
            let store = self.recording_endpoint(user, "endpoint.pause", &endpoint);
            store.outgoing().disable(id, PAUSED, self.clock.now()).await?;
        }
        self.endpoint(user, id).await
    }

    /// Enables an address, and sends what was held, the oldest first.
    pub async fn resume(&self, user: &User, id: &EndpointId) -> Result<HookEndpoint, OutgoingError> {
        let endpoint = self.endpoint(user, id).await?;
        if !endpoint.disabled_at.is_never() {
            let store = self.recording_endpoint(user, "endpoint.resume", &endpoint);
            store.outgoing().enable(id, self.clock.now()).await?;
        }
        self.endpoint(user, id).await
    }

    /// Gives an address a new secret and returns it. The old one signs too for `overlap`.
    pub async fn rotate_secret(
        &self,
        user: &User,
        id: &EndpointId,
        overlap: Duration,
    ) -> Result<(HookEndpoint, Secret), OutgoingError> {
        let endpoint = self.endpoint(user, id).await?;
        let secret = new_signing_secret();
        let store = self.recording_endpoint(user, "endpoint.rotate_secret", &endpoint);
        let until = self.clock.now().plus(overlap);
        if !store.outgoing().rotate(id, self.sealer.seal(&secret), until).await? {
            return Err(OutgoingError::NotFound(Kind::Endpoint));
        }
        Ok((self.endpoint(user, id).await?, secret))
    }
}
