//! Reminders: at a time that a user chose, the server's bot sends them a direct message about a post.
//!
//! A reminder is a job whose unique key names the user and the post, so a later reminder of the post replaces it.

use serde_json::{Map, Value, json};

use super::{Chat, ChatError};
use crate::access::AccountAccess;
use crate::model::{
    Changes, Channel, JobKind, Kind, NewJob, Place, Post, PostId, PostKind, Timestamp, User, UserId,
};

/// Most reminders of one account that are not due yet. Past it, further ones are refused.
const MAX_REMINDERS: i64 = 500;

/// What a reminder needs to know of its post.
struct ReminderTarget {
    post: Post,
    author: String,
    team: String,
}

impl Chat {
    /// Reminds an account of a post at a moment. The account must be able to read the post, which the caller proves.
    pub async fn remind_later(
        &self,
        account: &AccountAccess,
        id: &PostId,
        at: Timestamp,
    ) -> Result<(), ChatError> {
        let post = self.readable_post(account.caller(), id).await?;
        let user = account.id();
        let now = self.clock.now();
        let job = NewJob {
            id: self.clock.id(),
            kind: JobKind::Reminder,
            subject: user.to_string(),
            payload: json!({"post_id": id}),
            unique_key: Some(format!("{user}:{id}")),
            due_at: at.max(now),
            create_at: now,
        };
        if !self.store.schedule_job(job, MAX_REMINDERS).await? {
            let reason = format!(
                "{MAX_REMINDERS} reminders are waiting already, as many as an account may have; wait until one is due"
            );
            return Err(ChatError::Invalid { kind: Kind::Request, field: "target_time", reason });
        }
        let target = self.reminder_target(post).await?;
        self.confirm(user, &target, at).await;
        Ok(())
    }

    /// Sends a reminder that is due, from the server's bot. Returns false if there is nothing to remind of: the account
    /// is deactivated, or can no longer read the post. `key` makes a repetition send nothing.
    pub async fn remind(
        &self,
        bot: &User,
        user: &UserId,
        id: &PostId,
        site_url: &str,
        key: String,
    ) -> Result<bool, ChatError> {
        let Some(user) = self.store.user(user).await?.filter(|user| user.delete_at.is_never()) else {
            return Ok(false);
        };
        let post = match self.readable_post(&user, id).await {
            Err(ChatError::Access(_) | ChatError::NotFound(_)) => return Ok(false),
            post => post?,
        };
        let target = self.reminder_target(post).await?;
        let channel = self.direct_with(bot, &user).await?;
        let place = Place::from(&channel.channel);
        let text = target.text(site_url);
        let mut message = Post::new(self.clock.id(), &bot.id, &place, text, self.clock.stamp());
        message.kind = PostKind::reminder();
        message.props = target.props().into();
        let once = vec![(key, message.id.clone())];
        let changes = Changes { once, ..Changes::of_posts(vec![message]) };
        match self.publish_from(bot, &channel, changes).await {
            Err(ChatError::Store(error)) if error.is_conflict() => Ok(true),
            published => published.map(|()| true),
        }
    }

    async fn reminder_target(&self, post: Post) -> Result<ReminderTarget, ChatError> {
        let author = self.store.user(&post.user_id).await?.map(|user| user.username).unwrap_or_default();
        let team = match self.channel(&post.channel_id).await? {
            Channel { team_id: Some(team), .. } => self.store.team(&team).await?.map(|team| team.name),
            _ => None,
        };
        Ok(ReminderTarget { post, author, team: team.unwrap_or_default() })
    }

    /// Shows the account that the reminder is set, below the post.
    async fn confirm(&self, user: &UserId, target: &ReminderTarget, at: Timestamp) {
        let post = &target.post;
        let place =
            Place { team_id: None, channel_id: post.channel_id.clone(), root_id: Some(post.id.clone()) };
        let text = format!("You will be reminded of this message by @{}.", target.author);
        let mut shown = Post::new(self.clock.id(), user, &place, text, self.clock.now());
        shown.kind = PostKind::ephemeral();
        let mut props = target.props();
        // Clients write the moment in the reader's own time.
        props.insert("target_time".to_owned(), (at.as_millis() / 1000).into());
        props.insert("type".to_owned(), PostKind::reminder().as_str().into());
        shown.props = props.into();
        self.send_ephemeral(user, &shown).await;
    }
}

impl ReminderTarget {
    /// Clients draw their own text and link from these props.
    fn props(&self) -> Map<String, Value> {
        Map::from_iter([
            ("post_id".to_owned(), json!(self.post.id)),
            ("username".to_owned(), json!(self.author)),
            ("team_name".to_owned(), json!(self.team)),
        ])
    }

    fn text(&self, site_url: &str) -> String {
        let Self { post, author, team } = self;
        let team = if team.is_empty() { "_redirect" } else { team };
        format!("You asked to be reminded of this message by @{author}: {site_url}/{team}/pl/{}", post.id)
    }
}
