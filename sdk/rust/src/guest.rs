//! The component's side of the contract, on wasm only: imports as [`Host`], and the exports of every trigger kind.
//!
//! The bindings of a trigger become part of a plugin only where `#[plugin]` names its export macro, so that a plugin
//! without bridges does not export one.

pub mod bindings;
mod convert;

use core::marker::PhantomData;
use std::panic::PanicHookInfo;

use bindings::imports::jackfield::plugin as wit;
use bindings::{command, incoming_webhook};

use crate::context::Ctx;
use crate::directory::{Actor, Channel, DirectoryError, Place};
use crate::host::Host;
use crate::kv::{Entry, KvError};
use crate::log::Level;
use crate::message::Message;
use crate::messaging::{MessagingError, Post};
use crate::plugin::Plugin;

/// The imported functions.
pub(crate) struct Imports;

/// Exports the plugin `P`.
pub struct Guest<P>(PhantomData<P>);

impl Host for Imports {
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<_> = fields
            .iter()
            .map(|(key, value)| wit::log::Pair { key: (*key).into(), value: (*value).into() })
            .collect();
        wit::log::log(level.into(), message, &fields);
    }

    fn setting(&self, key: &str) -> Option<String> {
        wit::settings::get(key)
    }

    fn kv_get(&self, key: &str) -> Result<Option<Entry>, KvError> {
        Ok(wit::kv::get(key)?.map(Entry::from))
    }

    fn kv_put(
        &self,
        key: &str,
        value: &[u8],
        if_version: Option<u64>,
        ttl_s: Option<u32>,
    ) -> Result<u64, KvError> {
        Ok(wit::kv::put(key, value, if_version, ttl_s)?)
    }

    fn kv_delete(&self, key: &str) -> Result<(), KvError> {
        Ok(wit::kv::delete(key)?)
    }

    fn kv_list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, KvError> {
        Ok(wit::kv::list_keys(prefix, after, limit)?)
    }

    fn create_post(&self, to: &Place, message: &Message) -> Result<String, MessagingError> {
        Ok(wit::messaging::create(&to.into(), &message.into(), None)?)
    }

    fn create_ephemeral(
        &self,
        to: &Place,
        user_id: &str,
        message: &Message,
    ) -> Result<String, MessagingError> {
        Ok(wit::messaging::create_ephemeral(&to.into(), user_id, &message.into())?)
    }

    fn update_post(&self, post_id: &str, message: &Message) -> Result<(), MessagingError> {
        Ok(wit::messaging::update(post_id, &message.into())?)
    }

    fn delete_post(&self, post_id: &str) -> Result<(), MessagingError> {
        Ok(wit::messaging::delete(post_id)?)
    }

    fn react(&self, post_id: &str, emoji: &str) -> Result<(), MessagingError> {
        Ok(wit::messaging::react(post_id, emoji)?)
    }

    fn unreact(&self, post_id: &str, emoji: &str) -> Result<(), MessagingError> {
        Ok(wit::messaging::unreact(post_id, emoji)?)
    }

    fn read_post(&self, post_id: &str) -> Result<Post, MessagingError> {
        Ok(wit::messaging::read(post_id)?.into())
    }

    fn find_user(&self, id_or_name: &str) -> Result<Actor, DirectoryError> {
        Ok(wit::directory::find_user(id_or_name)?.into())
    }

    fn find_channel(&self, id_or_name: &str, team_id: Option<&str>) -> Result<Channel, DirectoryError> {
        Ok(wit::directory::find_channel(id_or_name, team_id)?.into())
    }

    fn render(&self, template: &str, data_json: &str) -> Result<String, String> {
        wit::templates::render(template, data_json)
    }
}

impl<P: Plugin> command::exports::jackfield::plugin::command::Guest for Guest<P> {
    fn handle(
        context: wit::types::Context,
        invocation: command::exports::jackfield::plugin::command::Invocation,
    ) -> Result<Option<command::exports::jackfield::plugin::command::Reply>, wit::types::Failure> {
        report_panics();
        let reply = P::command(&Ctx::new(context.into()), &invocation.into())?;
        Ok(reply.and_then(convert::reply))
    }
}

impl<P: Plugin> incoming_webhook::exports::jackfield::plugin::incoming_webhook::Guest for Guest<P> {
    fn handle(
        context: wit::types::Context,
        request: incoming_webhook::exports::jackfield::plugin::incoming_webhook::Request,
    ) -> Result<incoming_webhook::exports::jackfield::plugin::incoming_webhook::Outcome, wit::types::Failure>
    {
        report_panics();
        let outcome = P::bridge(&Ctx::new(context.into()), &request.into())?;
        Ok(outcome.into())
    }
}

/// A panic traps, and a trap has no text, so the hook reports the message and location first.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let message = panic.payload_as_str().unwrap_or("the panic has no text");
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        wit::panic::report(message, &location);
    }));
}
