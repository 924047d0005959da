//! `messaging`: posts, recorded with ids that are valid at once.

use super::channels::Access;
use super::directory::actor;
use super::not_yet;
use crate::model::{Effect, Message, Place, Post, PostId, UserId};
use crate::runtime::bindings::jackfield::plugin::messaging::{Dialog, Error, Host};
use crate::runtime::bindings::jackfield::plugin::types;
use crate::runtime::call::State;
use crate::runtime::limits::{MAX_IDEMPOTENCY_KEY, MAX_POSTS};
use crate::runtime::marshal;

/// The outer error ends the call, the inner one is the guest's answer.
type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Passes the inner error on.
macro_rules! answered {
    ($answer:expr) => {
        match $answer {
            Ok(value) => value,
            Err(refused) => return Ok(Err(refused)),
        }
    };
}

impl Host for State {
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
        let message = answered!(self.take_message(message));
        let to = answered!(self.open_place(to).await?);
        let id: PostId = self.clock.id();
        self.recording.add_message(Effect::Post { id: id.clone(), to, message, idempotency_key });
        Ok(Ok(id.into()))
    }

    async fn create_ephemeral(
        &mut self,
        to: types::Place,
        user_id: String,
        message: types::Message,
    ) -> Answer<String> {
        let message = answered!(self.take_message(message));
        let to = answered!(self.open_place(to).await?);
        let Ok(user_id) = user_id.parse::<UserId>() else { return Ok(Err(Error::NotFound)) };
        if !self.store.is_channel_member(&to.channel_id, &user_id).await? {
            return Ok(Err(match self.store.user(&user_id).await? {
                Some(_) => Error::Denied("the user is not in the channel".to_owned()),
                None => Error::NotFound,
            }));
        }
        let id: PostId = self.clock.id();
        self.recording.add_message(Effect::Ephemeral { id: id.clone(), to, user_id, message });
        Ok(Ok(id.into()))
    }

    async fn read(&mut self, post_id: String) -> Answer<types::Post> {
        let Ok(id) = post_id.parse::<PostId>() else { return Ok(Err(Error::NotFound)) };
        let (post, place) = match self.recording.post(&id) {
            // What will be stored, but for the moment: that is when the call has ended.
            Some(Effect::Post { to, message, .. }) => {
                (Post::of_plugin(id, &self.call, to, message.clone(), self.call.now), to.clone())
            }
            _ => answered!(self.stored_post(&id).await?),
        };
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

    async fn update(&mut self, _post_id: String, _message: types::Message) -> Answer<()> {
        Ok(Err(Error::Other(not_yet("changing messages"))))
    }

    async fn delete(&mut self, _post_id: String) -> Answer<()> {
        Ok(Err(Error::Other(not_yet("deleting messages"))))
    }

    async fn react(&mut self, _post_id: String, _emoji: String) -> Answer<()> {
        Ok(Err(Error::Other(not_yet("reactions"))))
    }

    async fn unreact(&mut self, _post_id: String, _emoji: String) -> Answer<()> {
        Ok(Err(Error::Other(not_yet("reactions"))))
    }

    async fn read_thread(&mut self, _root_id: String, _limit: u32) -> Answer<Vec<types::Post>> {
        Ok(Err(Error::Other(not_yet("reading threads"))))
    }

    async fn open_dialog(&mut self, _trigger_id: String, _dialog: Dialog) -> Answer<()> {
        Ok(Err(Error::Other(not_yet("dialogs"))))
    }
}

impl State {
    async fn post_made_once(&self, key: &str) -> wasmtime::Result<Option<PostId>> {
        if let Some(id) = self.recording.post_made_once(key) {
            return Ok(Some(id.clone()));
        }
        Ok(self.store.post_made_once(&self.call.once_key(key)).await?)
    }

    fn take_message(&self, message: types::Message) -> Result<Message, Error> {
        if self.recording.message_count() >= MAX_POSTS {
            return Err(Error::Invalid(format!("one call may post at most {MAX_POSTS} messages")));
        }
        marshal::message(message).map_err(Error::Invalid)
    }

    /// Where a guest may post: the channel must be open to the call, and a thread must begin there.
    async fn open_place(&self, to: types::Place) -> Answer<Place> {
        let channel = match self.channel_by_id(&to.channel_id).await? {
            Access::Open(channel) => channel,
            Access::NotFound => return Ok(Err(Error::NotFound)),
            Access::Denied(reason) => return Ok(Err(Error::Denied(reason))),
        };
        let mut place = Place { team_id: channel.team_id, channel_id: channel.id, root_id: None };
        let Some(root) = to.root_id.filter(|root| !root.is_empty()) else { return Ok(Ok(place)) };
        let Ok(root) = root.parse::<PostId>() else { return Ok(Err(Error::NotFound)) };
        let (channel, parent) = match self.recording.post(&root) {
            Some(Effect::Post { to, .. }) => (to.channel_id.clone(), to.root_id.clone()),
            _ => match self.store.post(&root).await?.filter(|post| post.delete_at.is_never()) {
                Some(post) => (post.channel_id, post.root_id),
                None => return Ok(Err(Error::NotFound)),
            },
        };
        if channel != place.channel_id {
            return Ok(Err(Error::Invalid("root-id names a post in another channel".to_owned())));
        }
        if parent.is_some() {
            return Ok(Err(Error::Invalid(
                "root-id names an answer, not the first post of a thread".to_owned(),
            )));
        }
        place.root_id = Some(root);
        Ok(Ok(place))
    }

    async fn stored_post(&self, id: &PostId) -> Answer<(Post, Place)> {
        let post = self.store.post(id).await?.filter(|post| post.delete_at.is_never());
        let Some(post) = post else { return Ok(Err(Error::NotFound)) };
        // A post in a channel the call may not touch is not found: its existence is nobody's business.
        let Access::Open(channel) = self.channel_by_id(post.channel_id.as_str()).await? else {
            return Ok(Err(Error::NotFound));
        };
        let place = Place { team_id: channel.team_id, channel_id: channel.id, root_id: post.root_id.clone() };
        Ok(Ok((post, place)))
    }
}

fn check_idempotency_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > MAX_IDEMPOTENCY_KEY || key.contains('\0') {
        return Err(Error::Invalid(format!(
            "an idempotency key has 1 to {MAX_IDEMPOTENCY_KEY} bytes and no NUL character"
        )));
    }
    Ok(())
}
