//! Which channels a call may access: its own, and public ones that are not archived.

use crate::model::{Call, Channel, ChannelId, ChannelKind, TeamId};
use crate::store::Store;

/// The channels of a store as a call may see them.
#[derive(Clone, Copy)]
pub(super) struct Channels<'a> {
    pub(super) call: &'a Call,
    pub(super) store: &'a Store,
}

/// The result of looking up a channel by id or name.
pub(super) enum Access {
    Open(Box<Channel>),
    NotFound,
    /// Contains the reason as a sentence.
    Denied(String),
}

impl Channels<'_> {
    pub(super) async fn by_id(&self, id: &str) -> wasmtime::Result<Access> {
        let Ok(id) = id.parse::<ChannelId>() else { return Ok(Access::NotFound) };
        Ok(self.access(self.store.channel(&id).await?))
    }

    pub(super) async fn by_name(&self, team: &TeamId, name: &str) -> wasmtime::Result<Access> {
        // No channel has such a name, and PostgreSQL rejects texts with a NUL.
        if name.contains('\0') {
            return Ok(Access::NotFound);
        }
        Ok(self.access(self.store.channel_by_name(team, name).await?))
    }

    fn access(&self, channel: Option<Channel>) -> Access {
        let Some(channel) = channel else { return Access::NotFound };
        let own = self.call.place.as_ref().is_some_and(|place| place.channel_id == channel.id);
        if !own && channel.kind != ChannelKind::Public {
            return Access::Denied(
                "the channel is not public, and the plugin was not called in it".to_owned(),
            );
        }
        if !channel.delete_at.is_never() {
            return Access::Denied(format!("the channel `{}` is archived", channel.name));
        }
        Access::Open(Box::new(channel))
    }
}
