//! Tells an author which users a post mentions without reaching them, because they are not in the channel.

use std::time::Duration;

use serde_json::{Map, json};

use super::mentions::names_in;
use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::{Channel, Place, Post, PostKind, User};
use crate::store::MentionedUser;

/// The prop from which clients make a link that adds the users to the channel. Only the server sets it.
const PROP: &str = "add_channel_member";

impl Chat {
    /// Sends the author a message about the members of the team that the post mentions and that are not in the channel.
    /// The post is committed, so a failure is only logged.
    pub(super) async fn report_unreached(&self, author: &User, channel: &Channel, post: &Post) {
        match self.unreached(author, channel, post).await {
            Ok(users) if users.is_empty() => {}
            Ok(users) => self.send_ephemeral(&author.id, &self.report(author, channel, post, &users)).await,
            Err(error) => {
                tracing::warn!(post = %post.id, error = &error as &dyn std::error::Error, "mentions were not reported");
            }
        }
    }

    /// Returns none for bots, which read no such message, and for guests, who learn nothing of the team's other
    /// members.
    async fn unreached(
        &self,
        author: &User,
        channel: &Channel,
        post: &Post,
    ) -> Result<Vec<MentionedUser>, ChatError> {
        let mut unreached = Vec::new();
        let Some(team) = &channel.team_id else { return Ok(unreached) };
        if author.is_bot || rules::is_guest(author) || self.bus.is_idle() {
            return Ok(unreached);
        }
        let names = names_in(&post.message);
        let possible = names.concat();
        if possible.is_empty() {
            return Ok(unreached);
        }
        let known = self.store.mentioned_users(team, &channel.id, &possible).await?;
        for readings in names {
            // The first reading that is a name counts, whether or not its account is in the channel.
            let best = readings.iter().find_map(|name| known.iter().find(|user| user.username == *name));
            if let Some(user) = best.filter(|user| user.is_unreached)
                && unreached.iter().all(|other: &MentionedUser| other.id != user.id)
            {
                unreached.push(user.clone());
            }
        }
        Ok(unreached)
    }

    fn report(&self, author: &User, channel: &Channel, post: &Post, users: &[MentionedUser]) -> Post {
        let place = Place { root_id: post.root_id.clone(), ..Place::from(channel) };
        let names: Vec<&str> = users.iter().map(|user| user.username.as_str()).collect();
        let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
        let at = post.create_at.plus(Duration::from_millis(1));
        let mut report = Post::new(self.clock.id(), &author.id, &place, text(&names), at);
        report.kind = PostKind::ephemeral();
        let prop = json!({
            "post_id": report.id, "usernames": names, "not_in_channel_usernames": names, "user_ids": ids,
            "not_in_channel_user_ids": ids, "not_in_groups_usernames": [], "not_in_groups_user_ids": [],
        });
        report.props = Map::from_iter([(PROP.to_owned(), prop)]).into();
        report
    }
}

fn text(names: &[&str]) -> String {
    match names {
        [one] => format!("@{one} did not get notified by this mention because they are not in the channel."),
        [others @ .., last] => format!(
            "@{} and @{last} did not get notified by this mention because they are not in the channel.",
            others.join(", @")
        ),
        [] => String::new(),
    }
}
