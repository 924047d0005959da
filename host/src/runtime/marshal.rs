//! Converts values that several triggers and imports share between the contract and the model: host to guest here,
//! guest to host in `guest_to_host`.

mod guest_to_host;

pub(super) use guest_to_host::{
    any_message, check_link, check_size, message, message_size, nonempty_message,
};

use serde_json::{Map, Value};

use super::bindings::jackfield::plugin::{directory, types};
use crate::model::{Actor, Attachment, Call, Channel, ChannelKind, Place, Post};

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

/// Converts a post that exists or that this call created.
pub(super) fn post(post: Post, at: &Place, author: types::Actor) -> types::Post {
    let mut props = post.props.object();
    let text_prop = |name: &str, props: &mut Map<String, Value>| match props.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let username = text_prop("override_username", &mut props);
    let icon_url = text_prop("override_icon_url", &mut props);
    let attachments = props.remove("attachments").unwrap_or_default();
    // Attachments of another shape are left out, because the contract cannot express them.
    let attachments: Vec<Attachment> = serde_json::from_value(attachments).unwrap_or_default();
    let from_hook = props.get("from_webhook") == Some(&Value::String("true".to_owned()));
    types::Post {
        id: post.id.into(),
        place: place(at),
        author,
        message: types::Message {
            text: post.message,
            attachments: attachments.into_iter().map(wit_attachment).collect(),
            username,
            icon_url,
            props_json: (!props.is_empty()).then(|| Value::Object(props).to_string()),
        },
        created_ms: post.create_at.as_unsigned_millis(),
        edited_ms: (!post.edit_at.is_never()).then(|| post.edit_at.as_unsigned_millis()),
        from_hook,
    }
}

fn wit_attachment(attachment: Attachment) -> types::Attachment {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let seconds = attachment.seconds();
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
            .map(|field| types::Field {
                title: field.title,
                value: field.value.unwrap_or_default(),
                short: field.short,
            })
            .collect(),
        image_url: some(attachment.image_url),
        thumb_url: some(attachment.thumb_url),
        footer: some(attachment.footer),
        footer_icon: some(attachment.footer_icon),
        ts_ms: seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(|seconds| seconds.saturating_mul(1000)),
        actions: Vec::new(),
    }
}
