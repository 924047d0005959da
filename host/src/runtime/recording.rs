//! What a call has requested so far. A call reads its own writes, although nothing is written before it succeeds.

mod posts;
mod values;

pub(super) use posts::{PostState, Posts};
pub(super) use values::{Base, Own, Values, WriteError};

use crate::model::{Call, Effect};

/// Returns the effects on posts in the order they were requested, then one change per changed value.
pub(super) fn into_effects(posts: Posts, values: Values, call: &Call) -> Vec<Effect> {
    let values = values.into_changes(&call.plugin, call.now).into_iter().map(Effect::Value);
    posts.into_effects().into_iter().chain(values).collect()
}
