//! Making a person's account a bot's, and a bot's a person's.

use serde_json::json;

use super::{Access, AccessError, Admin, BotAccess, ProfileChange, rules};
use crate::model::{Bot, Kind, User, UserId, role};

impl Access {
    /// Makes an account a bot that owns itself: an administrator assigns it afterwards. Its password is removed and its
    /// sign-ins end; its access tokens stay, because a bot signs in with nothing else.
    pub async fn convert_to_bot(&self, admin: &Admin, id: &UserId) -> Result<Bot, AccessError> {
        let was = self.user(id).await?;
        if was.is_bot {
            return Err(AccessError::invalid(Kind::Account, "user_id", "this account is a bot already"));
        }
        if rules::is_guest(&was) || !was.delete_at.is_never() {
            let reason = "guests and deactivated accounts cannot become bots";
            return Err(AccessError::invalid(Kind::Account, "user_id", reason));
        }
        let (before, after) = (json!({"is_bot": false}), json!({"is_bot": true}));
        let audit = self.account_audit(Some(admin.user()), "user.to_bot", &was, Some(before), Some(after));
        let shown = was.display_name();
        if !self.store.convert_to_bot(id, &shown, self.clock.now(), audit).await? {
            return Err(AccessError::LastAdmin);
        }
        self.recheck(id);
        let bot = self.store.bot(id).await?.ok_or(AccessError::NotFound(Kind::Bot))?;
        self.publish_user_updated(&bot.user).await;
        Ok(bot)
    }

    /// Makes a bot an account that signs in with a password, an administrator if wanted. A plugin's bot stays one.
    pub async fn convert_to_user(
        &self,
        admin: &Admin,
        bot: &BotAccess,
        password: String,
        change: ProfileChange,
        becomes_admin: bool,
    ) -> Result<User, AccessError> {
        let Bot { user: was, owner_id } = bot.bot();
        if owner_id.is_none() {
            let reason = "this bot belongs to a plugin or an application; it stays a bot";
            return Err(AccessError::invalid(Kind::Bot, "bot_user_id", reason));
        }
        self.check_password(&password)?;
        let mut user = change.applied_to(was.clone())?;
        let hash = self.hash_password(password).await?;
        (user.is_bot, user.update_at) = (false, self.clock.now());
        if becomes_admin {
            user.roles = format!("{} {}", role::SYSTEM_USER, role::SYSTEM_ADMIN);
        }
        let before = json!({"is_bot": true, "roles": was.roles});
        let after = json!({"is_bot": false, "roles": user.roles});
        let audit = self.account_audit(Some(admin.user()), "user.to_person", was, Some(before), Some(after));
        if let Err(error) = self.store.with_audit(audit).convert_to_user(user.clone(), hash).await {
            return Err(self.name_conflict(error, &user).await);
        }
        let user = self.user(&was.id).await?;
        self.recheck(&user.id);
        self.publish_user_updated(&user).await;
        Ok(user)
    }
}
