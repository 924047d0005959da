//! The record of who let whom into places, out of them, and to what rights there.

use serde_json::Value;

use super::Chat;
use crate::access::audit_row;
use crate::model::User;
use crate::store::Store;

impl Chat {
    /// The store, whose next unit of work also writes that `by` changed this: for one call that does change something.
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
