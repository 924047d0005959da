//! The context of a call, and the host calls it may make.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::directory::{Actor, Channel, Place};
use crate::failure::{Failure, Result};
use crate::host::{self, Host};
use crate::kv::Kv;
use crate::log::Level;
use crate::message::Message;
use crate::messaging::{Post, PostId};

/// The context that the host gives every handler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// 26 lower-case letters and digits, 130 random bits; new for every call.
    pub call_id: String,
    /// The user who caused the call; none for web requests.
    pub actor: Option<Actor>,
    /// Where the call was made.
    pub place: Option<Place>,
    /// Unix time in milliseconds, fixed for the whole call.
    pub now_ms: u64,
    /// Milliseconds left when the call began.
    pub deadline_ms: u32,
    /// The server's public address, such as `https://chat.example.org`.
    pub site_url: String,
}

/// The first argument of every handler: the call, and the host calls it may make.
#[derive(Clone, Debug)]
pub struct Ctx {
    call: Call,
}

impl Ctx {
    /// Makes the context of a call. It is for hosts; a test uses `TestHost::ctx`.
    pub fn new(call: Call) -> Self {
        Self { call }
    }

    /// 26 lower-case letters and digits, 130 random bits; new for every call.
    pub fn call_id(&self) -> &str {
        &self.call.call_id
    }

    /// The user who caused the call; none for web requests.
    pub fn actor(&self) -> Option<&Actor> {
        self.call.actor.as_ref()
    }

    /// Where the call was made.
    pub fn place(&self) -> Option<&Place> {
        self.call.place.as_ref()
    }

    /// Unix time in milliseconds, fixed for the whole call.
    pub fn now_ms(&self) -> u64 {
        self.call.now_ms
    }

    /// Milliseconds left when the call began; covers guest code and host calls together.
    pub fn deadline_ms(&self) -> u32 {
        self.call.deadline_ms
    }

    /// The server's public address, such as `https://chat.example.org`, which links to its pages begin with. A plugin
    /// has no address of its own yet.
    pub fn site_url(&self) -> &str {
        &self.call.site_url
    }

    /// Writes to the plugin's log.
    pub fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        host::call(|host| Host::log(host, level, message, fields));
    }

    /// Logs something noteworthy.
    pub fn info(&self, message: &str) {
        self.log(Level::Info, message, &[]);
    }

    /// Logs something unusual.
    pub fn warn(&self, message: &str) {
        self.log(Level::Warn, message, &[]);
    }

    /// Logs a failure.
    pub fn error(&self, message: &str) {
        self.log(Level::Error, message, &[]);
    }

    /// Returns a setting of the plugin, or None if it is unset and has no default. No server stores plugin settings
    /// yet, so only tests have any.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(json) = host::call(|host| Host::setting(host, key)) else {
            return Ok(None);
        };
        serde_json::from_str(&json)
            .map(Some)
            .map_err(|error| Failure::Fatal(format!("the setting `{key}` has another form: {error}")))
    }

    /// The plugin's stored values.
    pub fn kv(&self) -> Kv {
        Kv::new()
    }

    /// Posts a message.
    pub fn post(&self, to: &Place, message: impl Into<Message>) -> Result<PostId> {
        let message = message.into();
        Ok(PostId(host::call(|host| Host::create_post(host, to, &message))?))
    }

    /// Shows a message to one user only.
    pub fn post_ephemeral(&self, to: &Place, user_id: &str, message: impl Into<Message>) -> Result<PostId> {
        let message = message.into();
        Ok(PostId(host::call(|host| Host::create_ephemeral(host, to, user_id, &message))?))
    }

    /// Replaces the message of a post that the plugin created.
    pub fn update_post(&self, id: &PostId, message: impl Into<Message>) -> Result<()> {
        let message = message.into();
        Ok(host::call(|host| Host::update_post(host, &id.0, &message))?)
    }

    /// Deletes a post that the plugin created. Deleting a thread's first post deletes the whole thread.
    pub fn delete_post(&self, id: &PostId) -> Result<()> {
        Ok(host::call(|host| Host::delete_post(host, &id.0))?)
    }

    /// Reacts to a post with the emoji of that name, such as `white_check_mark`; reacting twice is not an error.
    pub fn react(&self, post_id: &str, emoji: &str) -> Result<()> {
        Ok(host::call(|host| Host::react(host, post_id, emoji))?)
    }

    /// Removes the plugin's own reaction; a missing reaction is not an error.
    pub fn unreact(&self, post_id: &str, emoji: &str) -> Result<()> {
        Ok(host::call(|host| Host::unreact(host, post_id, emoji))?)
    }

    /// Reads a post.
    pub fn read_post(&self, id: &str) -> Result<Post> {
        Ok(host::call(|host| Host::read_post(host, id))?)
    }

    /// Finds a user by id or username.
    pub fn find_user(&self, id_or_name: &str) -> Result<Actor> {
        Ok(host::call(|host| Host::find_user(host, id_or_name))?)
    }

    /// Finds a channel by id, or by name within a team.
    pub fn find_channel(&self, id_or_name: &str, team_id: Option<&str>) -> Result<Channel> {
        Ok(host::call(|host| Host::find_channel(host, id_or_name, team_id))?)
    }

    /// Renders a template of the folder named by `#[plugin(templates = "..")]`.
    pub fn render<T: Serialize + ?Sized>(&self, template: &str, data: &T) -> Result<String> {
        let data_json = serde_json::to_string(data)?;
        host::call(|host| Host::render(host, template, &data_json))
            .map_err(|text| Failure::Fatal(format!("the template `{template}` cannot be rendered: {text}")))
    }
}
