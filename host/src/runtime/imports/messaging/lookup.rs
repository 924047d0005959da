//! The channels, posts and reactions that a call may work on, as it left them.

use std::collections::HashSet;

use super::{Messaging, Stop};
use crate::model::{EmojiName, Place, Post, PostId};
use crate::runtime::bindings::jackfield::plugin::messaging::Error;
use crate::runtime::bindings::jackfield::plugin::types;
use crate::runtime::imports::channels::{ChannelLookup, Purpose};
use crate::runtime::recording::PostState;

/// How many reactions to one post are read. Further ones are ignored, which matters only for posts with thousands.
const MAX_REACTIONS: i64 = 10_000;

/// The emoji on a post, including this call's changes.
pub(super) struct PostEmoji {
    pub(super) all: HashSet<EmojiName>,
    /// The emoji with which the plugin's own account reacted.
    pub(super) own: HashSet<EmojiName>,
}

impl Messaging<'_> {
    /// Returns where a guest may post: the channel must be open to the call, and `root-id` must start a thread there.
    pub(super) async fn open_place(&self, to: types::Place) -> Result<Place, Stop> {
        let channel = match self.channels.by_id(&to.channel_id, Purpose::Post).await? {
            ChannelLookup::Open(channel) => channel,
            ChannelLookup::NotFound => return Err(Error::NotFound.into()),
            ChannelLookup::Denied(reason) => return Err(Error::Denied(reason).into()),
        };
        let mut place = Place { team_id: channel.team_id, channel_id: channel.id, root_id: None };
        let Some(root) = to.root_id.filter(|root| !root.is_empty()) else { return Ok(place) };
        let Ok(root) = root.parse::<PostId>() else { return Err(Error::NotFound.into()) };
        // A post in another channel may be hidden from the call.
        let root = self.post(root).await?.filter(|(root, _)| root.channel_id == place.channel_id);
        let Some((root, _)) = root else { return Err(Error::NotFound.into()) };
        if root.root_id.is_some() {
            let reason = "root-id names a reply, not the first post of a thread".to_owned();
            return Err(Error::Invalid(reason).into());
        }
        place.root_id = Some(root.id);
        Ok(place)
    }

    /// Returns a post as this call left it, with its place if this call created it, or None if it does not exist.
    async fn post(&self, id: PostId) -> wasmtime::Result<Option<(Post, Option<Place>)>> {
        let now = self.call.now;
        match self.posts.recorded(&id) {
            PostState::Deleted => return Ok(None),
            // The post is as it will be stored, except for its time, which is set when the call has ended.
            PostState::Created { to, message } => {
                let post = Post::of_plugin(id, self.call, to, message.clone(), now);
                return Ok(Some((post, Some(to.clone()))));
            }
            PostState::Edited { .. } | PostState::Untouched => {}
        }
        let Some(mut post) = self.store.post(&id).await?.filter(|post| post.delete_at.is_never()) else {
            return Ok(None);
        };
        if post.root_id.as_ref().is_some_and(|root| matches!(self.posts.recorded(root), PostState::Deleted)) {
            return Ok(None);
        }
        if let PostState::Edited { message, is_edited } = self.posts.recorded(&id) {
            post.set_message(self.call, message.clone());
            post.edit_at = if is_edited { now } else { post.edit_at };
        }
        Ok(Some((post, None)))
    }

    /// Returns a post in a channel that the call may access. Any other post is reported as not found, so that its
    /// existence stays hidden, unless the call may read it.
    pub(super) async fn accessible_post(&self, id: &str, purpose: Purpose) -> Result<(Post, Place), Stop> {
        let Ok(id) = id.parse::<PostId>() else { return Err(Error::NotFound.into()) };
        let Some((post, place)) = self.post(id).await? else { return Err(Error::NotFound.into()) };
        if let Some(place) = place {
            return Ok((post, place));
        }
        let channel = match self.channels.by_id(post.channel_id.as_str(), purpose).await? {
            ChannelLookup::Open(channel) => channel,
            ChannelLookup::Denied(reason) if purpose == Purpose::Post => {
                return Err(Error::Denied(reason).into());
            }
            ChannelLookup::Denied(_) | ChannelLookup::NotFound => return Err(Error::NotFound.into()),
        };
        let place = Place { team_id: channel.team_id, channel_id: channel.id, root_id: post.root_id.clone() };
        Ok((post, place))
    }

    /// Returns a post of the plugin's own account that the call may change.
    pub(super) async fn own_post(&self, id: &str) -> Result<Post, Stop> {
        let Ok(post_id) = id.parse::<PostId>() else { return Err(Error::NotFound.into()) };
        let Some((post, place)) = self.post(post_id).await? else { return Err(Error::NotFound.into()) };
        if post.user_id != self.call.bot || post.kind.is_system() {
            self.accessible_post(id, Purpose::Read).await?;
            return Err(Error::Denied("the message is not the plugin's own".to_owned()).into());
        }
        if place.is_some() {
            return Ok(post);
        }
        match self.channels.of_own_post(&post.channel_id).await? {
            ChannelLookup::Open(_) => Ok(post),
            ChannelLookup::Denied(reason) => Err(Error::Denied(reason).into()),
            ChannelLookup::NotFound => Err(Error::NotFound.into()),
        }
    }

    pub(super) async fn reactions(&self, id: &PostId) -> wasmtime::Result<PostEmoji> {
        let mut emoji = PostEmoji { all: HashSet::new(), own: HashSet::new() };
        for reaction in self.store.reactions(std::slice::from_ref(id), MAX_REACTIONS).await? {
            if reaction.user_id == self.call.bot {
                emoji.own.insert(reaction.emoji_name.clone());
            }
            emoji.all.insert(reaction.emoji_name);
        }
        for (name, is_added) in self.posts.reactions(id) {
            if is_added {
                emoji.own.insert(name.clone());
                emoji.all.insert(name.clone());
            } else {
                emoji.own.remove(name);
            }
        }
        Ok(emoji)
    }
}
