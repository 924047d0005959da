//! Commit, then tell: the one place where changes become durable and sockets hear of them.

use std::collections::HashSet;

use serde_json::json;

use super::mention::Mentions;
use super::{Chat, ChatError};
use crate::bus::{Event, Scope};
use crate::model::{Changes, Channel, ChannelKind, Post, UserId};
use crate::store::StoreError;

impl Chat {
    /// Commits one unit of work and announces its posts. When this answers, the changes are on disk.
    pub async fn publish(&self, changes: Changes) -> Result<(), ChatError> {
        let listened = !self.bus.is_silent();
        let posts = if listened { changes.posts.clone() } else { Vec::new() };
        let ephemeral = changes.ephemeral.clone();
        let answers = changes.posts.iter().any(|post| post.root_id.is_some());
        match self.store.commit(changes).await {
            // Its first post is gone, or went meanwhile.
            Err(StoreError::Missing(_)) if answers => return Err(ChatError::BadRoot),
            committed => committed?,
        }
        // The change stands; failing to tell sockets of it must not make the caller try again.
        for post in &posts {
            if let Err(error) = self.announce(post).await {
                tracing::warn!(post = %post.id, error = &error as &dyn std::error::Error, "a post was not announced");
            }
        }
        for (user, post) in &ephemeral {
            self.whisper(user, post);
        }
        Ok(())
    }

    async fn announce(&self, post: &Post) -> Result<(), ChatError> {
        let Some(channel) = self.store.channel(&post.channel_id).await? else { return Ok(()) };
        let author = self.store.user(&post.user_id).await?;
        let members = self.store.channel_member_ids(&channel.id).await?;
        let mentioned = self.mentioned(post, &members).await?;
        let sender = match post.props.get("override_username").and_then(|name| name.as_str()) {
            Some(name) if channel.kind != ChannelKind::Direct => name.to_owned(),
            _ => format!("@{}", author.map(|user| user.username).unwrap_or_default()),
        };
        let event = posted(post, &channel, &sender).mentioning(mentioned);
        self.bus.send(event, &members);
        Ok(())
    }

    /// Members that the post's text names, and everybody for `@channel`; never its author.
    async fn mentioned(&self, post: &Post, members: &[UserId]) -> Result<Vec<UserId>, ChatError> {
        let mentions = Mentions::of(&post.message);
        if mentions.everybody {
            return Ok(members.iter().filter(|user| **user != post.user_id).cloned().collect());
        }
        if mentions.names.is_empty() {
            return Ok(Vec::new());
        }
        let members: HashSet<&UserId> = members.iter().collect();
        let mut found = Vec::new();
        for name in &mentions.names {
            if let Some(user) = self.store.user_by_username(name).await?
                && members.contains(&user.id)
                && user.id != post.user_id
            {
                found.push(user.id);
            }
        }
        Ok(found)
    }

    /// Shows a post to one person, and keeps it nowhere.
    fn whisper(&self, user: &UserId, post: &Post) {
        let scope = Scope {
            user_id: Some(user.clone()),
            channel_id: Some(post.channel_id.clone()),
            ..Scope::default()
        };
        let event = Event::new("ephemeral_message", &json!({"post": post.wire().to_string()}), &scope);
        self.bus.send(event, std::slice::from_ref(user));
    }
}

fn posted(post: &Post, channel: &Channel, sender: &str) -> Event {
    let data = json!({
        "channel_type": channel.kind.letter(),
        "channel_display_name": channel.display_name,
        "channel_name": channel.name,
        "sender_name": sender,
        "team_id": channel.team_id.as_ref().map_or("", |id| id.as_str()),
        "set_online": true,
        "post": post.wire().to_string(),
    });
    Event::new("posted", &data, &Scope { channel_id: Some(channel.id.clone()), ..Scope::default() })
}
