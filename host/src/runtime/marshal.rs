//! Values of the contract to values of the model and back: here what a guest is told, in `said` what it says.

mod said;

pub(super) use said::{message, outcome, reply};

use serde_json::{Map, Value};

use super::bindings::exports::jackfield::plugin::{command, incoming_webhook};
use super::bindings::jackfield::plugin::{directory, types};
use crate::model::{
    Actor, Attachment, BridgeRequest, Call, Channel, ChannelKind, CommandInvocation, Place, Post,
};

pub(super) fn context(call: &Call, deadline_ms: u32) -> types::Context {
    types::Context {
        call_id: call.id.clone(),
        actor: call.actor.clone().map(actor),
        place: call.place.as_ref().map(place),
        now_ms: call.now.as_unsigned_millis(),
        deadline_ms,
        site_url: call.site_url.clone(),
    }
}

pub(super) fn invocation(command: &CommandInvocation) -> command::Invocation {
    command::Invocation {
        name: command.name.clone(),
        subcommand: None,
        args: command.args.clone(),
        raw: command.raw.clone(),
        trigger_id: None,
    }
}

pub(super) fn request(bridge: &BridgeRequest) -> incoming_webhook::Request {
    incoming_webhook::Request {
        bridge: bridge.bridge.clone(),
        method: bridge.method.clone(),
        query: bridge.query.clone(),
        headers: bridge.headers.clone(),
        body: bridge.body.clone(),
        verified_by: bridge.verified_by.clone(),
    }
}

pub(super) fn actor(actor: Actor) -> types::Actor {
    types::Actor {
        id: actor.id.into(),
        username: actor.username,
        display_name: actor.display_name,
        locale: actor.locale,
        is_bot: actor.is_bot,
        is_admin: actor.is_admin,
    }
}

pub(super) fn place(place: &Place) -> types::Place {
    types::Place {
        team_id: place.team_id.clone().map(Into::into),
        channel_id: place.channel_id.to_string(),
        root_id: place.root_id.clone().map(Into::into),
    }
}

pub(super) fn channel(channel: Channel, members: i64) -> directory::Channel {
    directory::Channel {
        id: channel.id.into(),
        team_id: channel.team_id.map(Into::into),
        name: channel.name,
        display_name: channel.display_name,
        kind: match channel.kind {
            ChannelKind::Public => "public",
            ChannelKind::Private => "private",
            ChannelKind::Direct => "direct",
            ChannelKind::Group => "group",
        }
        .to_owned(),
        member_count: u32::try_from(members).unwrap_or(u32::MAX),
    }
}

/// A post that exists, or the one this call is about to make.
pub(super) fn post(post: Post, at: &Place, author: types::Actor) -> types::Post {
    let mut props = post.props;
    let text_prop = |name: &str, props: &mut Map<String, Value>| match props.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let username = text_prop("override_username", &mut props);
    let icon_url = text_prop("override_icon_url", &mut props);
    let attachments = props.remove("attachments").unwrap_or_default();
    // Attachments that were posted in a shape of their own stay out: they are no attachments of the contract.
    let attachments: Vec<Attachment> = serde_json::from_value(attachments).unwrap_or_default();
    let from_hook = props.get("from_webhook") == Some(&Value::String("true".to_owned()));
    types::Post {
        id: post.id.into(),
        place: place(at),
        author,
        message: types::Message {
            text: post.message,
            attachments: attachments.into_iter().map(attachment_out).collect(),
            username,
            icon_url,
            props_json: (!props.is_empty()).then(|| Value::Object(props).to_string()),
        },
        created_ms: post.create_at.as_unsigned_millis(),
        edited_ms: (!post.edit_at.is_never()).then(|| post.edit_at.as_unsigned_millis()),
        from_hook,
    }
}

fn attachment_out(attachment: Attachment) -> types::Attachment {
    let some = |text: String| (!text.is_empty()).then_some(text);
    types::Attachment {
        fallback: some(attachment.fallback),
        color: some(attachment.color),
        pretext: some(attachment.pretext),
        author_name: some(attachment.author_name),
        author_link: some(attachment.author_link),
        author_icon: some(attachment.author_icon),
        title: some(attachment.title),
        title_link: some(attachment.title_link),
        text: some(attachment.text),
        fields: attachment
            .fields
            .into_iter()
            .map(|field| types::Field { title: field.title, value: field.value, short: field.short })
            .collect(),
        image_url: some(attachment.image_url),
        thumb_url: some(attachment.thumb_url),
        footer: some(attachment.footer),
        footer_icon: some(attachment.footer_icon),
        ts_ms: attachment
            .ts
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(|seconds| seconds.saturating_mul(1000)),
        actions: Vec::new(),
    }
}
