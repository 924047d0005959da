//! Bots: accounts that programs act as. They sign in with tokens only.

use std::sync::Arc;

use serde_json::json;

use super::checks::{MAX_NAME, check_text, check_username_of};
use super::{Access, AccessError, BotAccess, NewAccount, ProfileChange, rules};
use crate::model::wire::UserResponse;
use crate::model::{Audit, Bot, InstalledPlugin, Kind, User, UserId, role};
use crate::store::{BotFilter, Enrolment, NewUser, Quota, QuotaKind};

const MAX_DESCRIPTION: usize = 1024;

#[derive(Debug, Clone, Default)]
pub struct NewBot {
    pub username: String,
    pub display_name: String,
    pub description: String,
}

/// A change of a bot. Absent fields stay unchanged.
#[derive(Debug, Clone, Default)]
pub struct BotChange {
    pub username: Option<String>,
    pub display_name: Option<String>,
    pub description: Option<String>,
}

impl Access {
    /// Creates the account that an application of the signed API acts as. It cannot sign in.
    pub async fn create_bot(&self, username: &str, display_name: &str) -> Result<User, AccessError> {
        self.enrol(None, "bot.create", self.bot_of(None, named(username, display_name))).await
    }

    /// Returns the bot with this name that no account owns, and creates it if necessary. Returns None if the name
    /// belongs to another account.
    pub async fn server_bot(&self, username: &str, display_name: &str) -> Result<Option<User>, AccessError> {
        let Some(user) = self.store.user_by_username(username).await? else {
            return self.create_bot(username, display_name).await.map(Some);
        };
        let bot = self.store.bot(&user.id).await?;
        Ok(bot.filter(|bot| bot.owner_id.is_none()).map(|bot| bot.user))
    }

    /// Installs a plugin together with the account that authors its posts, in one unit of work. The account has the id
    /// `plugin.bot_user_id` and cannot sign in. `row` records the whole.
    pub async fn create_plugin(
        &self,
        row: Audit,
        username: &str,
        display_name: &str,
        plugin: InstalledPlugin,
        component: Vec<u8>,
    ) -> Result<User, AccessError> {
        let mut enrolment = self.bot_of(None, named(username, display_name));
        enrolment.new.user.id = plugin.bot_user_id.clone();
        enrolment.plugin = Some((plugin, component));
        self.enrol_in(&self.store.with_audit(row), enrolment).await
    }

    /// Creates a bot owned by the caller.
    pub async fn make_bot(&self, caller: &User, mut new: NewBot) -> Result<Bot, AccessError> {
        rules::make_bots(caller, self.member_bots)?;
        new.username = new.username.to_lowercase();
        check_username_of(Kind::Bot, &new.username)?;
        check_text(Kind::Bot, "display_name", &new.display_name, MAX_NAME)?;
        check_text(Kind::Bot, "description", &new.description, MAX_DESCRIPTION)?;
        let enrolment = self.bot_of(Some(caller), new);
        let bot = &enrolment.new.user;
        let became = json!(UserResponse::public(bot.clone()));
        let row = self.account_audit(Some(caller), "bot.create", bot, None, Some(became));
        let limit = Quota::new(QuotaKind::BotsOfAccount, &caller.id, self.bots_per_account);
        let user = self.enrol_in(&self.store.with_audit(row).with_quotas([limit]), enrolment).await?;
        Ok(Bot { user, owner_id: Some(caller.id.clone()) })
    }

    /// Proves that the caller may manage a bot. For other callers, the bot does not exist.
    pub async fn bot_access(&self, caller: Arc<User>, id: &UserId) -> Result<BotAccess, AccessError> {
        let bot = self.store.bot(id).await?.and_then(|bot| BotAccess::prove(caller, bot));
        bot.ok_or(AccessError::NotFound(Kind::Bot))
    }

    /// Returns the caller's bots, or all bots for an administrator. Refuses a caller who may not create bots, even one
    /// who was made the owner of some.
    pub async fn bots(
        &self,
        caller: &User,
        filter: BotFilter,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Bot>, AccessError> {
        let owner = if rules::is_admin(caller) { None } else { Some(caller.id.clone()) };
        rules::make_bots(caller, self.member_bots)?;
        Ok(self.store.bots(&BotFilter { owner, ..filter }, offset, limit).await?)
    }

    pub async fn update_bot(&self, access: &BotAccess, change: BotChange) -> Result<Bot, AccessError> {
        let Bot { user, owner_id } = access.bot();
        if let Some(description) = &change.description {
            check_text(Kind::Bot, "description", description, MAX_DESCRIPTION)?;
        }
        let profile = ProfileChange {
            username: change.username,
            first_name: change.display_name,
            bot_description: change.description,
            ..ProfileChange::default()
        };
        let user = self.write_profile(access.caller(), user, profile, "bot.update").await?;
        Ok(Bot { user, owner_id: owner_id.clone() })
    }

    pub async fn set_bot_active(&self, access: &BotAccess, active: bool) -> Result<Bot, AccessError> {
        let user = &access.bot().user;
        let action = if active { "bot.enable" } else { "bot.disable" };
        self.switch(access.caller(), user, active, action).await?;
        self.store.bot(&user.id).await?.ok_or(AccessError::NotFound(Kind::Bot))
    }

    /// Makes another account the owner of a bot.
    pub async fn assign_bot(&self, access: &BotAccess, owner: &UserId) -> Result<Bot, AccessError> {
        let Bot { user, owner_id, .. } = access.bot();
        let owner = self.user(owner).await?;
        if !rules::may_own_bots(&owner) {
            let reason = "a bot's owner must be an active account, and neither a bot nor a guest";
            return Err(AccessError::invalid(Kind::Bot, "user_id", reason));
        }
        let (was, became) = (json!({"owner_id": owner_id}), json!({"owner_id": owner.id}));
        let audit = self.account_audit(Some(access.caller()), "bot.assign", user, Some(was), Some(became));
        self.store.with_audit(audit).assign_bot(&user.id, &owner.id, self.clock.now()).await?;
        self.store.bot(&user.id).await?.ok_or(AccessError::NotFound(Kind::Bot))
    }

    /// Checks that a bot's owner may own running bots. A bot of a plugin has no owner.
    pub(super) async fn check_bot_owner(&self, bot: &UserId) -> Result<(), AccessError> {
        let Some(owner) = self.store.bot(bot).await?.and_then(|bot| bot.owner_id) else { return Ok(()) };
        if rules::may_own_bots(&self.user(&owner).await?) {
            return Ok(());
        }
        let reason = "the bot's owner is deactivated or a guest; assign the bot to another account first";
        Err(AccessError::invalid(Kind::Bot, "bot_user_id", reason))
    }

    /// Checks that the caller may manage an account's tokens: their own, those of a bot they own, or any as
    /// administrator.
    pub(super) async fn check_may_act_for(&self, caller: &User, id: &UserId) -> Result<(), AccessError> {
        match rules::manage_account(caller, id) {
            Ok(()) => Ok(()),
            Err(refused) => match self.store.bot(id).await? {
                Some(bot) if rules::manages_bot(caller, &bot) => Ok(()),
                _ => Err(refused),
            },
        }
    }

    fn bot_of(&self, owner: Option<&User>, new: NewBot) -> Enrolment {
        let account = NewAccount {
            email: format!("{}@localhost", new.username),
            username: new.username,
            first_name: new.display_name,
            ..NewAccount::default()
        };
        let mut user = self.blank(&account, &[role::SYSTEM_USER]);
        user.is_bot = true;
        user.bot_description = new.description;
        let mut enrolment = Enrolment::of(NewUser { user, password_hash: None });
        enrolment.bot = Some(owner.map(|owner| owner.id.clone()));
        enrolment
    }
}

fn named(username: &str, display_name: &str) -> NewBot {
    NewBot {
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        description: String::new(),
    }
}
