//! Favourite channels that a client sets as preferences: the channels move between the categories of the sidebar.

use serde_json::json;

use super::{Chat, ChatError};
use crate::access::AccountAccess;
use crate::model::{ChannelId, FAVORITE_CHANNEL, FilledCategory, Preference, TeamId, wire};

/// Most sidebars that are published after one change: a direct channel is in the sidebar of each of the user's teams.
/// Clients read the others again when they open the team.
const MAX_SIDEBARS: i64 = 50;

/// The categories of one team before a change.
pub(super) type TeamCategories = (TeamId, Vec<FilledCategory>);

impl Chat {
    /// Returns the sidebars in which these preferences move channels, before they are changed. None is read while the
    /// account has no connected client.
    pub(super) async fn sidebars_of(
        &self,
        account: &AccountAccess,
        preferences: &[Preference],
    ) -> Result<Vec<TeamCategories>, ChatError> {
        let favorites = preferences.iter().filter(|one| one.category == FAVORITE_CHANNEL);
        let channels: Vec<ChannelId> = favorites.filter_map(|one| one.name.parse().ok()).collect();
        if channels.is_empty() || !self.bus.is_connected(account.id()) {
            return Ok(Vec::new());
        }
        let mut sidebars = Vec::new();
        for team in self.store.sidebar().teams(account.id(), &channels, MAX_SIDEBARS).await? {
            let sidebar = self.sidebar(account, &team).await?;
            sidebars.push((team, sidebar));
        }
        Ok(sidebars)
    }

    /// Publishes the categories whose channels changed. The change is committed: a failure is logged.
    pub(super) async fn publish_moved(&self, account: &AccountAccess, before: Vec<TeamCategories>) {
        for (team, before) in before {
            let after = match self.sidebar(account, &team).await {
                Ok(after) => after,
                Err(error) => {
                    tracing::warn!(%team, error = &error as &dyn std::error::Error, "a sidebar was not published");
                    continue;
                }
            };
            let changed: Vec<&FilledCategory> = after.iter().filter(|one| !before.contains(one)).collect();
            if !changed.is_empty() {
                let data = json!({"updatedCategories": wire::text(&changed)});
                self.publish_to_user_of_team(account.id(), &team, "sidebar_category_updated", &data).await;
            }
        }
    }
}
