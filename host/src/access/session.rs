//! An account's sign-ins: listing and ending them.

use serde_json::json;

use super::{Access, AccessError, AccountAccess};
use crate::model::{Kind, LiveSession, SessionId, Timestamp, User};

/// Most sessions listed for one account.
const MAX_LISTED: i64 = 1_000;

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
        if only.is_some() && ended == 0 {
            return Err(AccessError::NotFound(Kind::Session));
        }
        self.recheck(&user.id);
        Ok(())
    }

    /// Returns the time before which a session's last use makes it expire.
    pub(super) fn idle_since(&self) -> Timestamp {
        self.clock.now().minus(self.session_idle)
    }
}
