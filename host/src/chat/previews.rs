//! Previews of posts that other posts link to. A reader gets only previews of posts that they may look up.

use std::collections::{BTreeSet, HashMap};

use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::wire::{PostResponse, PreviewResponse};
use crate::model::{Channel, ChannelId, ListRow, Post, PostId, User};

/// The prop with the id of the post that a text links to. Only the server sets it.
pub(super) const PROP: &str = "previewed_post";

/// Most posts that are previewed in one response, and the bytes of all previews: many posts may link to one large post.
/// Further links stay plain.
const MAX_PREVIEWS: usize = 20;
const MAX_BYTES: usize = 1 << 20;

/// Length of the id of a post, in characters.
const ID: usize = 26;

impl Chat {
    /// Adds the previews that this reader may see.
    pub async fn add_previews(&self, reader: &User, posts: &mut [PostResponse]) -> Result<(), ChatError> {
        let ids: BTreeSet<PostId> = posts.iter().filter_map(PostResponse::previewed).collect();
        let ids: Vec<PostId> = ids.into_iter().take(MAX_PREVIEWS).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut channels: HashMap<ChannelId, Option<(Channel, String)>> = HashMap::new();
        let mut previews: HashMap<PostId, (PreviewResponse, usize)> = HashMap::new();
        for post in self.store.posts_by_id(&ids).await? {
            if !channels.contains_key(&post.channel_id) {
                let seen = self.seen_channel(reader, &post.channel_id).await?;
                channels.insert(post.channel_id.clone(), seen);
            }
            if let Some((channel, team)) = &channels[&post.channel_id] {
                let (id, bytes) = (post.id.clone(), post.size());
                previews.insert(id, (self.preview(post, channel, team.clone()).await?, bytes));
            }
        }
        let mut left = MAX_BYTES;
        for post in posts {
            if let Some((preview, bytes)) = post.previewed().and_then(|id| previews.get(&id))
                && let Some(rest) = left.checked_sub(*bytes)
            {
                left = rest;
                post.add_preview(preview.clone());
            }
        }
        Ok(())
    }

    /// Adds the preview of a post of the same channel, which every member of the channel may see.
    pub(super) async fn add_own_preview(
        &self,
        post: &mut PostResponse,
        channel: &ChannelId,
    ) -> Result<(), ChatError> {
        let Some(id) = post.previewed() else { return Ok(()) };
        if let Some(linked) = self.store.post(&id).await?.filter(|linked| linked.channel_id == *channel) {
            let channel = self.channel(channel).await?;
            let team = self.team_name(&channel).await?;
            post.add_preview(self.preview(linked, &channel, team).await?);
        }
        Ok(())
    }

    async fn preview(
        &self,
        post: Post,
        channel: &Channel,
        team: String,
    ) -> Result<PreviewResponse, ChatError> {
        Ok(PreviewResponse::new(self.render_post(post).await?, channel, team))
    }

    /// Returns a channel with its team's name, if the reader may look up the channel's posts.
    async fn seen_channel(
        &self,
        reader: &User,
        id: &ChannelId,
    ) -> Result<Option<(Channel, String)>, ChatError> {
        let channel = self.channel(id).await?;
        let mine = self.store.channel_membership(id, &reader.id).await?;
        let member = self.team_membership(&channel, reader).await?;
        if !rules::sees_channel(reader, &channel, mine.as_deref(), member.as_ref()) {
            return Ok(None);
        }
        let team = self.team_name(&channel).await?;
        Ok(Some((channel, team)))
    }

    async fn team_name(&self, channel: &Channel) -> Result<String, ChatError> {
        let team = match &channel.team_id {
            Some(team) => self.store.team(team).await?,
            None => None,
        };
        Ok(team.map(|team| team.name).unwrap_or_default())
    }
}

/// Returns the post that the first link to this server's posts in a text leads to: `SITE/TEAM/pl/POST`.
pub(super) fn previewed(message: &str, site_url: &str) -> Option<PostId> {
    message.match_indices(site_url).find_map(|(at, site)| {
        let path = message[at + site.len()..].strip_prefix('/')?;
        let (team, rest) = path.split_once('/')?;
        let is_name =
            team.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
        let rest = rest.strip_prefix("pl/").filter(|_| is_name && !team.is_empty())?;
        let id = rest.get(..ID)?;
        let ends = rest[ID..].chars().next().is_none_or(|next| !next.is_alphanumeric());
        id.parse().ok().filter(|_| ends)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_post_names_the_site_a_team_and_the_post() {
        const SITE: &str = "https://chat.example";
        let id = "a".repeat(ID);
        let found = |text: String| previewed(&text, SITE).map(|id| id.to_string());
        assert_eq!(found(format!("see {SITE}/bakery/pl/{id}.")), Some(id.clone()));
        assert_eq!(found(format!("{SITE}/x ({SITE}/_redirect/pl/{id})")), Some(id.clone()));
        for other in
            [format!("{SITE}/a/b/pl/{id}"), format!("{SITE}/a/pl/{id}a"), format!("{SITE}/a/pl/short")]
        {
            assert_eq!(found(other.clone()), None, "{other}");
        }
        assert_eq!(found(format!("https://other.example/a/pl/{id}")), None);
    }
}
