//! Somebody is typing: told to the others in the channel, kept nowhere.

use serde_json::json;

use super::{Chat, ChatError};
use crate::access::rules;
use crate::bus::{Audience, Event, Scope};
use crate::model::{ChannelId, PostId, User};

impl Chat {
    /// Tells the other members of a channel that somebody writes there, perhaps in the thread of `parent`.
    pub async fn type_in(
        &self,
        user: &User,
        channel: &ChannelId,
        parent: Option<&PostId>,
    ) -> Result<(), ChatError> {
        let channel = self.channel(channel).await?;
        rules::type_in(self.store.is_channel_member(&channel.id, &user.id).await?)?;
        let data = json!({"parent_id": parent.map_or("", |id| id.as_str()), "user_id": user.id});
        let (channel_id, omit_users) = (Some(channel.id.clone()), vec![user.id.clone()]);
        let scope = Scope { channel_id, omit_users, ..Scope::default() };
        self.bus.publish(Event::new("typing", &data, &scope), Audience::Channel(channel.id)).await;
        Ok(())
    }
}
