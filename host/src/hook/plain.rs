//! A plain hook: a Slack-style payload becomes posts in a channel.

use super::{Accepted, HookError, Hooks, Request, check_owner, own_place, payload};
use crate::access::AccessError;
use crate::chat::{ChatError, Origin, compose};
use crate::model::{Channel, HookTarget, IncomingHook, Place};

pub(super) async fn accept(
    hooks: &Hooks,
    target: &HookTarget,
    request: &Request,
) -> Result<Accepted, HookError> {
    let hook = &target.hook;
    let mut decoded = payload::decode(request)?;
    let place = place(hooks, target, &decoded.channel).await?;
    hooks.dress(hook, &mut decoded.message);
    let origin = Origin::Hook { display_name: &hook.display_name };
    let posts = compose(&hooks.clock, &hook.user_id, &place, &decoded.message, &origin);
    hooks.chat.publish(hooks.chat.changes(posts)).await?;
    Ok(Accepted::ok())
}

/// Where a payload goes: nowhere named means the hook's own channel.
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

/// The channel a payload names: `@name` the direct channel of its owner and that person;
/// `#name` and `name` a channel of the hook's team, or one of no team.
async fn channel(hooks: &Hooks, hook: &IncomingHook, named: &str) -> Result<Channel, HookError> {
    let channel = match named.strip_prefix('@') {
        // No database finds a text with this character, and PostgreSQL does not even look.
        _ if named.contains('\0') => return Err(HookError::UnknownChannel(named.replace('\0', ""))),
        Some(name) => {
            let user = hooks.store.user_by_username(&name.to_lowercase()).await?;
            let user = user.ok_or_else(|| HookError::UnknownUser(named.to_owned()))?;
            if hook.channel_locked {
                // A hook's own channel is never a direct one.
                return Err(HookError::ChannelLocked);
            }
            let owner = hooks.store.user(&hook.user_id).await?.ok_or(HookError::NoOwner)?;
            let opened = hooks.chat.direct_with(&owner, &user).await;
            opened.map_err(|error| match error {
                ChatError::Access(AccessError::Forbidden(_)) => HookError::Forbidden,
                error => error.into(),
            })?
        }
        None => by_name(hooks, hook, named.strip_prefix('#').unwrap_or(named)).await?,
    };
    if hook.channel_locked && channel.id != hook.channel_id {
        return Err(HookError::ChannelLocked);
    }
    Ok(channel)
}

async fn by_name(hooks: &Hooks, hook: &IncomingHook, name: &str) -> Result<Channel, HookError> {
    let name = name.to_lowercase();
    let mut found = hooks.store.channel_by_name(&hook.team_id, &name).await?;
    if found.is_none() {
        found = hooks.store.teamless_channel(&name).await?;
    }
    found.filter(|channel| channel.delete_at.is_never()).ok_or(HookError::UnknownChannel(name))
}
