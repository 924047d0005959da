//! Commit, then tell: the one place where changes become durable and sockets hear of them.

use serde_json::{Value, json};

use super::{Chat, ChatError};
use crate::bus::{Event, Scope};
use crate::model::{Changes, Channel, ChannelKind, Post, PostId, UserId};
use crate::store::StoreError;

impl Chat {
    /// Commits one unit of work and announces its posts. When this answers, the changes are on disk.
    pub async fn publish(&self, mut changes: Changes) -> Result<(), ChatError> {
        let mentioned = self.mentioned_by(&changes.posts).await?;
        for (post, users) in changes.posts.iter().zip(&mentioned) {
            changes.mentions.extend(users.iter().map(|user| (post.channel_id.clone(), user.clone())));
        }
        // One order for everybody, so that two units of work never wait for each other's rows.
        changes.mentions.sort();
        let listened = !self.bus.is_silent();
        let posts = if listened { changes.posts.clone() } else { Vec::new() };
        let with_files: Vec<PostId> = changes.files.iter().map(|(post, _)| post.clone()).collect();
        let ephemeral = changes.ephemeral.clone();
        let answers = changes.posts.iter().any(|post| post.root_id.is_some());
        match self.store.commit(changes).await {
            // Its first post is gone, or went meanwhile.
            Err(StoreError::Missing(_)) if answers => return Err(ChatError::BadRoot),
            committed => committed?,
        }
        // The change stands; failing to tell sockets of it must not make the caller try again.
        for (post, mentioned) in posts.iter().zip(mentioned) {
            if let Err(error) = self.announce(post, with_files.contains(&post.id), mentioned).await {
                tracing::warn!(post = %post.id, error = &error as &dyn std::error::Error, "a post was not announced");
            }
        }
        for (user, post) in &ephemeral {
            self.whisper(user, post);
        }
        Ok(())
    }

    async fn announce(&self, post: &Post, has_files: bool, mentioned: Vec<UserId>) -> Result<(), ChatError> {
        let Some(channel) = self.store.channel(&post.channel_id).await? else { return Ok(()) };
        let author = self.store.user(&post.user_id).await?;
        let members = self.store.channel_member_ids(&channel.id).await?;
        let sender = match post.props.get("override_username").and_then(|name| name.as_str()) {
            Some(name) if channel.kind != ChannelKind::Direct => name.to_owned(),
            _ => format!("@{}", author.map(|user| user.username).unwrap_or_default()),
        };
        let event = posted(&self.shown_new(post, has_files).await?, &channel, &sender).mentioning(mentioned);
        self.bus.send(event, &members);
        Ok(())
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

/// `post`: as the wire shows it.
fn posted(post: &Value, channel: &Channel, sender: &str) -> Event {
    let mut data = json!({
        "channel_type": channel.kind.letter(),
        "channel_display_name": channel.display_name,
        "channel_name": channel.name,
        "sender_name": sender,
        "team_id": channel.team_id.as_ref().map_or("", |id| id.as_str()),
        "set_online": true,
        "post": post.to_string(),
    });
    if let Some(files) = post["metadata"]["files"].as_array() {
        data["otherFile"] = json!("true");
        if files.iter().any(|file| file["has_preview_image"] == true) {
            data["image"] = json!("true");
        }
    }
    Event::new("posted", &data, &Scope { channel_id: Some(channel.id.clone()), ..Scope::default() })
}
