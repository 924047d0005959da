//! Events for sockets. Publish them after the commit.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Chat;
use crate::bus::{Audience, Event, MemberError, MemberSource, Scope};
use crate::model::{ChannelId, TeamId, UserId};
use crate::store::Store;

/// The source from which the bus resolves an audience.
impl MemberSource for Store {
    fn channel_members<'a>(
        &'a self,
        channel: &'a ChannelId,
    ) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        async { Ok(self.channel_member_ids(channel).await?) }.boxed()
    }

    fn channel_and_team_members<'a>(
        &'a self,
        channel: &'a ChannelId,
    ) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        async { Ok(self.channel_and_team_member_ids(channel).await?) }.boxed()
    }

    fn team_members<'a>(&'a self, team: &'a TeamId) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        async { Ok(self.team_member_ids(team).await?) }.boxed()
    }

    fn strangers<'a>(&'a self, account: &'a UserId) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        async { Ok(self.guests_not_knowing(account).await?) }.boxed()
    }
}

impl Chat {
    /// Publishes to the members of a channel.
    pub(super) async fn publish_to_channel(&self, channel: &ChannelId, name: &'static str, data: &Value) {
        let scope = Scope { channel_id: Some(channel.clone()), ..Scope::default() };
        self.bus.publish(Event::new(name, data, &scope), Audience::Channel(channel.clone())).await;
    }

    /// Publishes to the members of a team.
    pub(super) async fn publish_to_team(&self, team: &TeamId, name: &'static str, data: &Value) {
        let scope = Scope { team_id: Some(team.clone()), ..Scope::default() };
        self.bus.publish(Event::new(name, data, &scope), Audience::Team(team.clone())).await;
    }

    /// Publishes to the members of a channel, and to its team's members except guests.
    pub(super) async fn publish_around_channel(
        &self,
        (channel, team): (&ChannelId, &TeamId),
        name: &'static str,
        data: &Value,
    ) {
        let scope = Scope { team_id: Some(team.clone()), ..Scope::default() };
        self.bus.publish(Event::new(name, data, &scope), Audience::ChannelAndTeam(channel.clone())).await;
    }

    pub(super) async fn publish_to_user(&self, user: &UserId, name: &'static str, data: &Value) {
        let scope = Scope { user_id: Some(user.clone()), ..Scope::default() };
        self.bus.publish(Event::new(name, data, &scope), Audience::User(user.clone())).await;
    }

    /// Publishes to one user, about one team.
    pub(super) async fn publish_to_user_of_team(
        &self,
        user: &UserId,
        team: &TeamId,
        name: &'static str,
        data: &Value,
    ) {
        let (user_id, team_id) = (Some(user.clone()), Some(team.clone()));
        let scope = Scope { user_id, team_id, ..Scope::default() };
        self.bus.publish(Event::new(name, data, &scope), Audience::User(user.clone())).await;
    }

    /// Publishes to one user, about one channel.
    pub(super) async fn publish_to_user_in(
        &self,
        user: &UserId,
        channel: &ChannelId,
        name: &'static str,
        data: &Value,
    ) {
        let (user_id, channel_id) = (Some(user.clone()), Some(channel.clone()));
        let scope = Scope { user_id, channel_id, ..Scope::default() };
        self.bus.publish(Event::new(name, data, &scope), Audience::User(user.clone())).await;
    }
}
