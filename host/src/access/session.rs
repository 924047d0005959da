//! Somebody's sign-ins: seeing and ending them.

use serde_json::json;

use super::{Access, AccessError, rules};
use crate::model::{LiveSession, SessionId, Timestamp, User, UserId};

/// Most sessions listed of one account.
const MAX_LISTED: i64 = 1_000;

impl Access {
    /// One's own sign-ins, or as administrator anybody's; the last used first.
    pub async fn sessions(&self, by: &User, id: &UserId) -> Result<(User, Vec<LiveSession>), AccessError> {
        rules::manage_account(by, id)?;
        let user = self.user(id).await?;
        let sessions = self.store.sessions_of(id, self.clock.now(), self.idle_since(), MAX_LISTED).await?;
        Ok((user, sessions))
    }

    /// Ends one sign-in, or all. Sockets close; whoever still has a session connects again.
    pub async fn end_sessions(
        &self,
        by: &User,
        id: &UserId,
        only: Option<&SessionId>,
    ) -> Result<(), AccessError> {
        rules::manage_account(by, id)?;
        let user = self.user(id).await?;
        let which = only.map_or("all", SessionId::as_str);
        let note = self.note(Some(by), "user.sessions.end", &user, Some(json!({"session": which})), None);
        let ended = self.store.end_sessions(id, only, note).await?;
        if only.is_some() && ended == 0 {
            return Err(AccessError::NotFound("session of this account"));
        }
        self.recheck(id);
        Ok(())
    }

    /// A session not used since then has ended.
    pub(super) fn idle_since(&self) -> Timestamp {
        self.clock.now().minus(self.session_idle)
    }
}
