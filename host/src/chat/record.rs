//! Audit rows about memberships and roles: who added, removed or promoted whom.

use serde_json::Value;

use super::Chat;
use crate::access::audit_row;
use crate::model::User;
use crate::store::Store;

impl Chat {
    /// Returns the store with an audit row of this change by `by`, for one call that does change something.
    pub(super) fn recording(
        &self,
        by: &User,
        action: &str,
        thing: (&str, &str),
        was: Option<Value>,
        became: Option<Value>,
    ) -> Store {
        self.store.with_audit(audit_row(&self.clock, Some(by), action, thing, was, became))
    }
}
