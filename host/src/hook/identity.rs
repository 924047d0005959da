//! As whom and where a hook's messages are posted.

use super::{HookError, HookPolicy};
use crate::model::{ChannelKind, IncomingHook, Message, Place};

/// The name a message is shown under when neither its payload nor its hook names one.
const DEFAULT_NAME: &str = "webhook";

/// The place of a hook's messages unless the payload names another one: the hook's own channel, archived or not.
pub(super) fn own_place(hook: &IncomingHook) -> Place {
    Place { team_id: Some(hook.team_id.clone()), channel_id: hook.channel_id.clone(), root_id: None }
}

/// Public channels accept the messages of every owner, other channels only those of their members.
pub(super) fn check_owner(kind: ChannelKind, is_member: bool) -> Result<(), HookError> {
    if kind == ChannelKind::Public || is_member { Ok(()) } else { Err(HookError::Forbidden) }
}

/// Sets the name and picture a message is shown under: its own, else its hook's, as far as the operator allows.
pub(super) fn apply_overrides(policy: &HookPolicy, hook: &IncomingHook, message: &mut Message) {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    message.username = policy.username_override.then(|| {
        given(message.username.take())
            .or(given(Some(hook.username.clone())))
            .unwrap_or_else(|| DEFAULT_NAME.to_owned())
    });
    message.icon_url = given(message.icon_url.take())
        .or(given(Some(hook.icon_url.clone())))
        .filter(|_| policy.icon_override);
}
