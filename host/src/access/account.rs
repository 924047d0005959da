//! Accounts: creating and finding them.

use serde_json::{Map, Value, json};

use super::checks::{MAX_NAME, check_email, check_text, check_username};
use super::invitation::{InvitationKey, invited_member};
use super::profile::check_locale;
use super::{Access, AccessError, ProfileChange, rules};
use crate::model::wire::UserResponse;
use crate::model::{Kind, TimeZone, Timestamp, User, UserId, plain_name, role};
use crate::secret::random_id;
use crate::store::{Enrolment, NewUser, Store, StoreError};

/// An account to create.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    pub username: String,
    pub email: String,
    pub password: String,
    pub nickname: String,
    pub first_name: String,
    pub last_name: String,
    pub locale: String,
    /// What else the account has from the start.
    pub profile: ProfileChange,
}

impl Access {
    /// Creates an account for a client. The very first one becomes an administrator, and needs a client on the server's
    /// machine (`is_local`) or the setup token; later ones need an administrator, open sign-up or an invitation.
    pub async fn sign_up(
        &self,
        mut new: NewAccount,
        caller: Option<&User>,
        invitation: Option<InvitationKey>,
        is_local: bool,
    ) -> Result<User, AccessError> {
        if !caller.is_some_and(rules::is_admin) {
            new.profile.email_verified = None;
        }
        if new.username.is_empty() {
            new.username = random_id();
        }
        if !self.store.any_user().await? {
            self.check_setup(invitation.as_ref(), is_local)?;
            let first = self.prepare(new.clone(), &[role::SYSTEM_ADMIN, role::SYSTEM_USER]).await?;
            let mut first = Enrolment::of(first);
            first.first = true;
            match self.enrol(None, "user.create", first).await {
                // Another request created the first account meanwhile; a name cannot be taken for another reason yet.
                Err(AccessError::Taken(_)) => {}
                made => return made,
            }
        }
        if invitation.is_none() && !self.open_signup && !caller.is_some_and(rules::is_admin) {
            return Err(AccessError::SignupClosed);
        }
        let admission = self.admission(invitation, &new.email).await?;
        let mut enrolment = Enrolment::of(self.prepare(new, &[role::SYSTEM_USER]).await?);
        if let Some(admission) = admission {
            if let Some(team) = admission.team {
                rules::join_by_address(&enrolment.new.user, &team)?;
                enrolment.team = Some(invited_member(team.id, &enrolment.new.user));
            }
            enrolment.invitation = admission.digest;
        }
        self.enrol(caller, "user.create", enrolment).await
    }

    /// Creates an account without a permission check: for the command line and `dev`.
    pub async fn create_account(&self, new: NewAccount, admin: bool) -> Result<User, AccessError> {
        let roles: &[&str] =
            if admin { &[role::SYSTEM_ADMIN, role::SYSTEM_USER] } else { &[role::SYSTEM_USER] };
        let prepared = self.prepare(new, roles).await?;
        self.enrol(None, "user.create", Enrolment::of(prepared)).await
    }

    pub(super) async fn enrol(
        &self,
        caller: Option<&User>,
        action: &str,
        enrolment: Enrolment,
    ) -> Result<User, AccessError> {
        let made = &enrolment.new.user;
        let became = json!(UserResponse::public(made.clone()));
        let row = self.account_audit(caller, action, made, None, Some(became));
        self.enrol_in(&self.store.with_audit(row), enrolment).await
    }

    /// Creates an account in a unit of work with what the store adds to it.
    pub(super) async fn enrol_in(&self, store: &Store, enrolment: Enrolment) -> Result<User, AccessError> {
        let new = enrolment.new.user.clone();
        let user = if enrolment.team.is_some() {
            self.change_members(store.enrol(enrolment)).await
        } else {
            store.enrol(enrolment).await
        };
        let user = match user {
            Ok(user) => user,
            // Another request used the invitation after it was checked.
            Err(StoreError::Missing(_)) => return Err(AccessError::BadInvitation),
            Err(error) => return Err(self.name_conflict(error, &new).await),
        };
        self.publish_new_user(&user).await;
        Ok(user)
    }

    /// Returns the error of a change that sets an account's names. A conflict means that one of them is taken; which
    /// one is looked up, because a database does not say.
    pub(super) async fn name_conflict(&self, error: StoreError, user: &User) -> AccessError {
        if !error.is_conflict() {
            return error.into();
        }
        match self.store.user_by_username(&user.username).await {
            Ok(Some(other)) if other.id != user.id => AccessError::Taken(Kind::Username),
            Ok(_) => AccessError::Taken(Kind::EmailAddress),
            Err(error) => error.into(),
        }
    }

    pub async fn user(&self, id: &UserId) -> Result<User, AccessError> {
        self.store.user(id).await?.ok_or(AccessError::NotFound(Kind::Account))
    }

    pub async fn user_by_username(&self, username: &str) -> Result<User, AccessError> {
        self.store.user_by_username(username).await?.ok_or(AccessError::NotFound(Kind::Username))
    }

    async fn prepare(&self, mut new: NewAccount, roles: &[&str]) -> Result<NewUser, AccessError> {
        new.username = new.username.to_lowercase();
        new.email = new.email.to_lowercase();
        check_username(&new.username)?;
        check_email(&new.email)?;
        if !new.locale.is_empty() {
            check_locale(&new.locale)?;
        }
        for (field, name) in
            [("nickname", &new.nickname), ("first_name", &new.first_name), ("last_name", &new.last_name)]
        {
            check_text(Kind::Account, field, name, MAX_NAME)?;
        }
        self.check_password(&new.password)?;
        let user = std::mem::take(&mut new.profile).applied_to(self.blank(&new, roles))?;
        Ok(NewUser { user, password_hash: Some(self.hash_password(new.password).await?) })
    }

    pub(super) fn blank(&self, new: &NewAccount, roles: &[&str]) -> User {
        let now = self.clock.now();
        User {
            id: self.clock.id(),
            number: 0,
            username: new.username.clone(),
            email: new.email.clone(),
            nickname: plain_name(&new.nickname),
            first_name: plain_name(&new.first_name),
            last_name: plain_name(&new.last_name),
            position: String::new(),
            locale: if new.locale.is_empty() { "en".to_owned() } else { new.locale.clone() },
            roles: roles.join(" "),
            is_bot: false,
            props: Map::new(),
            notify_props: notify_props(),
            timezone: TimeZone::default(),
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
            last_password_update: now,
            bot_description: String::new(),
            picture_at: Timestamp::NEVER,
            email_verified: false,
            mfa_active: false,
        }
    }
}

/// Returns a new account's notification settings, in the wire's terms.
fn notify_props() -> Map<String, Value> {
    [
        ("channel", "true"),
        ("comments", "never"),
        ("desktop", "mention"),
        ("desktop_sound", "true"),
        ("desktop_threads", "all"),
        ("email", "true"),
        ("email_threads", "all"),
        ("first_name", "false"),
        ("mention_keys", ""),
        ("push", "mention"),
        ("push_status", "away"),
        ("push_threads", "all"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), Value::from(value)))
    .collect()
}
