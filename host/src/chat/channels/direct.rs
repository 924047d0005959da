//! Direct and group channels: they are created when a member first opens them.

use std::collections::BTreeSet;

use serde_json::json;

use crate::access::{AccessError, Prohibition, rules};
use crate::chat::{Chat, ChatError};
use crate::model::{
    Channel, ChannelKind, ChannelWithCounts, GROUP_NAME_LENGTH, Kind, Timestamp, User, UserId,
};
use crate::secret::{random_bytes, sha256_hex};
use crate::store::{Quota, QuotaKind, Store};

/// The number of members of a group channel, its creator included. The text of [`Prohibition::GroupSize`] names it.
const GROUP_SIZE: std::ops::RangeInclusive<usize> = 3..=8;

impl Chat {
    /// Opens the direct channel of two accounts, for one of them or an administrator.
    pub async fn open_direct(
        &self,
        caller: &User,
        pair: &[UserId; 2],
    ) -> Result<ChannelWithCounts, ChatError> {
        rules::open_direct(caller, pair)?;
        let unknown = |error| missing_as(error, Prohibition::DirectWithUnknown);
        self.check_known(caller, &pair.iter().collect()).await.map_err(unknown)?;
        let [one, other] = pair;
        let one = self.account(one).await.map_err(unknown)?;
        let other = self.account(other).await.map_err(unknown)?;
        self.direct_channel(&one, &other).await
    }

    /// Returns the direct channel of a user and an account that they may see.
    pub async fn direct_with(&self, caller: &User, other: &User) -> Result<ChannelWithCounts, ChatError> {
        self.check_known(caller, &BTreeSet::from([&other.id])).await?;
        self.direct_channel(caller, other).await
    }

    /// Returns the direct channel of two accounts, and creates it if necessary. Both may be the same account.
    async fn direct_channel(&self, one: &User, other: &User) -> Result<ChannelWithCounts, ChatError> {
        let (first, second) = if one.id <= other.id { (one, other) } else { (other, one) };
        let name = format!("{}__{}", first.id, second.id);
        if let Some(channel) = self.store.teamless_channel(&name).await? {
            return Ok(channel);
        }
        let channel = self.build_teamless_channel(ChannelKind::Direct, name, String::new(), one);
        let members: &[&User] = if one.id == other.id { &[one] } else { &[one, other] };
        let (channel, made) = self.open(&self.store, channel, members).await?;
        if made {
            let data = json!({"creator_id": one.id, "teammate_id": other.id});
            self.publish_to_channel(&channel.id, "direct_added", &data).await;
        }
        Ok(channel)
    }

    /// Returns the group channel of these users and the caller, and creates it if necessary.
    pub async fn open_group(&self, caller: &User, users: &[UserId]) -> Result<ChannelWithCounts, ChatError> {
        let users: BTreeSet<&UserId> = users.iter().chain([&caller.id]).collect();
        if !GROUP_SIZE.contains(&users.len()) {
            return Err(Prohibition::GroupSize.into());
        }
        let unknown = |error| missing_as(error, Prohibition::GroupWithUnknown);
        self.check_known(caller, &users).await.map_err(unknown)?;
        let mut accounts = Vec::with_capacity(users.len());
        for id in &users {
            accounts.push(self.account(id).await.map_err(unknown)?);
        }
        let mut names: Vec<&str> = accounts.iter().map(|account| account.username.as_str()).collect();
        names.sort_unstable();
        let ids: String = users.iter().map(|id| id.as_str()).collect();
        let name: String = sha256_hex(ids.as_bytes()).chars().take(GROUP_NAME_LENGTH).collect();
        if let Some(channel) = self.store.teamless_channel(&name).await? {
            return Ok(channel);
        }
        let channel = self.build_teamless_channel(ChannelKind::Group, name, names.join(", "), caller);
        let store = self.store.with_quotas([self.channels_of(&caller.id)]);
        let (channel, made) = self.open(&store, channel, &accounts.iter().collect::<Vec<_>>()).await?;
        if made {
            let ids: Vec<&UserId> = users.into_iter().collect();
            let data = json!({"teammate_ids": json!(ids).to_string()});
            self.publish_to_channel(&channel.id, "group_added", &data).await;
        }
        Ok(channel)
    }

    /// Members of a channel see each other's accounts, so a guest may not open one with accounts that they do not see
    /// yet.
    async fn check_known(&self, caller: &User, users: &BTreeSet<&UserId>) -> Result<(), ChatError> {
        if rules::is_guest(caller) {
            for other in users {
                rules::see_account(caller, other, self.store.knows(&caller.id, other).await?)?;
            }
        }
        Ok(())
    }

    /// The limit of the channels that an account creates, direct channels excepted.
    pub(in crate::chat) fn channels_of(&self, creator: &UserId) -> Quota {
        Quota::new(QuotaKind::ChannelsOfAccount, creator, self.limits.channels_per_account)
    }

    async fn open(
        &self,
        store: &Store,
        channel: Channel,
        users: &[&User],
    ) -> Result<(ChannelWithCounts, bool), ChatError> {
        let member = |user: &&User| self.new_channel_member(&channel.id, &user.id, rules::channel_role(user));
        let members = users.iter().map(member).collect();
        Ok(self.bus.change_members(store.open_teamless_channel(channel, members)).await?)
    }

    pub(in crate::chat) async fn account(&self, id: &UserId) -> Result<User, ChatError> {
        self.store.user(id).await?.ok_or(ChatError::NotFound(Kind::Account))
    }

    fn build_teamless_channel(
        &self,
        kind: ChannelKind,
        name: String,
        display_name: String,
        creator: &User,
    ) -> Channel {
        let now = self.clock.now();
        Channel {
            id: self.clock.id(),
            team_id: None,
            gid: uuid::Builder::from_random_bytes(random_bytes()).into_uuid().to_string(),
            kind,
            name,
            display_name,
            header: String::new(),
            purpose: String::new(),
            creator_id: Some(creator.id.clone()),
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        }
    }
}

/// Maps the error for an account that does not exist, or that a guest does not see, to the one for its use.
fn missing_as(error: ChatError, prohibition: Prohibition) -> ChatError {
    match error {
        ChatError::NotFound(_) | ChatError::Access(AccessError::NotFound(_)) => prohibition.into(),
        error => error,
    }
}
