//! `messaging`: posts, edits, deletions and reactions, recorded; the ids of new posts are valid at once.
//!
//! A plugin posts, reads and reacts in the channels that its call may access. It edits and deletes only messages of its
//! own account, and only where the user who called it may post.

use wasmtime::component::HasData;

use super::channels::{Channels, Purpose};
use super::directory::actor;
use super::not_yet;
use crate::clock::Clock;
use crate::model::{Call, Effect, EmojiName, InvalidEmoji, MAX_EMOJI_PER_POST, Message, PostId, UserId};
use crate::runtime::bindings::jackfield::plugin::messaging::{Dialog, Error, Host};
use crate::runtime::bindings::jackfield::plugin::types;
use crate::runtime::limits::{MAX_IDEMPOTENCY_KEY, MAX_POST_CHANGES, MAX_POSTED, MAX_POSTS};
use crate::runtime::marshal;
use crate::runtime::meter::Meter;
use crate::runtime::recording::Posts;
use crate::runtime::state::State;
use crate::store::{Store, StoreError};
use crate::template::TREE;

mod lookup;

/// The outer error ends the call, the inner one is the guest's result.
type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Why a function of this interface has no result. Inside the module, `?` returns either.
enum Stop {
    /// The guest gets this error, and continues.
    Refused(Error),
    /// The call ends.
    Ended(wasmtime::Error),
}

pub(in crate::runtime) struct Messaging<'a> {
    call: &'a Call,
    store: &'a Store,
    clock: &'a Clock,
    channels: Channels<'a>,
    posts: &'a mut Posts,
    meter: &'a mut Meter,
}

pub(in crate::runtime) fn view(state: &mut State) -> Messaging<'_> {
    let State { call, store, clock, posts, rules, meter, .. } = state;
    Messaging { call, store, clock, channels: Channels { call, store, rules: *rules }, posts, meter }
}

impl HasData for Messaging<'static> {
    type Data<'a> = Messaging<'a>;
}

impl Host for Messaging<'_> {
    async fn create(
        &mut self,
        to: types::Place,
        message: types::Message,
        idempotency_key: Option<String>,
    ) -> Answer<String> {
        answer(self.create_post(to, message, idempotency_key).await)
    }

    async fn create_ephemeral(
        &mut self,
        to: types::Place,
        user_id: String,
        message: types::Message,
    ) -> Answer<String> {
        answer(self.create_ephemeral_post(to, &user_id, message).await)
    }

    async fn update(&mut self, post_id: String, message: types::Message) -> Answer<()> {
        answer(self.edit_post(&post_id, message).await)
    }

    async fn delete(&mut self, post_id: String) -> Answer<()> {
        answer(self.delete_post(&post_id).await)
    }

    async fn react(&mut self, post_id: String, emoji: String) -> Answer<()> {
        answer(self.add_reaction(&post_id, &emoji).await)
    }

    async fn unreact(&mut self, post_id: String, emoji: String) -> Answer<()> {
        answer(self.remove_reaction(&post_id, &emoji).await)
    }

    async fn read(&mut self, post_id: String) -> Answer<types::Post> {
        answer(self.read_post(&post_id).await)
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

impl Messaging<'_> {
    async fn create_post(
        &mut self,
        to: types::Place,
        message: types::Message,
        idempotency_key: Option<String>,
    ) -> Result<String, Stop> {
        if let Some(key) = &idempotency_key {
            check_idempotency_key(key)?;
            if let Some(id) = self.post_made_once(key).await? {
                return Ok(id.into());
            }
        }
        let message = self.new_message(message)?;
        let to = self.open_place(to).await?;
        let id: PostId = self.clock.id();
        self.posts.record(Effect::Post { id: id.clone(), to, message, idempotency_key });
        Ok(id.into())
    }

    async fn create_ephemeral_post(
        &mut self,
        to: types::Place,
        user_id: &str,
        message: types::Message,
    ) -> Result<String, Stop> {
        let message = self.new_message(message)?;
        let to = self.open_place(to).await?;
        let user_id: UserId = user_id.parse().map_err(|_| Error::NotFound)?;
        if !self.store.is_channel_member(&to.channel_id, &user_id).await? {
            self.store.user(&user_id).await?.ok_or(Error::NotFound)?;
            return Err(Error::Denied("the user is not in the channel".to_owned()).into());
        }
        let id: PostId = self.clock.id();
        self.posts.record(Effect::Ephemeral { id: id.clone(), to, user_id, message });
        Ok(id.into())
    }

    async fn edit_post(&mut self, id: &str, message: types::Message) -> Result<(), Stop> {
        self.check_room()?;
        let message = self.message(message)?;
        let post = self.own_post(id).await?;
        let is_edited = post.message != message.text;
        self.posts.record(Effect::Edit { id: post.id, message, is_edited });
        Ok(())
    }

    async fn delete_post(&mut self, id: &str) -> Result<(), Stop> {
        self.check_room()?;
        let post = self.own_post(id).await?;
        self.posts.record(Effect::Delete { id: post.id });
        Ok(())
    }

    async fn add_reaction(&mut self, id: &str, emoji: &str) -> Result<(), Stop> {
        self.check_room()?;
        let emoji = emoji_name(emoji)?;
        let (post, _) = self.accessible_post(id, Purpose::Post).await?;
        let reactions = self.reactions(&post.id).await?;
        if reactions.own.contains(&emoji) {
            return Ok(());
        }
        let count = i64::try_from(reactions.all.len()).unwrap_or(i64::MAX);
        if count >= MAX_EMOJI_PER_POST && !reactions.all.contains(&emoji) {
            let reason = format!("a message has at most {MAX_EMOJI_PER_POST} different emoji");
            return Err(Error::Invalid(reason).into());
        }
        self.posts.record(Effect::React { id: post.id, emoji });
        Ok(())
    }

    async fn remove_reaction(&mut self, id: &str, emoji: &str) -> Result<(), Stop> {
        self.check_room()?;
        let emoji = emoji_name(emoji)?;
        let (post, _) = self.accessible_post(id, Purpose::Post).await?;
        if self.reactions(&post.id).await?.own.contains(&emoji) {
            self.posts.record(Effect::Unreact { id: post.id, emoji });
        }
        Ok(())
    }

    async fn read_post(&self, id: &str) -> Result<types::Post, Stop> {
        let (post, place) = self.accessible_post(id, Purpose::Read).await?;
        let author = self.store.user(&post.user_id).await?.ok_or(Error::NotFound)?;
        Ok(marshal::post(post, &place, actor(&author)))
    }

    async fn post_made_once(&self, key: &str) -> wasmtime::Result<Option<PostId>> {
        if let Some(id) = self.posts.made_once(key) {
            return Ok(Some(id.clone()));
        }
        Ok(self.store.post_made_once(&self.call.once_key(key)).await?)
    }

    fn new_message(&mut self, message: types::Message) -> Result<Message, Error> {
        if self.posts.created() >= MAX_POSTS {
            return Err(Error::Invalid(format!("one call may post at most {MAX_POSTS} messages")));
        }
        self.message(message)
    }

    /// Converts a message and counts its bytes. The host holds it until the call ends.
    fn message(&mut self, message: types::Message) -> Result<Message, Error> {
        let size = marshal::message_size(&message);
        if !self.posts.fits(size) {
            return Err(Error::Invalid(format!("one call may post or edit at most {MAX_POSTED} bytes")));
        }
        let held = size + TREE * message.props_json.as_ref().map_or(0, String::len);
        if self.meter.take(held).is_err() {
            return Err(Error::Invalid("the call has no memory left for this message".to_owned()));
        }
        let message = marshal::message(message).map_err(Error::Invalid)?;
        self.posts.count(size);
        Ok(message)
    }

    fn check_room(&self) -> Result<(), Error> {
        if self.posts.changed() < MAX_POST_CHANGES {
            return Ok(());
        }
        Err(Error::Invalid(format!("one call may edit, delete or react at most {MAX_POST_CHANGES} times")))
    }
}

// === impl Stop ===

impl From<Error> for Stop {
    fn from(refused: Error) -> Self {
        Self::Refused(refused)
    }
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        Self::Ended(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Ended(error.into())
    }
}

fn answer<T>(outcome: Result<T, Stop>) -> Answer<T> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Refused(error)) => Ok(Err(error)),
        Err(Stop::Ended(error)) => Err(error),
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
