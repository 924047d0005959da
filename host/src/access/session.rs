//! The sender of a request, and an account's sign-ins: listing and ending them.

use std::sync::Arc;

use serde_json::json;

use super::checks::check_text;
use super::{Access, AccessError, AccountAccess, Admin, audit_row};
use crate::model::{Kind, LiveSession, Session, SessionId, Timestamp, TokenId, User};

/// Most sessions listed for one account.
const MAX_LISTED: i64 = 1_000;

/// The longest name of a device, in characters. A longer one is refused.
const MAX_DEVICE: usize = 512;

/// The sender of a request, and how they proved who they are.
#[derive(Debug, Clone)]
pub struct Principal {
    pub user: Arc<User>,
    pub credential: Credential,
}

/// The credential that a request carried.
#[derive(Debug, Clone)]
pub enum Credential {
    Session(Session),
    AccessToken(TokenId),
}

impl Access {
    /// Returns the account's sign-ins, the last used first.
    pub async fn sessions(&self, account: &AccountAccess) -> Result<(User, Vec<LiveSession>), AccessError> {
        let user = self.user(account.id()).await?;
        let sessions =
            self.store.sessions_of(&user.id, self.clock.now(), self.idle_since(), MAX_LISTED).await?;
        Ok((user, sessions))
    }

    /// Ends one sign-in, or all. All sockets of the account close; clients that still have a session reconnect.
    pub async fn end_sessions(
        &self,
        account: &AccountAccess,
        only: Option<&SessionId>,
    ) -> Result<(), AccessError> {
        let user = self.user(account.id()).await?;
        let which = only.map_or("all", SessionId::as_str);
        let audit = self.account_audit(
            Some(account.caller()),
            "user.sessions.end",
            &user,
            Some(json!({"session": which})),
            None,
        );
        let ended = self.store.end_sessions(&user.id, only, audit).await?;
        if let (Some(id), 0) = (only, ended) {
            let exists = self.store.has_session(id).await?;
            return Err(if exists { AccessError::ForeignSession } else { AccessError::NoSuchSession });
        }
        self.recheck(&user.id);
        Ok(())
    }

    /// Attaches a device to the sign-in that the request was made with, and ends earlier ones of that device. A
    /// personal access token has no device.
    pub async fn attach_device(&self, principal: &Principal, device: &str) -> Result<(), AccessError> {
        check_device(device)?;
        if let Credential::Session(session) = &principal.credential
            && self.store.set_device(session, device).await? > 0
        {
            self.recheck(&principal.user.id);
        }
        Ok(())
    }

    /// Ends all sign-ins of all accounts.
    pub async fn end_all_sessions(&self, admin: &Admin) -> Result<(), AccessError> {
        let row = audit_row(&self.clock, Some(admin.user()), "sessions.end", ("server", "all"), None, None);
        for user in self.store.with_audit(row).end_all_sessions().await? {
            self.recheck(&user);
        }
        Ok(())
    }

    /// Returns the time before which a session's last use makes it expire.
    pub(super) fn idle_since(&self) -> Timestamp {
        self.clock.now().minus(self.session_idle)
    }
}

/// Checks the name of a device. It is stored as the client sends it.
pub(super) fn check_device(device: &str) -> Result<(), AccessError> {
    check_text(Kind::Session, "device_id", device, MAX_DEVICE)
}
