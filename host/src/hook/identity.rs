//! The name, picture and channel of a hook's messages, and whether it works at all.

use super::{HookError, HookPolicy};
use crate::access::rules;
use crate::chat::{Chat, ChatError};
use crate::model::{ChannelKind, HookTarget, IncomingHook, Message, Place};

/// The name that a message is displayed with if neither its payload nor its hook sets one.
const DEFAULT_NAME: &str = "webhook";

/// Returns the default place of a hook's messages: its own channel, archived or not.
pub(super) fn own_place(hook: &IncomingHook) -> Place {
    Place { team_id: Some(hook.team_id.clone()), channel_id: hook.channel_id.clone(), root_id: None }
}

/// Checks that a hook works: its channel is not archived, and its owner still has the rights that it needs. The hooks
/// of an archived channel are unknown until it is restored.
pub(super) fn check_works(target: &HookTarget) -> Result<(), HookError> {
    if target.channel_is_archived {
        return Err(HookError::UnknownHook);
    }
    if !target.owner_exists {
        return Err(HookError::NoOwner);
    }
    if rules::owner_keeps_hook(target) { Ok(()) } else { Err(HookError::OwnerStopped) }
}

/// Checks that the owner may post in the channel: any owner in a public channel, only members elsewhere.
pub(super) fn check_owner(kind: ChannelKind, is_member: bool) -> Result<(), HookError> {
    if kind == ChannelKind::Public || is_member { Ok(()) } else { Err(HookError::Forbidden) }
}

/// Sets the name and picture that a message is displayed with, as far as the operator allows: the payload's, else the
/// hook's.
pub(super) fn apply_overrides(policy: &HookPolicy, hook: &IncomingHook, message: &mut Message) {
    let allowed = (policy.username_override, policy.icon_override);
    shown_as(allowed, (&hook.username, &hook.icon_url), message);
}

/// As [`apply_overrides`], for a hook of either direction: whether names and pictures are allowed, and the hook's own.
pub(super) fn shown_as(
    (names, icons): (bool, bool),
    (username, icon_url): (&str, &str),
    message: &mut Message,
) {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    message.username = names.then(|| {
        given(message.username.take())
            .or(given(Some(username.to_owned())))
            .unwrap_or_else(|| DEFAULT_NAME.to_owned())
    });
    message.icon_url = given(message.icon_url.take()).or(given(Some(icon_url.to_owned()))).filter(|_| icons);
    message.icon_emoji = message.icon_emoji.take().filter(|_| icons);
}

/// Finds the picture of the emoji that a message names in place of a picture.
pub(super) async fn find_picture(chat: &Chat, message: &mut Message) -> Result<(), ChatError> {
    if let Some(icon) = &mut message.icon_emoji {
        icon.picture = chat.emoji_picture(icon.sent.trim_matches(':')).await?;
    }
    Ok(())
}
