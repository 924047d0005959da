//! Bots: accounts that programs act as. They sign in with tokens only.

use serde_json::json;

use super::account::invalid;
use super::{Access, AccessError, NewAccount, ProfileChange, rules};
use crate::model::{Bot, InstalledPlugin, User, UserId};
use crate::store::{BotFilter, Enrolment, NewUser};

const MAX_DESCRIPTION: usize = 1024;

#[derive(Debug, Clone, Default)]
pub struct NewBot {
    pub username: String,
    pub display_name: String,
    pub description: String,
}

/// What shall be different; none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct BotChange {
    pub username: Option<String>,
    pub display_name: Option<String>,
    pub description: Option<String>,
}

impl Access {
    /// The account that an application of the signed API acts as: it cannot log in.
    pub async fn create_bot(&self, username: &str, display_name: &str) -> Result<User, AccessError> {
        self.enrol(None, "bot.create", self.bot_of(None, named(username, display_name))).await
    }

    /// Installs a plugin together with the account its own posts are by, which has the id `plugin.bot_user_id` and
    /// cannot log in: neither is ever there without the other.
    pub async fn create_plugin(
        &self,
        username: &str,
        display_name: &str,
        plugin: InstalledPlugin,
        component: Vec<u8>,
    ) -> Result<User, AccessError> {
        let mut enrolment = self.bot_of(None, named(username, display_name));
        enrolment.new.user.id = plugin.bot_user_id.clone();
        enrolment.plugin = Some((plugin, component));
        self.enrol(None, "bot.create", enrolment).await
    }

    /// Makes a bot that its maker answers for.
    pub async fn make_bot(&self, by: &User, mut new: NewBot) -> Result<Bot, AccessError> {
        rules::accounts::make_bots(by, self.member_bots)?;
        new.username = new.username.to_lowercase();
        super::account::check_username(&new.username)?;
        if new.display_name.chars().count() > super::account::MAX_NAME || new.display_name.contains('\0') {
            return Err(invalid("display_name", format!("at most {} characters", super::account::MAX_NAME)));
        }
        check_description(&new.description)?;
        let description = new.description.clone();
        let user = self.enrol(Some(by), "bot.create", self.bot_of(Some(by), new)).await?;
        Ok(Bot { user, owner_id: Some(by.id.clone()), description })
    }

    /// A bot one may manage; others' are as good as not there.
    pub async fn own_bot(&self, by: &User, id: &UserId) -> Result<Bot, AccessError> {
        let bot = self.store.bot(id).await?.filter(|bot| rules::accounts::manage_bot(by, bot));
        bot.ok_or(AccessError::NotFound("bot"))
    }

    /// One's own bots; an administrator sees all.
    pub async fn bots(
        &self,
        by: &User,
        filter: BotFilter,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Bot>, AccessError> {
        let owner = if rules::is_admin(by) { None } else { Some(by.id.clone()) };
        Ok(self.store.bots(&BotFilter { owner, ..filter }, offset, limit).await?)
    }

    pub async fn update_bot(&self, by: &User, id: &UserId, change: BotChange) -> Result<Bot, AccessError> {
        let bot = self.own_bot(by, id).await?;
        let description = change.description.unwrap_or(bot.description);
        check_description(&description)?;
        let profile = ProfileChange {
            username: change.username,
            nickname: change.display_name,
            ..ProfileChange::default()
        };
        let user =
            self.write_profile(by, &bot.user, profile, Some(description.clone()), "bot.update").await?;
        Ok(Bot { user, owner_id: bot.owner_id, description })
    }

    pub async fn set_bot_active(&self, by: &User, id: &UserId, active: bool) -> Result<Bot, AccessError> {
        let bot = self.own_bot(by, id).await?;
        self.switch(by, &bot.user, active, if active { "bot.enable" } else { "bot.disable" }).await?;
        self.own_bot(by, id).await
    }

    /// Makes another account answer for a bot.
    pub async fn assign_bot(&self, by: &User, id: &UserId, owner: &UserId) -> Result<Bot, AccessError> {
        let bot = self.own_bot(by, id).await?;
        let owner = self.user(owner).await?;
        if owner.is_bot || !owner.delete_at.is_never() {
            return Err(invalid("user_id", "a bot's owner is an active account that is no bot".to_owned()));
        }
        let (was, became) = (json!({"owner_id": bot.owner_id}), json!({"owner_id": owner.id}));
        let note = self.note(Some(by), "bot.assign", &bot.user, Some(was), Some(became));
        self.store.with_audit(note).assign_bot(id, &owner.id, self.clock.now()).await?;
        self.store.bot(id).await?.ok_or(AccessError::NotFound("bot"))
    }

    /// Act for an account with its tokens: one's own, a bot one answers for, or any as administrator.
    pub(super) async fn may_act_for(&self, by: &User, id: &UserId) -> Result<(), AccessError> {
        match rules::manage_account(by, id) {
            Ok(()) => Ok(()),
            Err(refused) => match self.store.bot(id).await? {
                Some(bot) if rules::accounts::manage_bot(by, &bot) => Ok(()),
                _ => Err(refused),
            },
        }
    }

    fn bot_of(&self, owner: Option<&User>, new: NewBot) -> Enrolment {
        let account = NewAccount {
            email: format!("{}@localhost", new.username),
            username: new.username,
            nickname: new.display_name,
            ..NewAccount::default()
        };
        let mut user = self.blank(&account, &[rules::SYSTEM_USER]);
        user.is_bot = true;
        let mut enrolment = Enrolment::of(NewUser { user, password_hash: None });
        enrolment.bot = Some((owner.map(|owner| owner.id.clone()), new.description));
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

fn check_description(description: &str) -> Result<(), AccessError> {
    if description.chars().count() > MAX_DESCRIPTION || description.contains('\0') {
        let reason = format!("at most {MAX_DESCRIPTION} characters, none of them NUL");
        return Err(invalid("description", reason));
    }
    Ok(())
}
