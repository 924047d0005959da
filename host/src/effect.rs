//! What a plugin call asked for becomes what is written: pure decisions, one function.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{
    Call, Changes, Effect, Event, EventKind, Message, Place, Post, PostId, PostKind, PostMarks, Timestamp,
    UserId, ValueChange,
};

/// Properties that only the host gives: what a plugin puts there is dropped.
const RESERVED: &[&str] = &[
    "attachments",
    "from_bot",
    "from_plugin",
    "from_webhook",
    "override_icon_emoji",
    "override_icon_url",
    "override_username",
    "plugin_id",
    "webhook_display_name",
];

/// What an administrator agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Functions of the contract, such as `messaging.create`.
    pub functions: BTreeSet<String>,
}

/// A call asked for something nobody agreed to. Nothing of it is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin may not use `{function}`: an administrator has to agree to its permissions first")]
pub struct Denied {
    pub function: &'static str,
}

/// Turns the effects of one call into the changes to commit with it. `hops` counts the plugin calls that led to the new
/// posts, this one included.
pub fn plan(
    effects: Vec<Effect>,
    grants: &Grants,
    call: &Call,
    hops: i64,
    now: Timestamp,
) -> Result<Changes, Denied> {
    let mut planner = Planner { call, hops, now, changes: Changes::default() };
    for effect in effects {
        let function = function(&effect);
        if !grants.functions.contains(function) {
            return Err(Denied { function });
        }
        match effect {
            Effect::Post { id, to, message, idempotency_key } => {
                planner.post(id, to, message, idempotency_key);
            }
            Effect::Ephemeral { id, to, user_id, message } => planner.ephemeral(id, to, user_id, message),
            Effect::Value(change) => planner.changes.values.push(change),
        }
    }
    Ok(planner.changes)
}

/// The key under which the store remembers a post that a plugin makes only once.
pub fn once_key(call: &Call, idempotency_key: &str) -> String {
    format!("plugin:{}:{idempotency_key}", call.plugin)
}

struct Planner<'a> {
    call: &'a Call,
    hops: i64,
    now: Timestamp,
    changes: Changes,
}

impl Planner<'_> {
    fn post(&mut self, id: PostId, to: Place, message: Message, idempotency_key: Option<String>) {
        let kind = if message.attachments.is_empty() { PostKind::default() } else { PostKind::attachment() };
        let post = self.made(id, to, message, kind);
        if let Some(key) = idempotency_key {
            self.changes.once.push((once_key(self.call, &key), post.id.clone()));
        }
        let event = Event { kind: EventKind::Posted, post_id: post.id.clone(), hops: self.hops };
        self.changes.events.push(event);
        self.changes.posts.push(post);
    }

    fn ephemeral(&mut self, id: PostId, to: Place, user_id: UserId, message: Message) {
        let post = self.made(id, to, message, PostKind::ephemeral());
        self.changes.ephemeral.push((user_id, post));
    }

    fn made(&self, id: PostId, to: Place, message: Message, kind: PostKind) -> Post {
        let mut props = message.props;
        props.retain(|name, _| !RESERVED.contains(&name.as_str()));
        props.insert("from_plugin".to_owned(), "true".into());
        props.insert("plugin_id".to_owned(), self.call.plugin.as_str().into());
        let shown_as = [("override_username", message.username), ("override_icon_url", message.icon_url)];
        for (name, text) in shown_as {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                props.insert(name.to_owned(), text.into());
            }
        }
        if !message.attachments.is_empty() {
            // Plain texts and numbers always serialize.
            let attachments = serde_json::to_value(&message.attachments).unwrap_or(Value::Null);
            props.insert("attachments".to_owned(), attachments);
        }
        Post {
            id,
            channel_id: to.channel_id,
            user_id: self.call.bot.clone(),
            root_id: to.root_id,
            message: message.text,
            kind,
            props,
            pending_post_id: String::new(),
            is_pinned: false,
            reply_count: 0,
            last_reply_at: Timestamp::NEVER,
            create_at: self.now,
            update_at: self.now,
            edit_at: Timestamp::NEVER,
            delete_at: Timestamp::NEVER,
            marks: PostMarks::default(),
        }
    }
}

/// The function of the contract that asks for this effect.
fn function(effect: &Effect) -> &'static str {
    match effect {
        Effect::Post { .. } => "messaging.create",
        Effect::Ephemeral { .. } => "messaging.create-ephemeral",
        Effect::Value(ValueChange { value: Some(_), .. }) => "kv.put",
        Effect::Value(ValueChange { value: None, .. }) => "kv.delete",
    }
}

#[cfg(test)]
mod tests;
