//! What a plugin call asked for becomes what is written: pure decisions, one function.

use std::collections::BTreeSet;

use crate::model::{
    Call, Changes, Effect, Message, Place, Post, PostId, PostKind, Timestamp, UserId, ValueChange,
};

/// How often a call is run in all, while what it read changes before its commit.
pub const ATTEMPTS: usize = 4;

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

/// Turns the effects of one call into the changes to commit with it.
pub fn plan(effects: Vec<Effect>, grants: &Grants, call: &Call, now: Timestamp) -> Result<Changes, Denied> {
    let mut planner = Planner { call, now, changes: Changes::default() };
    for effect in effects {
        let function = function(&effect);
        if !grants.functions.contains(function) {
            return Err(Denied { function });
        }
        match effect {
            Effect::Post { id, to, message, idempotency_key } => {
                planner.post(id, &to, message, idempotency_key);
            }
            Effect::Ephemeral { id, to, user_id, message } => planner.ephemeral(id, &to, user_id, message),
            Effect::Value(change) => planner.changes.values.push(change),
        }
    }
    Ok(planner.changes)
}

struct Planner<'a> {
    call: &'a Call,
    now: Timestamp,
    changes: Changes,
}

impl Planner<'_> {
    fn post(&mut self, id: PostId, to: &Place, message: Message, idempotency_key: Option<String>) {
        let post = Post::of_plugin(id, self.call, to, message, self.now);
        if let Some(key) = idempotency_key {
            self.changes.once.push((self.call.once_key(&key), post.id.clone()));
        }
        self.changes.posts.push(post);
    }

    fn ephemeral(&mut self, id: PostId, to: &Place, user_id: UserId, message: Message) {
        let post = Post::of_plugin(id, self.call, to, message, self.now);
        let post = Post { kind: PostKind::ephemeral(), ..post };
        self.changes.ephemeral.push((user_id, post));
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
