//! The sidebar: categories of channels, for each user and team.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::json;

use super::checks::check_length;
use super::{Chat, ChatError};
use crate::access::{AccountAccess, rules};
use crate::model::wire::{self, ChannelMemberResponse};
use crate::model::{
    Category, CategoryId, CategoryKind, ChannelId, FilledCategory, Kind, TeamId, UserId, arrange,
};
use crate::store::CategoryContent;

/// Most categories of one user in one team, the three defaults included. A further one is refused.
const MAX_CATEGORIES: usize = 200;

/// Longest name and sorting of a category, in characters. Longer ones are refused.
const MAX_CATEGORY_NAME: usize = 64;

/// A category as a client wants it. The server keeps its kind and its place in the order.
#[derive(Debug, Clone)]
pub struct CategoryChange {
    pub id: CategoryId,
    pub display_name: String,
    pub sorting: String,
    pub muted: bool,
    pub collapsed: bool,
    pub channel_ids: Vec<ChannelId>,
}

impl Chat {
    /// Returns an account's categories in a team, in order: none if the account is not in the team.
    pub async fn sidebar(
        &self,
        account: &AccountAccess,
        team: &TeamId,
    ) -> Result<Vec<FilledCategory>, ChatError> {
        let mut categories = self.store.sidebar().categories(account.id(), team).await?;
        if categories.is_empty() && self.store.team_member(team, account.id()).await?.is_some() {
            categories = Category::defaults(account.id(), team).into();
        }
        if categories.is_empty() {
            return Ok(Vec::new());
        }
        Ok(arrange(categories, self.store.sidebar().channels(account.id(), team).await?))
    }

    /// Returns one category. To a user one that is not theirs is the same as one that does not exist.
    pub async fn category(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        id: &CategoryId,
    ) -> Result<FilledCategory, ChatError> {
        let sidebar = self.sidebar(account, team).await?;
        if let Some(filled) = sidebar.into_iter().find(|filled| filled.category.id == *id) {
            return Ok(filled);
        }
        rules::use_unknown_category(account.caller())?;
        Err(ChatError::NotFound(Kind::SidebarCategory))
    }

    /// Creates a category. Channels that the account is not in are left out. Returns it with its channels.
    pub async fn create_category(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        change: CategoryChange,
    ) -> Result<FilledCategory, ChatError> {
        let sidebar = self.sidebar(account, team).await?;
        if sidebar.is_empty() {
            return Err(ChatError::NotFound(Kind::SidebarCategory));
        }
        check_change(&change)?;
        let channels = known_among(&known_channels(&sidebar), change.channel_ids);
        let category = Category {
            id: change.id,
            user_id: account.id().clone(),
            team_id: team.clone(),
            sort_order: 0,
            sorting: String::new(),
            kind: CategoryKind::Custom,
            display_name: change.display_name,
            muted: change.muted,
            collapsed: change.collapsed,
        };
        let id = category.id.clone();
        self.store.sidebar().create(category, channels, MAX_CATEGORIES).await?;
        self.publish_to_user_of_team(
            account.id(),
            team,
            "sidebar_category_created",
            &json!({"category_id": id}),
        )
        .await;
        self.category(account, team, &id).await
    }

    /// Changes categories, and returns them. A channel leaves the category that it was in; it is muted or not as its
    /// new category is.
    pub async fn update_categories(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        changes: Vec<CategoryChange>,
    ) -> Result<Vec<FilledCategory>, ChatError> {
        let before = self.sidebar(account, team).await?;
        if changes.len() > MAX_CATEGORIES {
            return Err(invalid(&format!("send at most {MAX_CATEGORIES} at once")));
        }
        let ids: Vec<CategoryId> = changes.iter().map(|change| change.id.clone()).collect();
        let known = known_channels(&before);
        let mut contents = Vec::with_capacity(changes.len());
        for change in changes {
            check_change(&change)?;
            let found = before.iter().find(|filled| filled.category.id == change.id);
            let found = found.ok_or_else(|| invalid("each must be one of the account's own in this team"))?;
            contents.push(changed(found, change, &known));
        }
        self.store.sidebar().update(contents).await?;
        let after = self.sidebar(account, team).await?;
        let find = |id: &CategoryId| after.iter().find(|filled| filled.category.id == *id).cloned();
        let updated: Vec<FilledCategory> = ids.iter().filter_map(find).collect();
        let data = json!({"updatedCategories": wire::text(&updated)});
        self.publish_to_user_of_team(account.id(), team, "sidebar_category_updated", &data).await;
        self.mute_moved(account.id(), team, &before, &after).await?;
        Ok(updated)
    }

    /// Sets the order of an account's categories in a team. The list must name each of them once.
    pub async fn order_categories(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        order: &[CategoryId],
    ) -> Result<(), ChatError> {
        let sidebar = self.sidebar(account, team).await?;
        let own: HashSet<&CategoryId> = sidebar.iter().map(|filled| &filled.category.id).collect();
        if !order.iter().all(|id| own.contains(id)) {
            return Err(invalid("each must be one of the account's own in this team"));
        }
        if order.len() != sidebar.len() {
            return Err(ChatError::IncompleteOrder { expected: sidebar.len() });
        }
        let ordered = self.store.sidebar().reorder(account.id(), team, order.to_vec()).await;
        ordered.map_err(|error| match error {
            error if error.is_conflict() => {
                let reason = "the order must name each category once".to_owned();
                ChatError::Invalid { kind: Kind::SidebarCategory, field: "order", reason }
            }
            error => error.into(),
        })?;
        self.publish_to_user_of_team(
            account.id(),
            team,
            "sidebar_category_order_updated",
            &json!({"order": order}),
        )
        .await;
        Ok(())
    }

    /// Deletes a category that the account made. Its channels return to the default categories.
    pub async fn delete_category(
        &self,
        account: &AccountAccess,
        team: &TeamId,
        id: &CategoryId,
    ) -> Result<(), ChatError> {
        let filled = self.category(account, team, id).await?;
        if filled.category.kind != CategoryKind::Custom {
            let reason = "every sidebar has this category; it cannot be deleted".to_owned();
            return Err(ChatError::Invalid { kind: Kind::SidebarCategory, field: "category_id", reason });
        }
        self.store.sidebar().delete(id).await?;
        self.publish_to_user_of_team(
            account.id(),
            team,
            "sidebar_category_deleted",
            &json!({"category_id": id}),
        )
        .await;
        Ok(())
    }

    /// Mutes the channels that came into a muted category, and the opposite, as clients show a category's channels
    /// alike.
    async fn mute_moved(
        &self,
        user: &UserId,
        team: &TeamId,
        before: &[FilledCategory],
        after: &[FilledCategory],
    ) -> Result<(), ChatError> {
        let was_muted: HashMap<&ChannelId, bool> = channels_in(before).collect();
        let mut changed = BTreeSet::new();
        for muted in [true, false] {
            let moved = channels_in(after)
                .filter(|(id, now)| *now == muted && was_muted.get(id).is_some_and(|was| *was != muted));
            let moved: Vec<ChannelId> = moved.map(|(id, _)| id.clone()).collect();
            if !moved.is_empty() {
                changed.extend(self.store.sidebar().mute(user, &moved, muted, self.clock.now()).await?);
            }
        }
        if changed.is_empty() || self.bus.is_idle() {
            return Ok(());
        }
        for membership in self.store.memberships_of(user, team).await? {
            if changed.contains(&membership.member.channel_id) {
                let data = json!({"channelMember": wire::text(&ChannelMemberResponse::from(membership))});
                self.publish_to_user(user, "channel_member_updated", &data).await;
            }
        }
        Ok(())
    }
}

/// Returns every channel of a sidebar, and whether its category is muted.
fn channels_in(sidebar: &[FilledCategory]) -> impl Iterator<Item = (&ChannelId, bool)> {
    sidebar.iter().flat_map(|filled| filled.channel_ids.iter().map(|id| (id, filled.category.muted)))
}

/// Returns what a change makes of a category. Of the defaults, names stay, and that of direct channels is never muted.
fn changed(found: &FilledCategory, change: CategoryChange, known: &HashSet<&ChannelId>) -> CategoryContent {
    let kept = found.category.clone();
    let kind = kept.kind;
    let category = Category {
        display_name: if kind == CategoryKind::Custom { change.display_name } else { kept.display_name },
        muted: change.muted && kind != CategoryKind::DirectMessages,
        sorting: change.sorting,
        collapsed: change.collapsed,
        ..kept
    };
    CategoryContent {
        category,
        channels: known_among(known, change.channel_ids),
        favorites: if kind == CategoryKind::Favorites { found.channel_ids.clone() } else { Vec::new() },
    }
}

/// Returns the channels of a sidebar: those that the account is in.
fn known_channels(sidebar: &[FilledCategory]) -> HashSet<&ChannelId> {
    channels_in(sidebar).map(|(id, _)| id).collect()
}

/// Returns those of these channels that are known, each once.
fn known_among(known: &HashSet<&ChannelId>, ids: Vec<ChannelId>) -> Vec<ChannelId> {
    let mut named = HashSet::new();
    ids.into_iter().filter(|id| known.contains(id) && named.insert(id.clone())).collect()
}

fn check_change(change: &CategoryChange) -> Result<(), ChatError> {
    check_length(Kind::Request, "display_name", &change.display_name, 0, MAX_CATEGORY_NAME)?;
    check_length(Kind::Request, "sorting", &change.sorting, 0, MAX_CATEGORY_NAME)
}

fn invalid(reason: &str) -> ChatError {
    ChatError::Invalid { kind: Kind::Request, field: "category", reason: reason.to_owned() }
}
