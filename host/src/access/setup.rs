//! The first account, which becomes the administrator. A stranger who finds a new server must not get it, so it is made
//! on the server's machine, or by a client that has the token from the server's log.

use std::net::IpAddr;

use serde_json::json;

use super::{Access, AccessError, InvitationKey, audit_row};
use crate::secret::{Secret, same};
use crate::store::StoreError;

impl Access {
    /// Lets a client with this token create the first account from another machine.
    #[must_use]
    pub fn with_setup_token(self, token: Secret) -> Self {
        Self { setup_token: Some(token), ..self }
    }

    /// Logs how to create the first account, if there is none. `was_used` is whether the data directory has been used
    /// before, so that accounts are missing rather than not made yet.
    pub async fn announce_setup(&self, site_url: &str, was_used: bool) -> Result<(), StoreError> {
        let Some(token) = &self.setup_token else { return Ok(()) };
        if self.store.any_user().await? {
            return Ok(());
        }
        if was_used {
            tracing::error!(
                "the database has no account, but the data directory has been used before; if there were accounts, stop \
                 this server now and check `database.url`, or restore the database"
            );
        }
        tracing::warn!(
            "this server has no account, and the first one becomes its administrator: create it with `jackfield admin \
             create-user`, or on this machine, or from elsewhere with POST {site_url}/api/v4/users?t={}",
            token.reveal()
        );
        Ok(())
    }

    /// Checks that a client may create the first account. `is_local` is whether it is on the server's machine.
    pub(super) fn check_setup(
        &self,
        invitation: Option<&InvitationKey>,
        is_local: bool,
    ) -> Result<(), AccessError> {
        let presents = match (invitation, &self.setup_token) {
            (Some(InvitationKey::Token(token)), Some(expected)) => same(token.reveal(), expected.reveal()),
            _ => false,
        };
        if is_local || presents { Ok(()) } else { Err(AccessError::SetupElsewhere) }
    }

    /// Audits that a proxy on this machine is not declared. A failure to do so is logged.
    pub async fn audit_undeclared_proxy(&self, peer: IpAddr) {
        let thing = ("setting", "server.trusted_proxies");
        let became = Some(json!({"undeclared": peer.to_string()}));
        let row = audit_row(&self.clock, None, "server.undeclared_proxy", thing, None, became);
        if let Err(error) = self.store.record_audit(row).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "an undeclared proxy was not audited");
        }
    }
}
