//! The record of who let whom into places, out of them, and to what rights there.

use serde_json::Value;

use super::Chat;
use crate::model::{Audit, User};
use crate::store::Store;

impl Chat {
    /// The store, whose next unit of work also writes that `by` changed this: for one call that does change something.
    pub(super) fn recording(
        &self,
        by: &User,
        action: &str,
        (thing, thing_id): (&str, &str),
        was: Option<Value>,
        became: Option<Value>,
    ) -> Store {
        self.store.with_audit(Audit {
            id: self.clock.id(),
            actor_id: Some(by.id.clone()),
            action: action.to_owned(),
            thing: thing.to_owned(),
            thing_id: thing_id.to_owned(),
            was,
            became,
            create_at: self.clock.now(),
        })
    }
}
