//! Slack's mentions in messages of integrations.

use std::collections::BTreeMap;

use super::{Chat, ChatError};
use crate::model::{Message, UserId};
use crate::slack;
use crate::store::UserFilter;

impl Chat {
    /// Replaces Slack's words and mentions in a message: `<!here>` by `@here`, and `<@USER_ID>` by the user's name. The id
    /// of an unknown user stays.
    pub async fn replace_slack_words(&self, message: &mut Message) -> Result<(), ChatError> {
        let ids: Vec<UserId> = slack::mentioned(message).into_iter().collect();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        if !ids.is_empty() {
            let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            let filter = UserFilter { ids: Some(ids), ..UserFilter::default() };
            for user in self.store.users(&filter, 0, count).await? {
                names.insert(user.id.into(), user.username);
            }
        }
        slack::replace_words(message, &names);
        Ok(())
    }

    /// Returns the path of an emoji's picture on this server: a standard one's, or a custom one's. None if there is no such
    /// emoji.
    pub async fn emoji_picture(&self, name: &str) -> Result<Option<String>, ChatError> {
        if let Some(emoji) = emojis::get_by_shortcode(name) {
            let points: Vec<String> =
                emoji.as_str().chars().map(|c| format!("{:04x}", u32::from(c))).collect();
            return Ok(Some(format!("/static/emoji/{}.png", points.join("-"))));
        }
        let custom = self.store.emoji_named(&[name.to_owned()]).await?;
        Ok(custom.first().map(|emoji| format!("/api/v4/emoji/{}/image", emoji.id)))
    }
}
