//! The audit: who changed what.

use serde_json::{Map, Value};

use super::{Access, AccessError, AccountAccess, Admin};
use crate::clock::Clock;
use crate::model::{Audit, User};
use crate::store::AuditFilter;

/// An audit row, for [`crate::store::Store::with_audit`] to write with a change.
///
/// `caller` is None on the command line, which has no signed-in user.
pub fn audit_row(
    clock: &Clock,
    caller: Option<&User>,
    action: &str,
    (thing, thing_id): (&str, &str),
    was: Option<Value>,
    became: Option<Value>,
) -> Audit {
    Audit {
        id: clock.id(),
        actor_id: caller.map(|user| user.id.clone()),
        action: action.to_owned(),
        thing: thing.to_owned(),
        thing_id: thing_id.to_owned(),
        was,
        became,
        create_at: clock.now(),
    }
}

impl Audit {
    /// Returns the row with only the keys whose values differ between the two objects.
    #[must_use]
    pub fn only_differences(self) -> Self {
        let (was, became) = differences(self.was, self.became);
        Self { was, became, ..self }
    }
}

impl Access {
    /// Returns the audit row of a change to an account, with only the keys of `was` and `became` that differ.
    pub(super) fn account_audit(
        &self,
        caller: Option<&User>,
        action: &str,
        account: &User,
        was: Option<Value>,
        became: Option<Value>,
    ) -> Audit {
        audit_row(&self.clock, caller, action, ("user", account.id.as_str()), was, became).only_differences()
    }

    /// Returns a page of what an account changed, newest first.
    pub async fn audit_of(
        &self,
        account: &AccountAccess,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Audit>, AccessError> {
        self.user(account.id()).await?;
        let filter = AuditFilter { actor: Some(account.id().clone()), ..AuditFilter::default() };
        Ok(self.store.audit_page(&filter, offset, limit).await?)
    }

    /// Returns a page of what all accounts changed, newest first.
    pub async fn audit_page(&self, _: &Admin, offset: i64, limit: i64) -> Result<Vec<Audit>, AccessError> {
        Ok(self.store.audit_page(&AuditFilter::default(), offset, limit).await?)
    }

    /// Returns audit rows, newest first.
    pub async fn audit(
        &self,
        _: &Admin,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<Audit>, AccessError> {
        Ok(self.store.audit(filter, limit).await?)
    }
}

/// Reduces two objects to the keys whose values differ. Other values are returned unchanged.
fn differences(was: Option<Value>, became: Option<Value>) -> (Option<Value>, Option<Value>) {
    match (was, became) {
        (Some(Value::Object(was)), Some(Value::Object(became))) => {
            let only = |of: &Map<String, Value>, other: &Map<String, Value>| {
                let changed = of.iter().filter(|(key, value)| other.get(*key) != Some(value));
                Value::Object(changed.map(|(key, value)| (key.clone(), value.clone())).collect())
            };
            (Some(only(&was, &became)), Some(only(&became, &was)))
        }
        other => other,
    }
}
