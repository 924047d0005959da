//! `messaging`: posts, edits, deletions and reactions, recorded; the ids of new posts are valid at once.
//!
//! A plugin posts, reads and reacts in the channels that its call may access. It edits and deletes only messages of its
//! own account, in any channel that is not archived.

use std::collections::HashSet;

use wasmtime::component::HasData;

use super::channels::{Access, Channels};
use super::directory::actor;
use super::not_yet;
use crate::clock::Clock;
use crate::model::{
    Call, Effect, EmojiName, InvalidEmoji, MAX_EMOJI_PER_POST, Message, Place, Post, PostId, UserId,
};
use crate::runtime::bindings::jackfield::plugin::messaging::{Dialog, Error, Host};
use crate::runtime::bindings::jackfield::plugin::types;
use crate::runtime::limits::{MAX_IDEMPOTENCY_KEY, MAX_POST_CHANGES, MAX_POSTS};
use crate::runtime::marshal;
use crate::runtime::recording::{Posts, Recorded};
use crate::runtime::state::State;
use crate::store::Store;

/// How many reactions to one post are read. Further ones are ignored, which matters only for posts with thousands.
const MAX_REACTIONS: i64 = 10_000;

/// The outer error ends the call, the inner one is the guest's result.
type Answer<T> = wasmtime::Result<Result<T, Error>>;

pub(in crate::runtime) struct Messaging<'a> {
    call: &'a Call,
    store: &'a Store,
    clock: &'a Clock,
    channels: Channels<'a>,
    posts: &'a mut Posts,
}

pub(in crate::runtime) fn view(state: &mut State) -> Messaging<'_> {
    let State { call, store, clock, posts, .. } = state;
    Messaging { call, store, clock, channels: Channels { call, store }, posts }
}

impl HasData for Messaging<'static> {
    type Data<'a> = Messaging<'a>;
}

/// Returns an inner error to the guest.
macro_rules! answered {
    ($answer:expr) => {
        match $answer {
            Ok(value) => value,
            Err(refused) => return Ok(Err(refused)),
        }
    };
}

impl Host for Messaging<'_> {
    async fn create(
        &mut self,
        to: types::Place,
        message: types::Message,
        idempotency_key: Option<String>,
    ) -> Answer<String> {
        if let Some(key) = &idempotency_key {
            answered!(check_idempotency_key(key));
            if let Some(id) = self.post_made_once(key).await? {
                return Ok(Ok(id.into()));
            }
        }
        let message = answered!(self.new_message(message));
        let to = answered!(self.open_place(to).await?);
        let id: PostId = self.clock.id();
        self.posts.record(Effect::Post { id: id.clone(), to, message, idempotency_key });
        Ok(Ok(id.into()))
    }

    async fn create_ephemeral(
        &mut self,
        to: types::Place,
        user_id: String,
        message: types::Message,
    ) -> Answer<String> {
        let message = answered!(self.new_message(message));
        let to = answered!(self.open_place(to).await?);
        let Ok(user_id) = user_id.parse::<UserId>() else { return Ok(Err(Error::NotFound)) };
        if !self.store.is_channel_member(&to.channel_id, &user_id).await? {
            return Ok(Err(match self.store.user(&user_id).await? {
                Some(_) => Error::Denied("the user is not in the channel".to_owned()),
                None => Error::NotFound,
            }));
        }
        let id: PostId = self.clock.id();
        self.posts.record(Effect::Ephemeral { id: id.clone(), to, user_id, message });
        Ok(Ok(id.into()))
    }

    async fn update(&mut self, post_id: String, message: types::Message) -> Answer<()> {
        answered!(self.check_room());
        let message = answered!(marshal::message(message).map_err(Error::Invalid));
        let post = answered!(self.own_post(&post_id).await?);
        let is_edited = post.message != message.text;
        self.posts.record(Effect::Edit { id: post.id, message, is_edited });
        Ok(Ok(()))
    }

    async fn delete(&mut self, post_id: String) -> Answer<()> {
        answered!(self.check_room());
        let post = answered!(self.own_post(&post_id).await?);
        self.posts.record(Effect::Delete { id: post.id });
        Ok(Ok(()))
    }

    async fn react(&mut self, post_id: String, emoji: String) -> Answer<()> {
        answered!(self.check_room());
        let emoji = answered!(emoji_name(&emoji));
        let (post, _) = answered!(self.readable_post(&post_id).await?);
        let reactions = self.reactions(&post.id).await?;
        if reactions.own.contains(&emoji) {
            return Ok(Ok(()));
        }
        let count = i64::try_from(reactions.all.len()).unwrap_or(i64::MAX);
        if count >= MAX_EMOJI_PER_POST && !reactions.all.contains(&emoji) {
            return Ok(Err(Error::Invalid(format!(
                "a message has at most {MAX_EMOJI_PER_POST} different emoji"
            ))));
        }
        self.posts.record(Effect::React { id: post.id, emoji });
        Ok(Ok(()))
    }

    async fn unreact(&mut self, post_id: String, emoji: String) -> Answer<()> {
        answered!(self.check_room());
        let emoji = answered!(emoji_name(&emoji));
        let (post, _) = answered!(self.readable_post(&post_id).await?);
        if self.reactions(&post.id).await?.own.contains(&emoji) {
            self.posts.record(Effect::Unreact { id: post.id, emoji });
        }
        Ok(Ok(()))
    }

    async fn read(&mut self, post_id: String) -> Answer<types::Post> {
        let (post, place) = answered!(self.readable_post(&post_id).await?);
        let Some(author) = self.store.user(&post.user_id).await? else { return Ok(Err(Error::NotFound)) };
        Ok(Ok(marshal::post(post, &place, actor(&author))))
    }

    async fn direct(
        &mut self,
        _user: String,
        _message: types::Message,
        _key: Option<String>,
    ) -> Answer<String> {
        Ok(Err(Error::Other(not_yet("direct messages of plugins"))))
    }

    async fn read_thread(&mut self, _root_id: String, _limit: u32) -> Answer<Vec<types::Post>> {
        Ok(Err(Error::Other(not_yet("reading threads"))))
    }

    async fn open_dialog(&mut self, _trigger_id: String, _dialog: Dialog) -> Answer<()> {
        Ok(Err(Error::Other(not_yet("dialogs"))))
    }
}

/// The emoji on a post, including this call's changes.
struct Emoji {
    all: HashSet<EmojiName>,
    /// The emoji with which the plugin's own account reacted.
    own: HashSet<EmojiName>,
}

impl Messaging<'_> {
    async fn post_made_once(&self, key: &str) -> wasmtime::Result<Option<PostId>> {
        if let Some(id) = self.posts.made_once(key) {
            return Ok(Some(id.clone()));
        }
        Ok(self.store.post_made_once(&self.call.once_key(key)).await?)
    }

    fn new_message(&self, message: types::Message) -> Result<Message, Error> {
        if self.posts.created() >= MAX_POSTS {
            return Err(Error::Invalid(format!("one call may post at most {MAX_POSTS} messages")));
        }
        marshal::message(message).map_err(Error::Invalid)
    }

    fn check_room(&self) -> Result<(), Error> {
        if self.posts.changed() < MAX_POST_CHANGES {
            return Ok(());
        }
        Err(Error::Invalid(format!("one call may edit, delete or react at most {MAX_POST_CHANGES} times")))
    }

    /// Returns where a guest may post: the channel must be open to the call, and `root-id` must start a thread there.
    async fn open_place(&self, to: types::Place) -> Answer<Place> {
        let channel = match self.channels.by_id(&to.channel_id).await? {
            Access::Open(channel) => channel,
            Access::NotFound => return Ok(Err(Error::NotFound)),
            Access::Denied(reason) => return Ok(Err(Error::Denied(reason))),
        };
        let mut place = Place { team_id: channel.team_id, channel_id: channel.id, root_id: None };
        let Some(root) = to.root_id.filter(|root| !root.is_empty()) else { return Ok(Ok(place)) };
        let Ok(root) = root.parse::<PostId>() else { return Ok(Err(Error::NotFound)) };
        let Some((root, _)) = self.post(root).await? else { return Ok(Err(Error::NotFound)) };
        if root.channel_id != place.channel_id {
            return Ok(Err(Error::Invalid("root-id names a post in another channel".to_owned())));
        }
        if root.root_id.is_some() {
            return Ok(Err(Error::Invalid(
                "root-id names a reply, not the first post of a thread".to_owned(),
            )));
        }
        place.root_id = Some(root.id);
        Ok(Ok(place))
    }

    /// Returns a post as this call left it, with its place if this call created it, or None if it does not exist.
    async fn post(&self, id: PostId) -> wasmtime::Result<Option<(Post, Option<Place>)>> {
        let now = self.call.now;
        match self.posts.recorded(&id) {
            Recorded::Deleted => return Ok(None),
            // The post is as it will be stored, except for its time, which is set when the call has ended.
            Recorded::Created { to, message } => {
                let post = Post::of_plugin(id, self.call, to, message.clone(), now);
                return Ok(Some((post, Some(to.clone()))));
            }
            Recorded::Edited { .. } | Recorded::Untouched => {}
        }
        let Some(mut post) = self.store.post(&id).await?.filter(|post| post.delete_at.is_never()) else {
            return Ok(None);
        };
        if post.root_id.as_ref().is_some_and(|root| matches!(self.posts.recorded(root), Recorded::Deleted)) {
            return Ok(None);
        }
        if let Recorded::Edited { message, is_edited } = self.posts.recorded(&id) {
            post.set_message(self.call, message.clone());
            post.edit_at = if is_edited { now } else { post.edit_at };
        }
        Ok(Some((post, None)))
    }

    /// Returns a post that the call may read. A post in a channel that it may not access is reported as not found, so
    /// that its existence stays hidden.
    async fn readable_post(&self, id: &str) -> Answer<(Post, Place)> {
        let Ok(id) = id.parse::<PostId>() else { return Ok(Err(Error::NotFound)) };
        let Some((post, place)) = self.post(id).await? else { return Ok(Err(Error::NotFound)) };
        if let Some(place) = place {
            return Ok(Ok((post, place)));
        }
        let Access::Open(channel) = self.channels.by_id(post.channel_id.as_str()).await? else {
            return Ok(Err(Error::NotFound));
        };
        let place = Place { team_id: channel.team_id, channel_id: channel.id, root_id: post.root_id.clone() };
        Ok(Ok((post, place)))
    }

    /// Returns a post of the plugin's own account.
    async fn own_post(&self, id: &str) -> Answer<Post> {
        let Ok(post_id) = id.parse::<PostId>() else { return Ok(Err(Error::NotFound)) };
        let Some((post, _)) = self.post(post_id).await? else { return Ok(Err(Error::NotFound)) };
        if post.user_id != self.call.bot || post.kind.is_system() {
            answered!(self.readable_post(id).await?);
            return Ok(Err(Error::Denied("the message is not the plugin's own".to_owned())));
        }
        match self.store.channel(&post.channel_id).await? {
            Some(channel) if channel.delete_at.is_never() => Ok(Ok(post)),
            Some(channel) => Ok(Err(Error::Denied(format!("the channel `{}` is archived", channel.name)))),
            None => Ok(Err(Error::NotFound)),
        }
    }

    async fn reactions(&self, id: &PostId) -> wasmtime::Result<Emoji> {
        let mut emoji = Emoji { all: HashSet::new(), own: HashSet::new() };
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

fn emoji_name(name: &str) -> Result<EmojiName, Error> {
    name.parse().map_err(|error: InvalidEmoji| Error::Invalid(error.to_string()))
}

fn check_idempotency_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > MAX_IDEMPOTENCY_KEY || key.contains('\0') {
        return Err(Error::Invalid(format!(
            "an idempotency key has 1 to {MAX_IDEMPOTENCY_KEY} bytes and no NUL character"
        )));
    }
    Ok(())
}
