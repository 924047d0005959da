//! What a text names: the members of a team, and its public channels.

use std::collections::HashMap;

use super::links::names;
use super::mentions::names_in;
use super::{Chat, ChatError};
use crate::model::{ChannelId, ChannelKind, ChannelWithCounts, TeamId, UserId};
use crate::store::UserFilter;

/// Most users that are looked up for one text. Further names are left out.
const MAX_NAMED: usize = 50;

/// Users and channels with their names.
pub type NamedThings = (Vec<(String, UserId)>, Vec<(String, ChannelId)>);

impl Chat {
    /// Returns the members of a team whom a text names as `@name`, and the team's public channels that it names as
    /// `~name`, each once and in the order of the text.
    pub async fn named_in(&self, team: &TeamId, text: &str) -> Result<NamedThings, ChatError> {
        let mut users = Vec::new();
        let named: Vec<Vec<String>> = names_in(text).into_iter().take(MAX_NAMED).collect();
        if !named.is_empty() {
            let filter = UserFilter {
                in_team: Some(team.clone()),
                usernames: Some(named.iter().flatten().cloned().collect()),
                ..UserFilter::default()
            };
            let found =
                self.store.users(&filter, 0, i64::try_from(named.len() * 4).unwrap_or(i64::MAX)).await?;
            let found: HashMap<String, UserId> =
                found.into_iter().map(|user| (user.username, user.id)).collect();
            for readings in named {
                let best =
                    readings.into_iter().find_map(|name| Some((name.clone(), found.get(&name)?.clone())));
                users.extend(best.filter(|one| !users.contains(one)));
            }
        }
        let mut channels = Vec::new();
        for name in names(text) {
            let found = self.store.channel_by_name(team, name).await?;
            let is_open = |channel: &ChannelWithCounts| {
                channel.kind == ChannelKind::Public && channel.delete_at.is_never()
            };
            let named = found.filter(is_open).map(|found| (found.channel.name, found.channel.id));
            channels.extend(named.filter(|one| !channels.contains(one)));
        }
        Ok((users, channels))
    }
}
