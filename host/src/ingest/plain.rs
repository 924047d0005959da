//! A plain hook: a Slack-style payload becomes posts in a channel.

use super::{Accepted, Ingest, IngestError, Request, may_post, payload};
use crate::chat::{Origin, compose};
use crate::model::{Channel, IncomingHook, Place, User};

pub(super) async fn accept(
    ingest: &Ingest,
    hook: &IncomingHook,
    owner: &User,
    request: &Request,
) -> Result<Accepted, IngestError> {
    let mut decoded = payload::decode(request)?;
    let channel = channel(ingest, hook, &decoded.channel).await?;
    may_post(ingest, owner, &channel).await?;
    ingest.dress(hook, &mut decoded.message);
    let origin = Origin::Hook { display_name: &hook.display_name };
    let posts = compose(&ingest.clock, owner, &Place::from(&channel), &decoded.message, &origin);
    ingest.chat.publish(ingest.chat.changes(posts)).await?;
    Ok(Accepted::ok())
}

/// The channel a payload names: none means the hook's own; `#name` and `name` mean a channel of the hook's team.
async fn channel(ingest: &Ingest, hook: &IncomingHook, named: &str) -> Result<Channel, IngestError> {
    if named.is_empty() {
        return ingest.own_channel(hook).await;
    }
    if let Some(user) = named.strip_prefix('@') {
        return match ingest.store.user_by_username(&user.to_lowercase()).await? {
            Some(_) => Err(IngestError::DirectMessage(named.to_owned())),
            None => Err(IngestError::UnknownUser(named.to_owned())),
        };
    }
    let name = named.strip_prefix('#').unwrap_or(named).to_lowercase();
    let found = ingest.store.channel_by_name(&hook.team_id, &name).await?;
    let channel = found
        .filter(|channel| channel.delete_at.is_never())
        .ok_or_else(|| IngestError::UnknownChannel(name))?;
    if hook.channel_locked && channel.id != hook.channel_id {
        return Err(IngestError::ChannelLocked);
    }
    Ok(channel)
}
