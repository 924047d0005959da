//! Converts between the SDK's own types and the generated ones. Only the component's edge needs this.

use super::bindings::imports::jackfield::plugin::{directory, kv, log, messaging, types};
use super::bindings::{command, incoming_webhook};
use crate::bridge::{Outcome, Request};
use crate::command::{Invocation, Reply, Visibility};
use crate::context::Call;
use crate::directory::{Actor, Channel, DirectoryError, Place};
use crate::failure::Failure;
use crate::kv::{Entry, KvError};
use crate::log::Level;
use crate::message::{Attachment, Field, Message};
use crate::messaging::{MessagingError, Post};

use command::exports::jackfield::plugin::command as wit_command;
use incoming_webhook::exports::jackfield::plugin::incoming_webhook as wit_bridge;

// === from the host ===

impl From<types::Context> for Call {
    fn from(context: types::Context) -> Self {
        Self {
            call_id: context.call_id,
            actor: context.actor.map(Actor::from),
            place: context.place.map(Place::from),
            now_ms: context.now_ms,
            deadline_ms: context.deadline_ms,
            site_url: context.site_url,
        }
    }
}

impl From<types::Actor> for Actor {
    fn from(actor: types::Actor) -> Self {
        Self {
            id: actor.id,
            username: actor.username,
            display_name: actor.display_name,
            locale: actor.locale,
            is_bot: actor.is_bot,
            is_admin: actor.is_admin,
        }
    }
}

impl From<types::Place> for Place {
    fn from(place: types::Place) -> Self {
        Self { team_id: place.team_id, channel_id: place.channel_id, root_id: place.root_id }
    }
}

impl From<directory::Channel> for Channel {
    fn from(channel: directory::Channel) -> Self {
        Self {
            id: channel.id,
            team_id: channel.team_id,
            name: channel.name,
            display_name: channel.display_name,
            kind: channel.kind,
            member_count: channel.member_count,
        }
    }
}

impl From<wit_command::Invocation> for Invocation {
    fn from(invocation: wit_command::Invocation) -> Self {
        Self {
            name: invocation.name,
            subcommand: invocation.subcommand,
            args: invocation.args,
            raw: invocation.raw,
            trigger_id: invocation.trigger_id,
        }
    }
}

impl From<wit_bridge::Request> for Request {
    fn from(request: wit_bridge::Request) -> Self {
        Self {
            bridge: request.bridge,
            method: request.method,
            query: request.query,
            headers: request.headers,
            body: request.body,
            verified_by: request.verified_by,
        }
    }
}

impl From<kv::Entry> for Entry {
    fn from(entry: kv::Entry) -> Self {
        Self { value: entry.value, version: entry.version }
    }
}

impl From<types::Post> for Post {
    fn from(post: types::Post) -> Self {
        Self {
            id: post.id,
            place: post.place.into(),
            author: post.author.into(),
            message: post.message.into(),
            created_ms: post.created_ms,
            edited_ms: post.edited_ms,
            from_hook: post.from_hook,
        }
    }
}

impl From<types::Message> for Message {
    fn from(message: types::Message) -> Self {
        Self {
            text: message.text,
            attachments: message.attachments.into_iter().map(Attachment::from).collect(),
            username: message.username,
            icon_url: message.icon_url,
            props_json: message.props_json,
        }
    }
}

impl From<types::Attachment> for Attachment {
    fn from(attachment: types::Attachment) -> Self {
        Self {
            fallback: attachment.fallback,
            color: attachment.color,
            pretext: attachment.pretext,
            author_name: attachment.author_name,
            author_link: attachment.author_link,
            author_icon: attachment.author_icon,
            title: attachment.title,
            title_link: attachment.title_link,
            text: attachment.text,
            fields: attachment
                .fields
                .into_iter()
                .map(|types::Field { title, value, short }| Field { title, value, short })
                .collect(),
            image_url: attachment.image_url,
            thumb_url: attachment.thumb_url,
            footer: attachment.footer,
            footer_icon: attachment.footer_icon,
            ts_ms: attachment.ts_ms,
        }
    }
}

impl From<kv::Error> for KvError {
    fn from(error: kv::Error) -> Self {
        match error {
            kv::Error::Quota(bytes) => Self::Quota(bytes),
            kv::Error::Conflict => Self::Conflict,
            kv::Error::Unavailable(text) => Self::Unavailable(text),
            kv::Error::Other(text) => Self::Other(text),
        }
    }
}

impl From<messaging::Error> for MessagingError {
    fn from(error: messaging::Error) -> Self {
        match error {
            messaging::Error::Denied(text) => Self::Denied(text),
            messaging::Error::NotFound => Self::NotFound,
            messaging::Error::RateLimited(ms) => Self::RateLimited(ms),
            messaging::Error::Invalid(text) => Self::Invalid(text),
            messaging::Error::Unavailable(text) => Self::Unavailable(text),
            messaging::Error::Other(text) => Self::Other(text),
        }
    }
}

impl From<directory::Error> for DirectoryError {
    fn from(error: directory::Error) -> Self {
        match error {
            directory::Error::Denied(text) => Self::Denied(text),
            directory::Error::NotFound => Self::NotFound,
            directory::Error::Unavailable(text) => Self::Unavailable(text),
            directory::Error::Other(text) => Self::Other(text),
        }
    }
}

// === to the host ===

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::User(text) => Self::User(text),
            Failure::Retryable(text) => Self::Retryable(text),
            Failure::Fatal(text) => Self::Fatal(text),
        }
    }
}

impl From<Level> for log::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => Self::Trace,
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}

impl From<&Place> for types::Place {
    fn from(place: &Place) -> Self {
        Self {
            team_id: place.team_id.clone(),
            channel_id: place.channel_id.clone(),
            root_id: place.root_id.clone(),
        }
    }
}

impl From<&Message> for types::Message {
    fn from(message: &Message) -> Self {
        message.clone().into()
    }
}

impl From<Message> for types::Message {
    fn from(message: Message) -> Self {
        Self {
            text: message.text,
            attachments: message.attachments.into_iter().map(types::Attachment::from).collect(),
            username: message.username,
            icon_url: message.icon_url,
            props_json: message.props_json,
        }
    }
}

impl From<Attachment> for types::Attachment {
    fn from(attachment: Attachment) -> Self {
        Self {
            fallback: attachment.fallback,
            color: attachment.color,
            pretext: attachment.pretext,
            author_name: attachment.author_name,
            author_link: attachment.author_link,
            author_icon: attachment.author_icon,
            title: attachment.title,
            title_link: attachment.title_link,
            text: attachment.text,
            fields: attachment
                .fields
                .into_iter()
                .map(|Field { title, value, short }| types::Field { title, value, short })
                .collect(),
            image_url: attachment.image_url,
            thumb_url: attachment.thumb_url,
            footer: attachment.footer,
            footer_icon: attachment.footer_icon,
            ts_ms: attachment.ts_ms,
            actions: Vec::new(),
        }
    }
}

impl From<Outcome> for wit_bridge::Outcome {
    fn from(outcome: Outcome) -> Self {
        Self {
            messages: outcome.messages.into_iter().map(types::Message::from).collect(),
            ignored: outcome.ignored,
            status: outcome.status,
            body: outcome.body,
        }
    }
}

/// Returns None if the command sends no reply.
pub(super) fn reply(reply: Reply) -> Option<wit_command::Reply> {
    let visibility = match reply.visibility {
        Visibility::Ephemeral => wit_command::Visibility::Ephemeral,
        Visibility::InChannel => wit_command::Visibility::InChannel,
        Visibility::None => return None,
    };
    Some(wit_command::Reply { visibility, message: reply.message.into(), goto_url: reply.goto_url })
}
