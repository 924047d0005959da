//! What an account is: active or not, its roles, a guest or not, its password.

use serde_json::json;

use super::account::invalid;
use super::throttle::Attempt;
use super::{Access, AccessError, Credential, Principal, password, rules};
use crate::model::{User, UserId};
use crate::store::NewRoles;

impl Access {
    /// Deactivates an account, whose sessions, sockets and bots end with it; or activates it again.
    pub async fn set_active(&self, by: &User, id: &UserId, active: bool) -> Result<(), AccessError> {
        rules::administer(by)?;
        let user = self.user(id).await?;
        let action = if active { "user.activate" } else { "user.deactivate" };
        self.switch(by, &user, active, action).await
    }

    pub(super) async fn switch(
        &self,
        by: &User,
        user: &User,
        active: bool,
        action: &str,
    ) -> Result<(), AccessError> {
        if active == user.delete_at.is_never() {
            return Ok(());
        }
        let (was, became) = (json!({"active": !active}), json!({"active": active}));
        let note = self.note(Some(by), action, user, Some(was), Some(became));
        let changed = self.store.set_active(&user.id, active, self.clock.now(), note).await?;
        let changed = changed.ok_or(AccessError::LastAdmin)?;
        for id in &changed {
            if !active {
                self.recheck(id);
            }
            if let Some(user) = self.store.user(id).await? {
                self.tell_user_updated(&user).await;
            }
        }
        Ok(())
    }

    /// Gives an account other roles: `system_user`, with `system_admin` or without.
    pub async fn set_roles(&self, by: &User, id: &UserId, roles: &str) -> Result<(), AccessError> {
        rules::administer(by)?;
        let mut wanted: Vec<&str> = roles.split_ascii_whitespace().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let known = [rules::SYSTEM_ADMIN, rules::SYSTEM_USER];
        if !wanted.contains(&rules::SYSTEM_USER) || !wanted.iter().all(|role| known.contains(role)) {
            let reason =
                "`system_user`, or `system_user system_admin`; guests are made by `demote`".to_owned();
            return Err(invalid("roles", reason));
        }
        let user = self.user(id).await?;
        if rules::accounts::is_guest(&user) {
            return Err(invalid("roles", "this account is a guest: `promote` it first".to_owned()));
        }
        let roles = wanted.join(" ");
        self.write_roles(by, &user, "user.roles", NewRoles { system: &roles, team_and_channel: None }).await
    }

    /// Makes an account a guest, or a guest a member.
    pub async fn set_guest(&self, by: &User, id: &UserId, guest: bool) -> Result<(), AccessError> {
        rules::administer(by)?;
        let user = self.user(id).await?;
        if guest == rules::accounts::is_guest(&user) {
            return Ok(());
        }
        if guest && (rules::is_admin(&user) || user.is_bot) {
            let reason = "an administrator or a bot cannot be a guest".to_owned();
            return Err(invalid("user_id", reason));
        }
        let roles = if guest {
            let places = Some((rules::TEAM_GUEST, rules::CHANNEL_GUEST));
            NewRoles { system: rules::SYSTEM_GUEST, team_and_channel: places }
        } else {
            NewRoles {
                system: rules::SYSTEM_USER,
                team_and_channel: Some((rules::TEAM_USER, rules::CHANNEL_USER)),
            }
        };
        self.write_roles(by, &user, if guest { "user.demote" } else { "user.promote" }, roles).await
    }

    /// Sets one's own password, given the present one; or as administrator anybody else's. Other sessions end.
    pub async fn change_password(
        &self,
        by: &Principal,
        id: &UserId,
        current: String,
        new: String,
    ) -> Result<(), AccessError> {
        rules::manage_account(&by.user, id)?;
        let user = self.user(id).await?;
        if user.is_bot {
            return Err(invalid("user_id", "a bot has no password: it signs in with tokens".to_owned()));
        }
        let own = by.user.id == user.id;
        if own {
            let attempt = Attempt::of(Some(&user.id), "", None);
            self.throttle.begin(&attempt, self.clock.now())?;
            let hash = self.store.login(&user.username).await?.and_then(|(_, hash)| hash);
            if !password::verify(current, hash).await? {
                return Err(AccessError::WrongPassword);
            }
            self.throttle.succeeded(&attempt);
        }
        self.check_password(&new)?;
        let hash = password::hash(new).await?;
        let note = self.note(Some(&by.user), "user.password", &user, None, None);
        let keep = match &by.proof {
            Credential::Session(session) if own => Some(&session.id),
            _ => None,
        };
        self.store.with_audit(note).change_password(&user.id, hash, keep, self.clock.now()).await?;
        // Whoever still has a session connects again.
        self.recheck(&user.id);
        Ok(())
    }

    async fn write_roles(
        &self,
        by: &User,
        user: &User,
        action: &str,
        roles: NewRoles<'_>,
    ) -> Result<(), AccessError> {
        let (was, became) = (json!({"roles": user.roles}), json!({"roles": roles.system}));
        let note = self.note(Some(by), action, user, Some(was), Some(became));
        if !self.store.set_roles(&user.id, roles, self.clock.now(), note).await? {
            return Err(AccessError::LastAdmin);
        }
        // Sockets that are open ask as what the account is from now on.
        self.recheck(&user.id);
        let user = self.user(&user.id).await?;
        self.tell_user_updated(&user).await;
        Ok(())
    }
}
