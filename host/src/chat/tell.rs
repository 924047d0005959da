//! Events for sockets: who hears of what. Call after the commit; failing to tell must not undo what happened.

use serde_json::Value;

use super::Chat;
use crate::bus::{Event, Scope};
use crate::model::{ChannelId, TeamId, UserId};

impl Chat {
    /// Tells everybody who is in a channel.
    pub(super) async fn tell_channel(&self, channel: &ChannelId, name: &'static str, data: &Value) {
        if self.bus.is_silent() {
            return;
        }
        let scope = Scope { channel_id: Some(channel.clone()), ..Scope::default() };
        match self.store.channel_member_ids(channel).await {
            Ok(members) => self.bus.send(Event::new(name, data, &scope), &members),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(event = name, error, "sockets were not told of an event");
            }
        }
    }

    /// Tells one person.
    pub(super) fn tell_user(&self, user: &UserId, name: &'static str, data: &Value) {
        let scope = Scope { user_id: Some(user.clone()), ..Scope::default() };
        self.bus.send(Event::new(name, data, &scope), std::slice::from_ref(user));
    }

    /// Tells one person, about one channel.
    pub(super) fn tell_user_in(&self, user: &UserId, channel: &ChannelId, name: &'static str, data: &Value) {
        let (user_id, channel_id) = (Some(user.clone()), Some(channel.clone()));
        let scope = Scope { user_id, channel_id, ..Scope::default() };
        self.bus.send(Event::new(name, data, &scope), std::slice::from_ref(user));
    }

    /// Tells everybody who is in a team.
    pub(super) async fn tell_team(&self, team: &TeamId, name: &'static str, data: &Value) {
        if self.bus.is_silent() {
            return;
        }
        let scope = Scope { team_id: Some(team.clone()), ..Scope::default() };
        match self.store.team_member_ids(team).await {
            Ok(members) => self.bus.send(Event::new(name, data, &scope), &members),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(event = name, error, "sockets were not told of an event");
            }
        }
    }
}
