//! Posts the Slack-style payloads of incoming webhooks.

use super::identity::{apply_overrides, check_owner, check_works, find_picture, own_place};
use super::{HookError, HookRequest, HookResponse, Hooks, payload};
use crate::access::AccessError;
use crate::chat::{ChatError, Origin, compose};
use crate::model::{Changes, Channel, HookTarget, IncomingHook, Place};
use crate::slack;

pub(super) async fn accept(
    hooks: &Hooks,
    target: &HookTarget,
    request: &HookRequest,
) -> Result<HookResponse, HookError> {
    let hook = &target.hook;
    check_works(target)?;
    let mut decoded = payload::decode(request)?;
    let place = place(hooks, target, &decoded.channel).await?;
    hooks.chat.replace_slack_words(&mut decoded.message).await?;
    slack::replace_links(&mut decoded.message);
    apply_overrides(&hooks.policy, hook, &mut decoded.message);
    find_picture(&hooks.chat, &mut decoded.message).await?;
    let origin = Origin::Hook { display_name: &hook.display_name };
    let posts = compose(&hooks.clock, &hook.user_id, &place, &decoded.message, &origin);
    hooks.chat.publish(Changes::of_posts(posts)).await?;
    Ok(HookResponse::ok())
}

/// Returns the place of a payload's message: the channel it names, else the hook's own.
async fn place(hooks: &Hooks, target: &HookTarget, named: &str) -> Result<Place, HookError> {
    let hook = &target.hook;
    let (place, kind, is_member) = if named.is_empty() {
        (own_place(hook), target.channel_kind, target.owner_is_member)
    } else {
        let channel = Box::pin(channel(hooks, hook, named)).await?;
        let is_member = hooks.store.is_channel_member(&channel.id, &hook.user_id).await?;
        (Place::from(&channel), channel.kind, is_member)
    };
    check_owner(kind, is_member)?;
    Ok(place)
}

/// Finds the channel a payload names: `@name` is the direct channel of the owner and that user; `#name` and `name` are
/// a channel of the hook's team, or one without a team, in this very case.
async fn channel(hooks: &Hooks, hook: &IncomingHook, named: &str) -> Result<Channel, HookError> {
    let channel = match named.strip_prefix('@') {
        Some(name) => {
            let user = hooks.store.user_by_username(&name.to_lowercase()).await?;
            let user = user.ok_or_else(|| HookError::UnknownUser(named.to_owned()))?;
            if hook.channel_locked {
                // A hook's own channel is never a direct channel.
                return Err(HookError::ChannelLocked);
            }
            let owner = hooks.store.user(&hook.user_id).await?.ok_or(HookError::NoOwner)?;
            let opened = hooks.chat.direct_with(&owner, &user).await;
            let opened = opened.map_err(|error| match error {
                ChatError::Access(AccessError::Forbidden(_)) => HookError::Forbidden,
                // For a guest, a user whom they may not see does not exist.
                ChatError::Access(AccessError::NotFound(_)) => HookError::UnknownUser(named.to_owned()),
                error => error.into(),
            })?;
            opened.channel
        }
        None => by_name(hooks, hook, named.strip_prefix('#').unwrap_or(named)).await?,
    };
    if hook.channel_locked && channel.id != hook.channel_id {
        return Err(HookError::ChannelLocked);
    }
    Ok(channel)
}

async fn by_name(hooks: &Hooks, hook: &IncomingHook, name: &str) -> Result<Channel, HookError> {
    let mut found = hooks.store.channel_by_name(&hook.team_id, name).await?;
    if found.is_none() {
        found = hooks.store.teamless_channel(name).await?;
        let is_hidden = match &found {
            Some(channel) => !hooks.store.is_channel_member(&channel.id, &hook.user_id).await?,
            None => Channel::is_teamless_name(name),
        };
        // One answer for the hidden and the unknown, so that a hook cannot tell who has a channel with whom.
        if is_hidden {
            return Err(HookError::Forbidden);
        }
    }
    let open = found.filter(|channel| channel.delete_at.is_never());
    open.map(|found| found.channel).ok_or(HookError::UnknownChannel(name.to_owned()))
}
