//! Turns the effects of a plugin call into the changes to commit: one pure function.

use std::collections::BTreeSet;

use crate::model::{
    Call, Changes, Effect, EmojiName, MAX_EMOJI_PER_POST, Message, Place, Post, PostDeletion, PostEdit,
    PostId, PostKind, Reaction, ReactionChange, Timestamp, UserId, ValueChange,
};

/// What an administrator consented to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Functions of the contract, such as `messaging.create`.
    pub functions: BTreeSet<String>,
}

/// A call requested an effect without consent, so none of its effects is applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin may not use `{function}`; an administrator must agree to its permissions first")]
pub struct Denial {
    pub function: &'static str,
}

/// Turns the effects of one call into the changes to commit with it.
pub fn plan(effects: Vec<Effect>, grants: &Grants, call: &Call, now: Timestamp) -> Result<Changes, Denial> {
    let mut planner = Planner { call, now, changes: Changes::default() };
    for effect in effects {
        let function = function(&effect);
        if !grants.functions.contains(function) {
            return Err(Denial { function });
        }
        match effect {
            Effect::Post { id, to, message, idempotency_key } => {
                planner.post(id, &to, message, idempotency_key);
            }
            Effect::Ephemeral { id, to, user_id, message } => planner.ephemeral(id, &to, user_id, message),
            Effect::Edit { id, message, is_edited } => planner.edit(id, message, is_edited),
            Effect::Delete { id } => planner.delete(id),
            Effect::React { id, emoji } => planner.react(id, emoji),
            Effect::Unreact { id, emoji } => planner.unreact(id, emoji),
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

    /// A post created by the same call is written in its edited form, so that no reader sees it change.
    fn edit(&mut self, id: PostId, message: Message, is_edited: bool) {
        if let Some(post) = self.changes.posts.iter_mut().find(|post| post.id == id) {
            post.set_message(self.call, message);
            return;
        }
        let edits = &mut self.changes.edits;
        let is_edited = is_edited || edits.iter().any(|edit| edit.id == id && edit.is_edited);
        edits.retain(|edit| edit.id != id);
        let (props, at) = (Some(Post::plugin_props(self.call, &message)), self.now);
        edits.push(PostEdit { id, message: Some(message.text), props, is_pinned: None, at, is_edited });
    }

    /// A post created by the same call is not written at all, nor are the replies in its thread.
    fn delete(&mut self, id: PostId) {
        let changes = &mut self.changes;
        let (gone, posts): (Vec<Post>, Vec<Post>) = std::mem::take(&mut changes.posts)
            .into_iter()
            .partition(|post| post.id == id || post.root_id.as_ref() == Some(&id));
        changes.posts = posts;
        let gone: Vec<PostId> = gone.into_iter().map(|post| post.id).collect();
        changes.once.retain(|(_, post)| !gone.contains(post));
        changes.edits.retain(|edit| edit.id != id);
        changes.reactions.retain(|change| {
            let post = match change {
                ReactionChange::Add { reaction, .. } => &reaction.post_id,
                ReactionChange::Remove { post_id, .. } => post_id,
            };
            *post != id && !gone.contains(post)
        });
        if !gone.contains(&id) {
            let user_id = self.call.bot.clone();
            changes.deletions.push(PostDeletion { id, user_id, at: self.now, mentioned: Vec::new() });
        }
    }

    fn react(&mut self, post_id: PostId, emoji_name: EmojiName) {
        let reaction = Reaction { post_id, user_id: self.call.bot.clone(), emoji_name, create_at: self.now };
        self.changes.reactions.push(ReactionChange::Add { reaction, limit: MAX_EMOJI_PER_POST });
    }

    fn unreact(&mut self, post_id: PostId, emoji_name: EmojiName) {
        let (user_id, at) = (self.call.bot.clone(), self.now);
        self.changes.reactions.push(ReactionChange::Remove { post_id, user_id, emoji_name, at });
    }
}

/// Returns the contract function that requests this effect.
fn function(effect: &Effect) -> &'static str {
    match effect {
        Effect::Post { .. } => "messaging.create",
        Effect::Ephemeral { .. } => "messaging.create-ephemeral",
        Effect::Edit { .. } => "messaging.update",
        Effect::Delete { .. } => "messaging.delete",
        Effect::React { .. } => "messaging.react",
        Effect::Unreact { .. } => "messaging.unreact",
        Effect::Value(ValueChange { value: Some(_), .. }) => "kv.put",
        Effect::Value(ValueChange { value: None, .. }) => "kv.delete",
    }
}

#[cfg(test)]
mod tests;
