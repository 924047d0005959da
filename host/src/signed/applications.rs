//! Creating and changing applications. A key is returned once, is sealed at rest, and otherwise never leaves this
//! module.

mod checks;

use std::time::Duration;

use serde_json::{Value, json};

use self::checks::check_code;
use crate::access::{Access, AccessError, Authority, audit_row};
use crate::clock::Clock;
use crate::model::{Application, ApplicationId, Dialect, LastUse, Strength, Timestamp, User};
use crate::secret::{Sealer, Secret, random_key};
use crate::store::{ApplicationChange, Store, StoreError};

/// How long an old key may stay valid after a rotation.
const MAX_OVERLAP: Duration = Duration::from_hours(30 * 24);

/// Creates, changes and lists applications. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Applications {
    pub store: Store,
    pub access: Access,
    pub clock: Clock,
    pub sealer: Sealer,
}

/// A request to create an application.
#[derive(Debug, Clone)]
pub struct NewApplication {
    pub name: String,
    pub code: String,
    /// The username of the author of its messages.
    pub account: Option<String>,
    pub free: bool,
    pub addresses: String,
    pub dialects: Vec<Dialect>,
    pub strengths: Vec<Strength>,
}

/// Changes to an application. None leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ApplicationEdit {
    pub name: Option<String>,
    /// An empty username unbinds the account.
    pub account: Option<String>,
    pub free: Option<bool>,
    pub addresses: Option<String>,
    pub dialects: Option<Vec<Dialect>>,
    pub strengths: Option<Vec<Strength>>,
    pub enabled: Option<bool>,
}

/// An application with a new key. The key is not returned again.
#[derive(Debug)]
pub struct IssuedKey {
    pub application: Application,
    pub key: Secret,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplicationError {
    #[error("`{field}` is not valid: {reason}")]
    Invalid { field: &'static str, reason: String },
    #[error("an application with the code `{0}` exists already; choose another code")]
    Taken(String),
    #[error("there is no such application; list the applications")]
    NotFound,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Default for NewApplication {
    fn default() -> Self {
        Self {
            name: String::new(),
            code: String::new(),
            account: None,
            free: false,
            addresses: "*".to_owned(),
            dialects: Dialect::ALL.to_vec(),
            strengths: Strength::ALL.to_vec(),
        }
    }
}

/// Names `authority` in the audit row.
impl Applications {
    pub async fn create(
        &self,
        authority: Authority<'_>,
        new: NewApplication,
    ) -> Result<IssuedKey, ApplicationError> {
        check_code(&new.code)?;
        let (key, now) = (random_key(), self.clock.now());
        let blank = Application {
            id: self.clock.id(),
            name: String::new(),
            code: new.code,
            sealed_key: self.sealer.seal(&key),
            previous_key: None,
            previous_until: Timestamp::NEVER,
            account_id: None,
            free: false,
            bot_id: None,
            addresses: String::new(),
            dialects: Vec::new(),
            strengths: Vec::new(),
            enabled: true,
            called_time: 0,
            used: LastUse::default(),
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        };
        if self.store.application_target(&blank.code).await?.is_some() {
            return Err(ApplicationError::Taken(blank.code));
        }
        let edit = ApplicationEdit {
            name: Some(new.name),
            account: new.account,
            free: Some(new.free),
            addresses: Some(new.addresses),
            dialects: Some(new.dialects),
            strengths: Some(new.strengths),
            enabled: None,
        };
        let change = self.check_edit(&blank, edit).await?;
        let application = apply(blank, change);
        let becomes = Some(audit_value(&application));
        let store = self.audited_store(authority, "application.create", &application, None, becomes);
        match store.create_application(application.clone()).await {
            Err(error) if error.is_conflict() => Err(ApplicationError::Taken(application.code)),
            created => Ok(created.map(|()| IssuedKey { application, key })?),
        }
    }

    pub async fn find(&self, id: &ApplicationId) -> Result<Application, ApplicationError> {
        self.store.application(id).await?.ok_or(ApplicationError::NotFound)
    }

    pub async fn find_by_code(&self, code: &str) -> Result<Application, ApplicationError> {
        let target = self.store.application_target(code).await?;
        target.map(|target| target.application).ok_or(ApplicationError::NotFound)
    }

    /// Returns a page of applications, oldest first, that begins after this moment and id.
    pub async fn list(
        &self,
        after: Option<&(Timestamp, ApplicationId)>,
        limit: i64,
    ) -> Result<Vec<Application>, ApplicationError> {
        Ok(self.store.applications(after, limit).await?)
    }

    pub async fn change(
        &self,
        authority: Authority<'_>,
        id: &ApplicationId,
        edit: ApplicationEdit,
    ) -> Result<Application, ApplicationError> {
        let before = self.find(id).await?;
        let change = self.check_edit(&before, edit).await?;
        let after = apply(before.clone(), change.clone());
        let (was, becomes) = (Some(audit_value(&before)), Some(audit_value(&after)));
        let store = self.audited_store(authority, "application.update", &before, was, becomes);
        store.change_application(id, change, self.clock.now()).await?;
        self.find(id).await
    }

    /// Gives an application a new key. The old one stays valid for `overlap`, so that calls do not fail until the
    /// application has the new one.
    pub async fn rotate(
        &self,
        authority: Authority<'_>,
        id: &ApplicationId,
        overlap: Duration,
    ) -> Result<IssuedKey, ApplicationError> {
        if overlap > MAX_OVERLAP {
            let reason = format!("it must be at most {} seconds", MAX_OVERLAP.as_secs());
            return Err(ApplicationError::Invalid { field: "overlap_s", reason });
        }
        let (key, now) = (random_key(), self.clock.now());
        let sealed = self.sealer.seal(&key);
        let (application, until) = (self.find(id).await?, now.plus(overlap));
        let becomes = Some(json!({"previous_key_until": until}));
        let store = self.audited_store(authority, "application.rotate", &application, None, becomes);
        store.rotate_application_key(id, sealed, until, now).await?;
        Ok(IssuedKey { application: self.find(id).await?, key })
    }

    pub async fn delete(&self, authority: Authority<'_>, id: &ApplicationId) -> Result<(), ApplicationError> {
        let application = self.find(id).await?;
        let was = Some(audit_value(&application));
        let store = self.audited_store(authority, "application.delete", &application, was, None);
        let deleted = store.delete_application(id, self.clock.now()).await?;
        if deleted { Ok(()) } else { Err(ApplicationError::NotFound) }
    }

    /// Returns the author of its messages.
    pub async fn account(&self, application: &Application) -> Result<Option<User>, ApplicationError> {
        let Some(id) = application.account_id.as_ref().or(application.bot_id.as_ref()) else {
            return Ok(None);
        };
        Ok(self.store.user(id).await?)
    }

    /// Unseals a key of an application. Returns None if that fails because the key file was replaced.
    pub(super) fn open(&self, application: &Application, sealed: &[u8]) -> Option<Secret> {
        let opened = self.sealer.open(sealed);
        if opened.is_err() {
            tracing::warn!(application = %application.id, "cannot unseal a key; was the data directory's key file replaced?");
        }
        opened.ok()
    }

    pub(super) fn seal(&self, key: &Secret) -> Vec<u8> {
        self.sealer.seal(key)
    }

    /// Returns the store; its next unit of work also writes the audit row.
    fn audited_store(
        &self,
        authority: Authority<'_>,
        action: &str,
        application: &Application,
        was: Option<Value>,
        became: Option<Value>,
    ) -> Store {
        let thing = ("application", application.id.as_str());
        self.store.with_audit(
            audit_row(&self.clock, authority.user(), action, thing, was, became).only_differences(),
        )
    }
}

/// Returns what an audit row says about an application, which never includes its keys.
fn audit_value(application: &Application) -> Value {
    json!({
        "name": application.name, "code": application.code, "account_id": application.account_id,
        "free": application.free, "addresses": application.addresses, "dialects": application.dialects,
        "rungs": application.strengths, "enabled": application.enabled,
    })
}

fn apply(application: Application, change: ApplicationChange) -> Application {
    let ApplicationChange { name, account_id, free, bot_id, addresses, dialects, strengths, enabled } =
        change;
    Application { name, account_id, free, bot_id, addresses, dialects, strengths, enabled, ..application }
}
