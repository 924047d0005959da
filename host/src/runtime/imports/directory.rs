//! `directory`: users and channels. What the call may not access is reported as not found, so that its existence stays
//! hidden.

use wasmtime::component::HasData;

use super::channels::{ChannelLookup, Channels, Purpose};
use crate::model::{Actor, TeamId, User, UserId};
use crate::runtime::bindings::jackfield::plugin::directory::{Channel, Error, Host};
use crate::runtime::bindings::jackfield::plugin::types;
use crate::runtime::limits::MAX_LIST;
use crate::runtime::marshal;
use crate::runtime::state::State;
use crate::store::Store;

pub(in crate::runtime) struct Directory<'a> {
    store: &'a Store,
    channels: Channels<'a>,
}

pub(in crate::runtime) fn view(state: &mut State) -> Directory<'_> {
    Directory { store: &state.store, channels: Channels::of(state) }
}

impl HasData for Directory<'static> {
    type Data<'a> = Directory<'a>;
}

impl Host for Directory<'_> {
    async fn find_user(&mut self, id_or_name: String) -> wasmtime::Result<Result<types::Actor, Error>> {
        // No user has such a name, and PostgreSQL rejects texts with a NUL.
        if id_or_name.contains('\0') {
            return Ok(Err(Error::NotFound));
        }
        let wanted = id_or_name.strip_prefix('@').unwrap_or(&id_or_name).to_lowercase();
        let mut user = None;
        if let Ok(id) = wanted.parse::<UserId>() {
            user = self.store.user(&id).await?;
        }
        if user.is_none() {
            user = self.store.user_by_username(&wanted).await?;
        }
        let Some(user) = user.filter(|user| user.delete_at.is_never()) else {
            return Ok(Err(Error::NotFound));
        };
        Ok(if self.channels.shows(&user.id).await? { Ok(actor(&user)) } else { Err(Error::NotFound) })
    }

    async fn find_channel(
        &mut self,
        id_or_name: String,
        team_id: Option<String>,
    ) -> wasmtime::Result<Result<Channel, Error>> {
        let wanted = id_or_name.strip_prefix('~').unwrap_or(&id_or_name);
        let mut access = self.channels.by_id(wanted, Purpose::Read).await?;
        if matches!(access, ChannelLookup::NotFound) {
            let own_team = || self.channels.call.place.as_ref().and_then(|place| place.team_id.clone());
            let team = match team_id {
                Some(text) => text.parse::<TeamId>().ok(),
                None => own_team(),
            };
            let Some(team) = team else { return Ok(Err(Error::NotFound)) };
            access = self.channels.by_name(&team, wanted).await?;
        }
        let ChannelLookup::Open(channel) = access else { return Ok(Err(Error::NotFound)) };
        let members = self.store.channel_member_count(&channel.id).await?;
        Ok(Ok(marshal::channel(*channel, members)))
    }

    async fn members(
        &mut self,
        channel_id: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<types::Actor>, Error>> {
        // Only a member may list the members, with a plugin or without; the rule is the one for posting.
        let ChannelLookup::Open(channel) = self.channels.by_id(&channel_id, Purpose::Post).await? else {
            return Ok(Err(Error::NotFound));
        };
        let after = match after.map(|id| id.parse::<UserId>()).transpose() {
            Ok(after) => after,
            Err(error) => return Ok(Err(Error::Other(format!("`after`: {error}")))),
        };
        let limit = i64::from(limit.min(MAX_LIST));
        let users = self.store.channel_users(&channel.id, after.as_ref(), limit).await?;
        Ok(Ok(users.iter().map(actor).collect()))
    }
}

pub(super) fn actor(user: &User) -> types::Actor {
    marshal::actor(Actor::from(user))
}
