//! Shows a response: as a post of the caller, or as a message that only the caller sees.

use serde_json::{Map, Value};

use super::reply::{EPHEMERAL, IN_CHANNEL};
use super::{CommandError, Commands, ExecuteResponse, Invocation};
use crate::chat::{ChatError, NewPost, Origin, compose};
use crate::model::{Changes, Channel, Command, Kind, MAX_KIND, Message, Place, Post, PostKind, User};
use crate::slack;

impl Commands {
    /// Shows the response of a built-in command. A text in the channel is a post like the caller's others.
    pub(super) async fn show(
        &self,
        call: &Invocation<'_>,
        reply: &ExecuteResponse,
    ) -> Result<(), CommandError> {
        match reply.response_type.as_str() {
            IN_CHANNEL => {
                let mut post = new_post(call.place, &reply.text);
                post.kind = PostKind::custom(reply.kind.clone());
                post.props = reply.props.clone().unwrap_or_default();
                post.props.extend(self.own_picture());
                match self.chat.post(call.caller, post).await {
                    Err(ChatError::Store(error)) => Err(error.into()),
                    posted => posted.map(|_| ()).map_err(CommandError::NotPosted),
                }
            }
            "" | EPHEMERAL if !reply.text.is_empty() => {
                self.whisper(call.caller, call.place, &reply.text).await
            }
            _ => Ok(()),
        }
    }

    /// Shows a response of a command's target, and its further ones. If one of them cannot be shown, the others are.
    /// Slack's words and mentions in its texts are replaced.
    pub(super) async fn show_all(
        &self,
        command: &Command,
        at: (&User, &Channel, &Place),
        reply: &mut ExecuteResponse,
    ) -> Result<(), CommandError> {
        let mut shown = self.show_one(command, at, reply).await;
        for extra in reply.extra_responses.iter_mut().flatten() {
            let also = self.show_one(command, at, extra).await;
            shown = shown.and(also);
        }
        shown
    }

    async fn show_one(
        &self,
        command: &Command,
        (caller, channel, place): (&User, &Channel, &Place),
        reply: &mut ExecuteResponse,
    ) -> Result<(), CommandError> {
        let mut message = self.message_of(command, reply);
        if !reply.skip_slack_parsing {
            self.chat.replace_slack_words(&mut message).await?;
            reply.text.clone_from(&message.text);
            reply.attachments = Some(message.attachments.clone()).filter(|list| !list.is_empty());
            slack::replace_links(&mut message);
        }
        let is_ephemeral = matches!(reply.response_type.as_str(), "" | EPHEMERAL);
        if (is_ephemeral && message.is_empty()) || !(is_ephemeral || reply.response_type == IN_CHANNEL) {
            return Ok(());
        }
        check_kind(&message.kind)?;
        let elsewhere = if reply.channel_id.is_empty() || reply.channel_id == channel.id.as_str() {
            None
        } else {
            let missing = || CommandError::NotPosted(ChatError::NotFound(Kind::Channel));
            let id = reply.channel_id.parse().map_err(|_| missing())?;
            let found = self.chat.postable_channel(caller, &id, None).await;
            Some(found.map_err(CommandError::NotPosted)?)
        };
        let (channel, place) = match &elsewhere {
            Some(channel) => (channel, &Place::from(channel)),
            None => (channel, place),
        };
        let posts = compose(&self.clock, &caller.id, place, &message, &Origin::Command);
        let mut changes = Changes::default();
        if is_ephemeral {
            let ephemeral = posts.into_iter().map(|post| Post { kind: PostKind::ephemeral(), ..post });
            changes.ephemeral.extend(ephemeral.map(|post| (caller.id.clone(), post)));
        } else {
            changes.posts = posts;
            changes.author_views.push((channel.id.clone(), caller.id.clone()));
        }
        match self.chat.publish_from(caller, channel, changes).await {
            Err(ChatError::Store(error)) => return Err(error.into()),
            published => published.map_err(CommandError::NotPosted)?,
        }
        if !is_ephemeral {
            self.chat.mark_active(&caller.id).await;
        }
        Ok(())
    }

    /// Returns the message of a response, with the name and picture of the command, else of the response.
    fn message_of(&self, command: &Command, reply: &ExecuteResponse) -> Message {
        let first = |own: &str, given: &str| if own.is_empty() { given.to_owned() } else { own.to_owned() };
        let username = first(&command.username, &reply.username);
        let icon_url = first(&command.icon_url, &reply.icon_url);
        Message {
            text: reply.text.clone(),
            attachments: reply.attachments.clone().unwrap_or_default(),
            username: Some(username).filter(|name| self.policy.username_override && !name.is_empty()),
            // An empty one stands for the author's own picture: clients expect it.
            icon_url: self.policy.icon_override.then_some(icon_url),
            kind: PostKind::custom(reply.kind.clone()),
            props: reply.props.clone().unwrap_or_default(),
            ..Message::default()
        }
    }

    async fn whisper(&self, caller: &User, place: &Place, text: &str) -> Result<(), CommandError> {
        let mut post = Post::new(self.clock.id(), &caller.id, place, text.to_owned(), self.clock.now());
        post.kind = PostKind::ephemeral();
        post.props = self.own_picture().into();
        let ephemeral = vec![(caller.id.clone(), post)];
        Ok(self.chat.publish(Changes { ephemeral, ..Changes::default() }).await?)
    }

    /// Returns the props by which clients show the author's own picture. They expect them in every response.
    fn own_picture(&self) -> Map<String, Value> {
        let picture = self.policy.icon_override.then(|| ("override_icon_url".to_owned(), "".into()));
        picture.into_iter().collect()
    }
}

fn check_kind(kind: &PostKind) -> Result<(), CommandError> {
    if kind.is_allowed() {
        return Ok(());
    }
    let reason =
        format!("empty, `me`, `slack_attachment`, or `custom_` and what it is, at most {MAX_KIND} bytes");
    let error = ChatError::Invalid { kind: Kind::Post, field: "type", reason };
    Err(CommandError::NotPosted(error))
}

/// Returns a post of a user with this text.
pub(super) fn new_post(place: &Place, text: &str) -> NewPost {
    NewPost {
        channel_id: place.channel_id.clone(),
        root_id: place.root_id.clone(),
        message: text.to_owned(),
        kind: PostKind::default(),
        props: Map::new(),
        is_pinned: false,
        pending_post_id: String::new(),
        priority: String::new(),
        requested_ack: false,
        create_at: None,
        file_ids: Vec::new(),
    }
}
