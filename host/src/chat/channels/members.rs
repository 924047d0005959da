//! The members of a channel: adding and removing them, their roles, and their notification settings.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ChannelFacts;
use crate::access::{AccountAccess, Prohibition, rules};
use crate::chat::checks::{check_added, check_channel_active, check_of_team, check_roles, is_town_square};
use crate::chat::{Chat, ChatError};
use crate::model::wire::{self, ChannelMemberResponse};
use crate::model::{
    Channel, ChannelId, ChannelMember, ChannelMembership, Kind, Membership, MentionCounts, PostId, TeamId,
    User, UserId, role,
};

/// Notification settings of one member for one channel: their number, and the length of each name and value, in bytes.
/// More are refused.
const MAX_NOTIFY: usize = 32;
const MAX_NOTIFY_TEXT: usize = 128;

impl Chat {
    /// Adds an account to a channel. Changes nothing for an existing member. The message about a new one appears in the
    /// thread of `root`, if given.
    pub async fn add_to_channel(
        &self,
        user: &User,
        id: &ChannelId,
        added: &UserId,
        root: Option<&PostId>,
    ) -> Result<Membership, ChatError> {
        let ChannelFacts { channel, mine, team } = self.entered_channel(user, id).await?;
        rules::add_to_channel(user, &channel, mine.as_deref(), team.as_ref(), added)?;
        if channel.team_id.is_none() {
            return Err(Prohibition::AddToDirect.into());
        }
        check_channel_active(&channel)?;
        if let Some(root) = root {
            self.check_thread_of(&channel, root).await?;
        }
        let added = self.account(added).await?;
        if let Some(team) = &channel.team_id
            && self.store.team_member(team, &added.id).await?.is_none()
        {
            return Err(ChatError::NotFound(Kind::TeamMember));
        }
        let mut is_new = false;
        if !self.store.is_channel_member(id, &added.id).await? {
            let member = self.new_channel_member(id, &added.id, rules::channel_role(&added));
            let joins = Some(json!({"user_id": member.user_id, "roles": member.roles}));
            let recording = self.recording(user, "channel.join", ("channel", id.as_str()), None, joins);
            is_new = self.bus.change_members(recording.join_channel(member)).await?;
        }
        let team_id = channel.team_id.as_ref().map_or("", TeamId::as_str);
        let data = json!({"user_id": added.id, "team_id": team_id});
        self.publish_to_channel(id, "user_added", &data).await;
        if is_new {
            self.announce_member(user, &channel, &added, root.cloned()).await;
        }
        self.store.membership(id, &added.id).await?.ok_or(ChatError::NotFound(Kind::Channel))
    }

    /// Adds several accounts to a channel, one after the other.
    pub async fn add_all_to_channel(
        &self,
        user: &User,
        id: &ChannelId,
        added: &[UserId],
        root: Option<&PostId>,
    ) -> Result<Vec<Membership>, ChatError> {
        check_added(added)?;
        let mut members = Vec::with_capacity(added.len());
        for account in added {
            members.push(self.add_to_channel(user, id, account, root).await?);
        }
        Ok(members)
    }

    /// Returns a member of a channel that the caller may read. A caller learns also of a channel that they only see
    /// that they are not a member.
    pub async fn member_of(
        &self,
        caller: Arc<User>,
        id: &ChannelId,
        member: &UserId,
    ) -> Result<Membership, ChatError> {
        if caller.id != *member || self.facts_in_sight(&caller, id).await?.is_none() {
            self.channel_access(caller, id).await?;
        }
        self.store.membership(id, member).await?.ok_or(ChatError::NotFound(Kind::ChannelMember))
    }

    /// Removes an account from a channel. Members may remove themselves and others, but guests only themselves.
    pub async fn remove_from_channel(
        &self,
        user: &User,
        id: &ChannelId,
        removed: &UserId,
    ) -> Result<(), ChatError> {
        let ChannelFacts { channel, mine, team } = self.entered_channel(user, id).await?;
        if channel.team_id.is_none() {
            return Err(Prohibition::LeaveDirect.into());
        }
        rules::remove_from_channel(user, &channel, mine.as_deref(), team.as_ref(), removed)?;
        if is_town_square(&channel) {
            return Err(Prohibition::LeaveTownSquare.into());
        }
        if !self.store.is_channel_member(id, removed).await? {
            self.account(removed).await?;
            return Err(ChatError::NotFound(Kind::ChannelMember));
        }
        let left = Some(json!({"user_id": removed}));
        let recording = self.recording(user, "channel.leave", ("channel", id.as_str()), left, None);
        if !self.bus.change_members(recording.leave_channel(id, removed)).await? {
            return Err(ChatError::NotFound(Kind::ChannelMember));
        }
        let data = json!({"user_id": removed, "remover_id": user.id});
        self.publish_to_channel(id, "user_removed", &data).await;
        self.publish_to_user(removed, "user_removed", &json!({"channel_id": id, "remover_id": user.id}))
            .await;
        self.announce_departure(user, &channel, removed).await;
        Ok(())
    }

    /// Sets a channel member's roles.
    pub async fn set_channel_roles(
        &self,
        user: &User,
        id: &ChannelId,
        member: &UserId,
        roles: &str,
    ) -> Result<(), ChatError> {
        let facts = self.facts_in_sight(user, id).await?.ok_or_else(|| rules::no_channel(user))?;
        check_of_team(&facts.channel)?;
        rules::manage_channel(user, &facts.channel, facts.mine.as_deref(), facts.team.as_ref())?;
        let roles = check_roles(roles, role::CHANNEL_USER, role::CHANNEL_ADMIN)?;
        let before =
            self.store.membership(id, member).await?.ok_or(ChatError::NotFound(Kind::ChannelMember))?;
        self.check_no_guest(member).await?;
        let with = |roles: &str| Some(json!({"user_id": member, "roles": roles}));
        let thing = ("channel", id.as_str());
        let recording =
            self.recording(user, "channel.roles", thing, with(&before.member.roles), with(&roles));
        if !recording.set_channel_roles(id, member, roles, self.clock.now()).await? {
            return Err(ChatError::NotFound(Kind::ChannelMember));
        }
        self.publish_membership(id, member).await
    }

    /// Sets the given notification settings of a member for a channel, and keeps the others.
    pub async fn set_channel_notify(
        &self,
        account: &AccountAccess,
        id: &ChannelId,
        settings: Map<String, Value>,
    ) -> Result<(), ChatError> {
        let fits = |text: &str| text.len() <= MAX_NOTIFY_TEXT;
        let fit = |(name, value): (&String, &Value)| fits(name) && value.as_str().is_some_and(fits);
        if settings.len() > MAX_NOTIFY || !settings.iter().all(fit) {
            let reason = format!("it may have at most {MAX_NOTIFY} texts of at most {MAX_NOTIFY_TEXT} bytes");
            return Err(ChatError::Invalid { kind: Kind::ChannelMember, field: "notify_props", reason });
        }
        if !self.store.set_channel_notify(id, account.id(), settings, MAX_NOTIFY, self.clock.now()).await? {
            return Err(ChatError::NotFound(Kind::ChannelMember));
        }
        self.publish_membership(id, account.id()).await
    }

    /// Checks that an account is not a guest, because a role in a team or channel gives a guest no further rights.
    pub(in crate::chat) async fn check_no_guest(&self, member: &UserId) -> Result<(), ChatError> {
        if self.store.user(member).await?.as_ref().is_some_and(rules::is_guest) {
            let reason = "this account is a guest; a system administrator must `promote` it first";
            return Err(ChatError::Invalid { kind: Kind::Role, field: "roles", reason: reason.to_owned() });
        }
        Ok(())
    }

    /// Checks that a post begins a thread in a channel. One of another channel is answered as one that does not exist.
    async fn check_thread_of(&self, channel: &Channel, root: &PostId) -> Result<(), ChatError> {
        let post = self.store.post(root).await?;
        if post.is_some_and(|post| post.channel_id == channel.id && post.root_id.is_none()) {
            return Ok(());
        }
        let reason = "it must be the first post of a thread in this channel".to_owned();
        Err(ChatError::Invalid { kind: Kind::Request, field: "post_root_id", reason })
    }

    /// Publishes a membership to the member.
    async fn publish_membership(&self, id: &ChannelId, member: &UserId) -> Result<(), ChatError> {
        if let Some(membership) = self.store.membership(id, member).await? {
            let data = json!({"channelMember": wire::text(&ChannelMemberResponse::from(membership))});
            self.publish_to_user(member, "channel_member_updated", &data).await;
        }
        Ok(())
    }

    pub(in crate::chat) fn new_channel_member(
        &self,
        channel: &ChannelId,
        user: &UserId,
        roles: &str,
    ) -> ChannelMember {
        ChannelMember {
            membership: ChannelMembership {
                channel_id: channel.clone(),
                user_id: user.clone(),
                roles: roles.to_owned(),
            },
            last_viewed_at: self.clock.now(),
            msg_count: 0,
            msg_count_root: 0,
            mentions: MentionCounts::default(),
        }
    }
}
