//! Users' preferences. A change is published to the user's other clients.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::checks::check_length;
use super::{Chat, ChatError};
use crate::access::{AccountAccess, rules};
use crate::model::{Kind, PostId, Preference, User, UserId};
use crate::store::PreferenceLimits;

/// Most preferences that one request may write or remove.
const MAX_PREFERENCES_AT_ONCE: usize = 1_000;

/// Saved posts that are read together. As many of the largest ones are less than one list returns.
const SAVED_AT_ONCE: usize = 10;

/// Most preferences of one account, and their size, because clients read all of them at once. What would exceed either
/// is refused.
const LIMITS: PreferenceLimits = PreferenceLimits { count: 10_000, bytes: 1 << 20 };

/// The category of the colours of a client.
const THEME: &str = "theme";

/// The category of posts that a user saves for later. Its names are their ids.
const SAVED_POST: &str = "flagged_post";

const MAX_KEY: usize = 32;
const MAX_VALUE: usize = 2_000;

impl Chat {
    /// Writes an account's preferences, all or none.
    pub async fn save_preferences(
        &self,
        account: &AccountAccess,
        preferences: Vec<Preference>,
    ) -> Result<(), ChatError> {
        let owner = self.check_preferences(account, &preferences, false).await?;
        self.check_saved_posts(&owner, &preferences).await?;
        let sidebars = self.sidebars_of(account, &preferences).await?;
        self.store.save_preferences(account.id().clone(), preferences.clone(), LIMITS).await?;
        self.publish_moved(account, sidebars).await;
        self.publish_preferences(account.id(), "preferences_changed", &preferences).await;
        Ok(())
    }

    /// Removes an account's preferences, all or none.
    pub async fn delete_preferences(
        &self,
        account: &AccountAccess,
        preferences: Vec<Preference>,
    ) -> Result<(), ChatError> {
        self.check_preferences(account, &preferences, true).await?;
        let sidebars = self.sidebars_of(account, &preferences).await?;
        self.store.delete_preferences(preferences.clone()).await?;
        self.publish_moved(account, sidebars).await;
        self.publish_preferences(account.id(), "preferences_deleted", &preferences).await;
        Ok(())
    }

    /// Returns an account's preferences, of one category if given.
    pub async fn preferences(
        &self,
        account: &AccountAccess,
        category: Option<&str>,
    ) -> Result<Vec<Preference>, ChatError> {
        let found = self.store.preferences(account.id(), category).await?;
        if category.is_some() && found.is_empty() {
            return Err(ChatError::NotFound(Kind::PreferenceCategory));
        }
        Ok(found)
    }

    pub async fn preference(
        &self,
        account: &AccountAccess,
        category: &str,
        name: &str,
    ) -> Result<Preference, ChatError> {
        self.store
            .preference(account.id(), category, name)
            .await?
            .ok_or(ChatError::NotFound(Kind::Preference))
    }

    async fn check_preferences(
        &self,
        account: &AccountAccess,
        preferences: &[Preference],
        deletes: bool,
    ) -> Result<User, ChatError> {
        let owner = self.store.user(account.id()).await?.ok_or(ChatError::NotFound(Kind::Account))?;
        if preferences.len() > MAX_PREFERENCES_AT_ONCE {
            let reason = format!("send at most {MAX_PREFERENCES_AT_ONCE} at once");
            return Err(ChatError::Invalid { kind: Kind::Request, field: "preferences", reason });
        }
        for preference in preferences {
            rules::own_preference(&preference.user_id, account.id(), deletes)?;
            check_length(Kind::Preference, "category", &preference.category, 1, MAX_KEY)?;
            check_length(Kind::Preference, "name", &preference.name, 0, MAX_KEY)?;
            check_length(Kind::Preference, "value", &preference.value, 0, MAX_VALUE)?;
            if preference.category == THEME {
                check_theme(&preference.value)?;
            }
        }
        Ok(owner)
    }

    /// Checks that the owner may read the posts that they save.
    async fn check_saved_posts(&self, owner: &User, preferences: &[Preference]) -> Result<(), ChatError> {
        let saved = preferences.iter().filter(|one| one.category == SAVED_POST);
        let unknown = || ChatError::Invalid {
            kind: Kind::Request,
            field: "name",
            reason: "the name of a saved post must be the id of a post".to_owned(),
        };
        let ids: Vec<PostId> =
            saved.map(|one| one.name.parse().map_err(|_| unknown())).collect::<Result<_, _>>()?;
        let ids: Vec<PostId> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        for ids in ids.chunks(SAVED_AT_ONCE) {
            if self.store.posts_by_id(ids).await?.len() < ids.len() {
                return Err(unknown());
            }
            if self.visible_posts(owner, ids).await?.len() < ids.len() {
                return Err(rules::no_post_to_save().into());
            }
        }
        Ok(())
    }

    async fn publish_preferences(&self, user: &UserId, event: &'static str, preferences: &[Preference]) {
        let list: Value = json!(preferences);
        self.publish_to_user(user, event, &json!({"preferences": list.to_string()})).await;
    }
}

/// Checks that a theme is a JSON object of texts. Clients read it at their start, and break at anything else.
fn check_theme(value: &str) -> Result<(), ChatError> {
    match serde_json::from_str::<BTreeMap<String, String>>(value) {
        Ok(_) => Ok(()),
        Err(error) => {
            let reason = format!("it must be a JSON object of texts: {error}");
            Err(ChatError::Invalid { kind: Kind::Preference, field: "theme", reason })
        }
    }
}
