//! Which channels a call may access. Two things limit it: the consented sheet covers the call's own channel and public
//! ones, and a call that a user caused reads and posts only where that user may. A call without a user stays in its own
//! team. Archived channels are closed to every call.

use crate::model::{Call, Channel, ChannelId, ChannelKind, TeamId, UserId};
use crate::runtime::rules::Rules;
use crate::runtime::state::State;
use crate::store::Store;

/// The channels of a store as a call may see them.
#[derive(Clone, Copy)]
pub(super) struct Channels<'a> {
    pub(super) call: &'a Call,
    pub(super) store: &'a Store,
    pub(super) rules: Rules,
}

/// What a call is about to do in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    /// Also edits, deletions and reactions.
    Post,
}

/// The result of looking up a channel by id or name.
pub(super) enum ChannelLookup {
    Open(Box<Channel>),
    /// Also a channel that the call may not even read, so that its existence stays hidden.
    NotFound,
    /// Contains the reason as a sentence.
    Denied(String),
}

impl<'a> Channels<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        Self { call: &state.call, store: &state.store, rules: state.rules }
    }
}

impl Channels<'_> {
    pub(super) async fn by_id(&self, id: &str, purpose: Purpose) -> wasmtime::Result<ChannelLookup> {
        let Ok(id) = id.parse::<ChannelId>() else { return Ok(ChannelLookup::NotFound) };
        self.access(self.store.channel(&id).await?, purpose).await
    }

    pub(super) async fn by_name(&self, team: &TeamId, name: &str) -> wasmtime::Result<ChannelLookup> {
        // No channel has such a name, and PostgreSQL rejects texts with a NUL.
        if name.contains('\0') {
            return Ok(ChannelLookup::NotFound);
        }
        self.access(self.store.channel_by_name(team, name).await?.map(|found| found.channel), Purpose::Read)
            .await
    }

    /// Returns the channel of a post that the plugin's own account wrote. It may be private: the plugin was called
    /// there once.
    pub(super) async fn of_own_post(&self, id: &ChannelId) -> wasmtime::Result<ChannelLookup> {
        let Some(channel) = self.store.channel(id).await? else { return Ok(ChannelLookup::NotFound) };
        self.judge(channel, Purpose::Post).await
    }

    /// Returns whether the call may learn of an account.
    pub(super) async fn shows(&self, account: &UserId) -> wasmtime::Result<bool> {
        let Some(actor) = &self.call.actor else { return Ok(true) };
        let Some(user) = self.store.user(&actor.id).await? else { return Ok(false) };
        let known = self.store.knows(&user.id, account).await?;
        Ok((self.rules.see_account)(&user, account, known))
    }

    async fn access(&self, channel: Option<Channel>, purpose: Purpose) -> wasmtime::Result<ChannelLookup> {
        match channel {
            Some(channel) if self.is_own(&channel) || channel.kind == ChannelKind::Public => {
                self.judge(channel, purpose).await
            }
            _ => Ok(ChannelLookup::NotFound),
        }
    }

    /// Judges a channel that the sheet covers.
    async fn judge(&self, channel: Channel, purpose: Purpose) -> wasmtime::Result<ChannelLookup> {
        // The entrance checked that the caller may post in the call's own channel.
        if !self.is_own(&channel) {
            match &self.call.actor {
                None if channel.team_id.is_none() || channel.team_id != self.team() => {
                    return Ok(ChannelLookup::NotFound);
                }
                None => {}
                Some(actor) => {
                    if let Some(refusal) = self.refuses(&actor.id, &channel, purpose).await? {
                        return Ok(refusal);
                    }
                }
            }
        }
        if !channel.delete_at.is_never() {
            return Ok(ChannelLookup::Denied(format!("the channel `{}` is archived", channel.name)));
        }
        Ok(ChannelLookup::Open(Box::new(channel)))
    }

    /// Returns the error for the plugin if its user may not do this in the channel, or None if the user may.
    async fn refuses(
        &self,
        actor: &UserId,
        channel: &Channel,
        purpose: Purpose,
    ) -> wasmtime::Result<Option<ChannelLookup>> {
        let Some(user) = self.store.user(actor).await?.filter(|user| user.delete_at.is_never()) else {
            return Ok(Some(ChannelLookup::NotFound));
        };
        let member = self.store.channel_membership(&channel.id, &user.id).await?;
        let team = match &channel.team_id {
            Some(team) => self.store.team_member(team, &user.id).await?,
            None => None,
        };
        if !(self.rules.read_channel)(&user, channel, member.as_deref(), team.as_ref()) {
            return Ok(Some(ChannelLookup::NotFound));
        }
        // An archived channel refuses every post; the caller says so itself.
        let may = purpose == Purpose::Read
            || !channel.delete_at.is_never()
            || (self.rules.post_in)(&user, channel, member.as_deref());
        Ok((!may).then(|| {
            let reason = "the user who called the plugin is not a member of this channel";
            ChannelLookup::Denied(reason.to_owned())
        }))
    }

    fn is_own(&self, channel: &Channel) -> bool {
        self.call.place.as_ref().is_some_and(|place| place.channel_id == channel.id)
    }

    /// The team of the call's own channel.
    fn team(&self) -> Option<TeamId> {
        self.call.place.as_ref().and_then(|place| place.team_id.clone())
    }
}
