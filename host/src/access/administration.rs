//! Changes of an account by administrators: whether it is active, its roles, whether it is a guest.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Access, AccessError, Admin, rules};
use crate::model::{Kind, User, UserId, role};
use crate::store::NewRoles;

/// The roles that an administrator gives to accounts.
const GIVEN: [&str; 5] = [
    role::SYSTEM_ADMIN,
    role::SYSTEM_USER,
    role::SYSTEM_USER_ACCESS_TOKEN,
    role::SYSTEM_POST_ALL,
    role::SYSTEM_POST_ALL_PUBLIC,
];

impl Access {
    /// Deactivates an account, and ends its sessions, sockets and bots; or activates it again.
    pub async fn set_active(&self, admin: &Admin, id: &UserId, active: bool) -> Result<(), AccessError> {
        let user = self.user(id).await?;
        let action = if active { "user.activate" } else { "user.deactivate" };
        self.switch(admin.user(), &user, active, action).await?;
        self.publish_activation().await;
        Ok(())
    }

    /// Deactivates an account as [`Self::set_active`] does, without telling all users that some account changed.
    pub async fn deactivate(&self, admin: &Admin, id: &UserId) -> Result<(), AccessError> {
        let user = self.user(id).await?;
        self.switch(admin.user(), &user, false, "user.deactivate").await
    }

    pub(super) async fn switch(
        &self,
        caller: &User,
        user: &User,
        active: bool,
        action: &str,
    ) -> Result<(), AccessError> {
        if active == user.delete_at.is_never() {
            return Ok(());
        }
        if active && user.is_bot {
            self.check_bot_owner(&user.id).await?;
        }
        let (was, became) = (json!({"active": !active}), json!({"active": active}));
        let audit = self.account_audit(Some(caller), action, user, Some(was), Some(became));
        let changed = self.store.set_active(&user.id, active, self.clock.now(), audit).await?;
        let changed = changed.ok_or(AccessError::LastAdmin)?;
        for id in &changed {
            if !active {
                self.recheck(id);
            }
            if let Some(user) = self.store.user(id).await? {
                self.publish_user_updated(&user).await;
            }
        }
        Ok(())
    }

    /// Sets an account's roles: `system_user`, with or without the others of [`GIVEN`].
    pub async fn set_roles(&self, admin: &Admin, id: &UserId, roles: &str) -> Result<(), AccessError> {
        let mut wanted: Vec<&str> = roles.split_ascii_whitespace().collect();
        // In the order of the request, each once.
        let mut seen = BTreeSet::new();
        wanted.retain(|role| seen.insert(*role));
        if !wanted.contains(&role::SYSTEM_USER) || !wanted.iter().all(|role| GIVEN.contains(role)) {
            let reason = "`system_user`, and with it `system_admin`, `system_user_access_token`, `system_post_all` or \
                          `system_post_all_public`; guests are made by `demote`";
            return Err(AccessError::invalid(Kind::Account, "roles", reason));
        }
        let user = self.user(id).await?;
        if rules::is_guest(&user) {
            return Err(AccessError::invalid(
                Kind::Account,
                "roles",
                "this account is a guest; `promote` it first",
            ));
        }
        let roles = wanted.join(" ");
        self.write_roles(
            admin.user(),
            &user,
            "user.roles",
            NewRoles { system: &roles, team_and_channel: None },
        )
        .await?;
        self.publish_roles(&user.id, &roles).await;
        Ok(())
    }

    /// Makes an account a guest, and stops its bots; or makes a guest a member. The bots then stay stopped until an
    /// administrator or their owner enables them.
    pub async fn set_guest(&self, admin: &Admin, id: &UserId, guest: bool) -> Result<(), AccessError> {
        let user = self.user(id).await?;
        if guest == rules::is_guest(&user) {
            return Ok(());
        }
        if guest && (rules::is_admin(&user) || user.is_bot) {
            let reason = "an administrator or a bot cannot be a guest".to_owned();
            return Err(AccessError::invalid(Kind::Account, "user_id", reason));
        }
        let roles = if guest {
            let places = Some((role::TEAM_GUEST, role::CHANNEL_GUEST));
            NewRoles { system: role::SYSTEM_GUEST, team_and_channel: places }
        } else {
            NewRoles {
                system: role::SYSTEM_USER,
                team_and_channel: Some((role::TEAM_USER, role::CHANNEL_USER)),
            }
        };
        self.write_roles(admin.user(), &user, if guest { "user.demote" } else { "user.promote" }, roles).await
    }

    async fn write_roles(
        &self,
        caller: &User,
        user: &User,
        action: &str,
        roles: NewRoles<'_>,
    ) -> Result<(), AccessError> {
        let (was, became) = (json!({"roles": user.roles}), json!({"roles": roles.system}));
        let audit = self.account_audit(Some(caller), action, user, Some(was), Some(became));
        let stopped = self.store.set_roles(&user.id, roles, self.clock.now(), audit).await?;
        let mut changed = stopped.ok_or(AccessError::LastAdmin)?;
        changed.push(user.id.clone());
        for id in &changed {
            // Open sockets must act with the account's new roles, and those of its bots must end.
            self.recheck(id);
            let user = self.user(id).await?;
            self.publish_user_updated(&user).await;
        }
        Ok(())
    }
}
