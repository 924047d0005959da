//! Somebody is typing: told to the others in the channel, kept nowhere.

use serde_json::json;

use super::{Chat, ChatError};
use crate::access::rules;
use crate::bus::{Event, Scope};
use crate::model::{ChannelId, PostId, User};

impl Chat {
    /// Tells the other members of a channel that somebody writes there, perhaps in the thread of `parent`.
    pub async fn type_in(
        &self,
        user: &User,
        channel: &ChannelId,
        parent: Option<&PostId>,
    ) -> Result<(), ChatError> {
        let channel = self.store.channel(channel).await?.ok_or(ChatError::NotFound("channel"))?;
        let members = self.store.channel_member_ids(&channel.id).await?;
        rules::typing::type_in(members.contains(&user.id))?;
        let data = json!({"parent_id": parent.map_or("", |id| id.as_str()), "user_id": user.id});
        let scope =
            Scope { channel_id: Some(channel.id), omit_users: vec![user.id.clone()], ..Scope::default() };
        self.bus.send(Event::new("typing", &data, &scope), &members);
        Ok(())
    }
}
