//! A new bot greets its maker in their direct channel, so that the maker finds it there and learns what comes next.

use serde_json::{Map, json};

use super::{Chat, ChatError};
use crate::model::{Changes, Place, Post, PostKind, User};

const GREETING: &str =
    "I am ready. Add me to the teams and channels that I am for: I can post where I am a member.";

impl Chat {
    /// Writes a new bot's greeting to its maker. The bot exists already: a failure is logged.
    pub async fn greet_maker(&self, maker: &User, bot: &User) {
        if let Err(error) = self.write_greeting(maker, bot).await {
            tracing::warn!(bot = %bot.id, error = &error as &dyn std::error::Error, "a bot did not greet its maker");
        }
    }

    async fn write_greeting(&self, maker: &User, bot: &User) -> Result<(), ChatError> {
        let channel = self.direct_with(bot, maker).await?;
        let place = Place::from(&channel.channel);
        let mut post = Post::new(self.clock.id(), &bot.id, &place, GREETING.to_owned(), self.clock.stamp());
        post.kind = PostKind::greeting();
        post.props = Map::from_iter([("from_bot".to_owned(), json!("true"))]).into();
        self.publish_from(bot, &channel, Changes::of_posts(vec![post])).await
    }
}
