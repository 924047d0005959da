//! Messages that no user writes: those in a channel about its members and its settings (see [`SystemMessage`]), and the
//! greeting of a new bot, by which its maker finds it and learns what comes next.
//!
//! A message about a channel's settings is written with the change. One about who joined or left follows the change as
//! a unit of work of its own, because accounts also join teams by invitations, which belong to `access`. If that write
//! fails, the change stays and the failure is logged.

use serde_json::{Map, json};

use crate::access::rules;
use crate::chat::{Chat, ChatError};
use crate::model::{
    Changes, Channel, ChannelKind, FIRST_CHANNELS, Place, Post, PostId, PostKind, SystemMessage, TeamId,
    User, UserId,
};
use crate::store::StoreError;

const GREETING: &str =
    "I am ready. Add me to the teams and channels that I am for: I can post where I am a member.";

impl Chat {
    /// Builds a message about what `author` did in a channel.
    pub(in crate::chat) fn system_post(
        &self,
        author: &User,
        channel: &Channel,
        message: SystemMessage<'_>,
    ) -> Post {
        self.system_reply(author, channel, None, message)
    }

    /// Writes that an account joined a channel, or that `caller` added it. The message replies to `root`, if given.
    pub(in crate::chat) async fn announce_member(
        &self,
        caller: &User,
        channel: &Channel,
        added: &User,
        root: Option<PostId>,
    ) {
        let message = if caller.id == added.id {
            self.system_post(added, channel, SystemMessage::JoinChannel)
        } else {
            self.system_reply(caller, channel, root, SystemMessage::AddToChannel(added))
        };
        self.announce(vec![message]).await;
    }

    /// Writes that an account left a channel, or that `caller` removed it.
    pub(in crate::chat) async fn announce_departure(
        &self,
        caller: &User,
        channel: &Channel,
        removed: &UserId,
    ) {
        if *removed == caller.id {
            let message = self.system_post(caller, channel, SystemMessage::LeaveChannel);
            return self.announce(vec![message]).await;
        }
        if let Some(removed) = or_logged(self.store.user(removed).await) {
            let message = self.system_post(caller, channel, SystemMessage::RemoveFromChannel(&removed));
            self.announce(vec![message]).await;
        }
    }

    /// Publishes to the members of a team's first channels that accounts joined, and writes it there, or that `caller`
    /// added them. Guests are in none of these channels. Mattermost's web app counts a channel's members anew at the
    /// event.
    pub async fn announce_team_members(&self, caller: Option<&User>, team: &TeamId, joined: &[&User]) {
        let mut messages = Vec::new();
        for (index, (name, _)) in FIRST_CHANNELS.iter().enumerate() {
            let Some(channel) = self.first_channel(team, name).await else { continue };
            for user in joined.iter().filter(|user| !rules::is_guest(user)) {
                let caller = caller.filter(|caller| caller.id != user.id);
                let (author, message) = match (caller, index) {
                    (None, 0) => (*user, SystemMessage::JoinTeam),
                    (None, _) => (*user, SystemMessage::JoinChannel),
                    (Some(caller), 0) => (caller, SystemMessage::AddToTeam(user)),
                    (Some(caller), _) => (caller, SystemMessage::AddToChannel(user)),
                };
                messages.push(self.system_post(author, &channel, message));
                let data = json!({"user_id": user.id, "team_id": team});
                self.publish_to_channel(&channel.id, "user_added", &data).await;
            }
        }
        self.announce(messages).await;
    }

    /// Writes into the first channels of a new account's teams that it joined them. An invitation names one team at
    /// most.
    pub async fn announce_sign_up(&self, user: &User) -> Result<(), ChatError> {
        for member in self.store.team_memberships_of(&user.id).await? {
            self.announce_team_members(None, &member.team_id, &[user]).await;
        }
        Ok(())
    }

    /// Writes into a team's first channel that an account left the team, or was removed from it.
    pub(in crate::chat) async fn announce_team_departure(
        &self,
        caller: &User,
        team: &TeamId,
        removed: &UserId,
    ) {
        let Some(channel) = self.first_channel(team, FIRST_CHANNELS[0].0).await else { return };
        let Some(removed) = or_logged(self.store.user(removed).await) else { return };
        let message =
            if removed.id == caller.id { SystemMessage::LeaveTeam } else { SystemMessage::RemoveFromTeam };
        let message = self.system_post(&removed, &channel, message);
        self.announce(vec![message]).await;
    }

    /// Returns messages as a unit of work, with whom each mentions.
    pub(in crate::chat) async fn counted_messages(
        &self,
        posts: Vec<Post>,
    ) -> Result<(Changes, Vec<Vec<UserId>>), ChatError> {
        let mut changes = Changes::of_posts(posts);
        let mentioned = self.count_mentions(&mut changes).await?;
        Ok((changes, mentioned))
    }

    fn system_reply(
        &self,
        author: &User,
        channel: &Channel,
        root_id: Option<PostId>,
        message: SystemMessage<'_>,
    ) -> Post {
        let place = Place { root_id, ..Place::from(channel) };
        Post::system(self.clock.id(), author, &place, message, self.clock.stamp())
    }

    async fn first_channel(&self, team: &TeamId, name: &str) -> Option<Channel> {
        let channel = or_logged(self.store.channel_by_name(team, name).await)?.channel;
        (channel.kind == ChannelKind::Public && channel.delete_at.is_never()).then_some(channel)
    }

    async fn announce(&self, posts: Vec<Post>) {
        if posts.is_empty() {
            return;
        }
        if let Err(error) = self.publish(Changes::of_posts(posts)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a system message was not written");
        }
    }

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

/// Returns what a message needs, or logs why it cannot be read.
fn or_logged<T>(read: Result<Option<T>, StoreError>) -> Option<T> {
    read.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "a system message was not written");
        None
    })
}
