//! The host in memory: values, users, channels, posts, and a record of the plugin's effects.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jackfield_sdk::host::Host;
use jackfield_sdk::{
    Actor, Channel, DirectoryError, Entry, KvError, Level, Message, MessagingError, Place, Post,
};
use jackfield_templates::{Handlebars, registry, render};
use serde_json::Value;

use crate::effect::Effect;

/// The id of the account that a plugin posts as.
const BOT: &str = "user-bot";

/// The state of a test host. `stored` is what a failed call must not change.
pub(crate) struct World {
    pub(crate) now_ms: u64,
    pub(crate) users: Vec<Actor>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) settings: BTreeMap<String, Value>,
    pub(crate) templates: Handlebars<'static>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) stored: Contents,
}

/// What a call changes, all or nothing.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    pub(crate) values: BTreeMap<String, StoredValue>,
    pub(crate) posts: Vec<Post>,
    /// The plugin's reactions, as post and emoji.
    pub(crate) reactions: BTreeSet<(String, String)>,
}

#[derive(Clone)]
pub(crate) struct StoredValue {
    pub(crate) entry: Entry,
    /// When the value expires.
    pub(crate) expires_ms: Option<u64>,
}

/// A world as the SDK's host.
pub(crate) struct SharedWorld(pub(crate) Rc<RefCell<World>>);

// === impl World ===

impl World {
    pub(crate) fn new(now_ms: u64) -> Self {
        Self {
            now_ms,
            users: Vec::new(),
            channels: Vec::new(),
            settings: BTreeMap::new(),
            templates: registry(),
            effects: Vec::new(),
            stored: Contents::default(),
        }
    }

    fn live(&self, key: &str) -> Option<&Entry> {
        let value = self.stored.values.get(key)?;
        value.expires_ms.is_none_or(|end| self.now_ms < end).then_some(&value.entry)
    }

    fn knows_channel(&self, to: &Place) -> bool {
        self.channels.iter().any(|channel| channel.id == to.channel_id)
    }

    fn accept(&self, to: &Place, message: &Message) -> Result<(), MessagingError> {
        if !self.knows_channel(to) {
            return Err(MessagingError::NotFound);
        }
        check_message(message)
    }

    fn own_post(&mut self, id: &str) -> Result<&mut Post, MessagingError> {
        let post = self.stored.posts.iter_mut().find(|post| post.id == id).ok_or(MessagingError::NotFound)?;
        if post.author.id == BOT {
            return Ok(post);
        }
        Err(MessagingError::Denied("the message is not the plugin's own".to_owned()))
    }

    fn check_post(&self, id: &str) -> Result<(), MessagingError> {
        let exists = self.stored.posts.iter().any(|post| post.id == id);
        if exists { Ok(()) } else { Err(MessagingError::NotFound) }
    }

    /// Returns an id that is unique in this world, for any kind of post.
    fn next_post_id(&self) -> String {
        let is_post = |effect: &&Effect| matches!(effect, Effect::Post { .. } | Effect::Ephemeral { .. });
        format!("post-{}", self.effects.iter().filter(is_post).count() + 1)
    }
}

// === impl SharedWorld ===

impl Host for SharedWorld {
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.0.borrow_mut().effects.push(Effect::Log { level, message: message.to_owned(), fields });
    }

    fn setting(&self, key: &str) -> Option<String> {
        self.0.borrow().settings.get(key).map(Value::to_string)
    }

    fn kv_get(&self, key: &str) -> Result<Option<Entry>, KvError> {
        Ok(self.0.borrow().live(key).cloned())
    }

    fn kv_put(
        &self,
        key: &str,
        value: &[u8],
        if_version: Option<u64>,
        ttl_s: Option<u32>,
    ) -> Result<u64, KvError> {
        let world = &mut *self.0.borrow_mut();
        let current = world.live(key).map_or(0, |entry| entry.version);
        if if_version.is_some_and(|expected| expected != current) {
            return Err(KvError::Conflict);
        }
        let entry = Entry { value: value.to_vec(), version: current + 1 };
        let expires_ms = ttl_s.map(|seconds| world.now_ms + u64::from(seconds) * 1000);
        world.stored.values.insert(key.to_owned(), StoredValue { entry, expires_ms });
        world.effects.push(Effect::Put { key: key.to_owned(), value: value.to_vec(), ttl_s });
        Ok(current + 1)
    }

    fn kv_delete(&self, key: &str) -> Result<(), KvError> {
        let world = &mut *self.0.borrow_mut();
        if world.live(key).is_some() {
            world.effects.push(Effect::Delete { key: key.to_owned() });
        }
        world.stored.values.remove(key);
        Ok(())
    }

    fn kv_list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, KvError> {
        let world = self.0.borrow();
        let keys = world.stored.values.keys().filter(|key| {
            key.starts_with(prefix)
                && after.is_none_or(|after| key.as_str() > after)
                && world.live(key).is_some()
        });
        Ok(keys.take(limit as usize).cloned().collect())
    }

    fn create_post(&self, to: &Place, message: &Message) -> Result<String, MessagingError> {
        let world = &mut *self.0.borrow_mut();
        world.accept(to, message)?;
        let id = world.next_post_id();
        world.stored.posts.push(Post {
            id: id.clone(),
            place: to.clone(),
            author: Actor { id: BOT.into(), username: "bot".into(), is_bot: true, ..Actor::default() },
            message: message.clone(),
            created_ms: world.now_ms,
            edited_ms: None,
            from_hook: false,
        });
        world.effects.push(Effect::Post { id: id.clone(), to: to.clone(), message: message.clone() });
        Ok(id)
    }

    fn create_ephemeral(
        &self,
        to: &Place,
        user_id: &str,
        message: &Message,
    ) -> Result<String, MessagingError> {
        let world = &mut *self.0.borrow_mut();
        world.accept(to, message)?;
        if !world.users.iter().any(|user| user.id == user_id) {
            return Err(MessagingError::Invalid(format!("there is no user with the id `{user_id}`")));
        }
        let id = world.next_post_id();
        world.effects.push(Effect::Ephemeral {
            id: id.clone(),
            to: to.clone(),
            user_id: user_id.to_owned(),
            message: message.clone(),
        });
        Ok(id)
    }

    fn update_post(&self, post_id: &str, message: &Message) -> Result<(), MessagingError> {
        let world = &mut *self.0.borrow_mut();
        check_message(message)?;
        let now_ms = world.now_ms;
        let post = world.own_post(post_id)?;
        post.message = message.clone();
        post.edited_ms = Some(now_ms);
        world.effects.push(Effect::Edit { id: post_id.to_owned(), message: message.clone() });
        Ok(())
    }

    fn delete_post(&self, post_id: &str) -> Result<(), MessagingError> {
        let world = &mut *self.0.borrow_mut();
        world.own_post(post_id)?;
        let is_of_thread = |post: &Post| post.id == post_id || post.place.root_id.as_deref() == Some(post_id);
        world.stored.posts.retain(|post| !is_of_thread(post));
        world.effects.push(Effect::DeletePost { id: post_id.to_owned() });
        Ok(())
    }

    fn react(&self, post_id: &str, emoji: &str) -> Result<(), MessagingError> {
        let world = &mut *self.0.borrow_mut();
        world.check_post(post_id)?;
        if world.stored.reactions.insert((post_id.to_owned(), emoji.to_owned())) {
            world.effects.push(Effect::React { id: post_id.to_owned(), emoji: emoji.to_owned() });
        }
        Ok(())
    }

    fn unreact(&self, post_id: &str, emoji: &str) -> Result<(), MessagingError> {
        let world = &mut *self.0.borrow_mut();
        world.check_post(post_id)?;
        if world.stored.reactions.remove(&(post_id.to_owned(), emoji.to_owned())) {
            world.effects.push(Effect::Unreact { id: post_id.to_owned(), emoji: emoji.to_owned() });
        }
        Ok(())
    }

    fn read_post(&self, post_id: &str) -> Result<Post, MessagingError> {
        let world = self.0.borrow();
        let post = world.stored.posts.iter().find(|post| post.id == post_id);
        post.cloned().ok_or(MessagingError::NotFound)
    }

    fn find_user(&self, id_or_name: &str) -> Result<Actor, DirectoryError> {
        let world = self.0.borrow();
        let user = world.users.iter().find(|user| user.id == id_or_name || user.username == id_or_name);
        user.cloned().ok_or(DirectoryError::NotFound)
    }

    fn find_channel(&self, id_or_name: &str, team_id: Option<&str>) -> Result<Channel, DirectoryError> {
        let world = self.0.borrow();
        let channel = world.channels.iter().find(|channel| {
            channel.id == id_or_name || (channel.name == id_or_name && channel.team_id.as_deref() == team_id)
        });
        channel.cloned().ok_or(DirectoryError::NotFound)
    }

    fn render(&self, template: &str, data_json: &str) -> Result<String, String> {
        let data: Value =
            serde_json::from_str(data_json).map_err(|fault| format!("the data is not JSON: {fault}"))?;
        render(&self.0.borrow().templates, template, &data).map_err(|fault| fault.to_string())
    }
}

fn check_message(message: &Message) -> Result<(), MessagingError> {
    if message.text.is_empty() && message.attachments.is_empty() {
        return Err(MessagingError::Invalid("it has neither text nor attachments".to_owned()));
    }
    Ok(())
}
