//! The sidebar: how a user arranges the channels of one team, and those of no team beside them.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use super::{ChannelId, ChannelKind, InvalidId, TeamId, UserId};

/// The preferences of this category with the value `true` name the favourite channels: see [`Category`].
pub const FAVORITE_CHANNEL: &str = "favorite_channel";

/// The distance of two categories in their order.
const SORT_DISTANCE: i64 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CategoryKind {
    /// The channels that the user's preferences name as favourites, in whichever team the user set them.
    Favorites,
    /// The other channels of the team that are in no category of the user's own.
    Channels,
    /// The other direct and group channels.
    DirectMessages,
    Custom,
}

/// Identifies a category: an id, or for the three that every sidebar has `kind_USER_TEAM`, as clients compose it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct CategoryId(String);

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Category {
    pub id: CategoryId,
    pub user_id: UserId,
    pub team_id: TeamId,
    pub sort_order: i64,
    /// How clients sort its channels. The server stores whatever the client chose.
    pub sorting: String,
    #[serde(rename = "type")]
    pub kind: CategoryKind,
    pub display_name: String,
    pub muted: bool,
    pub collapsed: bool,
}

/// A category with its channels, in order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FilledCategory {
    #[serde(flatten)]
    pub category: Category,
    pub channel_ids: Vec<ChannelId>,
}

/// A channel of the user, with its place in the sidebar if the user chose one.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SidebarChannel {
    pub id: ChannelId,
    pub kind: ChannelKind,
    pub display_name: String,
    pub is_favorite: bool,
    pub category_id: Option<CategoryId>,
    pub sort_order: Option<i64>,
}

impl Category {
    /// Returns the three categories that every sidebar has until the user changes it.
    pub fn defaults(user: &UserId, team: &TeamId) -> [Self; 3] {
        let category = |kind: CategoryKind, position: usize, display_name: &str| {
            let name = match kind {
                CategoryKind::Favorites => "favorites",
                CategoryKind::Channels => "channels",
                CategoryKind::DirectMessages | CategoryKind::Custom => "direct_messages",
            };
            Self {
                id: CategoryId(format!("{name}_{user}_{team}")),
                user_id: user.clone(),
                team_id: team.clone(),
                sort_order: sort_order(position),
                sorting: if kind == CategoryKind::DirectMessages { "recent" } else { "" }.to_owned(),
                kind,
                display_name: display_name.to_owned(),
                muted: false,
                collapsed: false,
            }
        };
        [
            category(CategoryKind::Favorites, 0, "Favorites"),
            category(CategoryKind::Channels, 1, "Channels"),
            category(CategoryKind::DirectMessages, 2, "Direct Messages"),
        ]
    }
}

/// Returns the order of the category at this position.
pub fn sort_order(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX / SORT_DISTANCE) * SORT_DISTANCE
}

/// Puts each channel into one category. Channels that the user placed come first, in their order; the others follow by
/// name.
pub fn arrange(categories: Vec<Category>, channels: Vec<SidebarChannel>) -> Vec<FilledCategory> {
    let default = |kind| categories.iter().position(|category| category.kind == kind);
    let defaults =
        [CategoryKind::Favorites, CategoryKind::DirectMessages, CategoryKind::Channels].map(default);
    let [favorites, direct, others] = defaults;
    let by_id: HashMap<&CategoryId, usize> =
        categories.iter().enumerate().map(|(index, category)| (&category.id, index)).collect();
    let mut placed: Vec<BTreeMap<(i64, String, ChannelId), ChannelId>> =
        vec![BTreeMap::new(); categories.len()];
    for channel in channels {
        let chosen = channel.category_id.as_ref().and_then(|id| by_id.get(id).copied());
        let is_direct = matches!(channel.kind, ChannelKind::Direct | ChannelKind::Group);
        let index = match chosen {
            _ if channel.is_favorite => favorites,
            Some(index) if Some(index) != favorites => Some(index),
            _ if is_direct => direct,
            _ => others,
        };
        let Some(index) = index else { continue };
        let order = channel.sort_order.filter(|_| chosen == Some(index)).unwrap_or(i64::MAX);
        let key = (order, channel.display_name.to_lowercase(), channel.id.clone());
        placed[index].insert(key, channel.id);
    }
    let filled = categories.into_iter().zip(placed);
    filled
        .map(|(category, placed)| FilledCategory { category, channel_ids: placed.into_values().collect() })
        .collect()
}

impl CategoryId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CategoryId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let owner =
            ["favorites_", "channels_", "direct_messages_"].iter().find_map(|kind| text.strip_prefix(kind));
        match owner.and_then(|owner| owner.split_once('_')) {
            Some((user, team)) => {
                user.parse::<UserId>()?;
                team.parse::<TeamId>()?;
            }
            None => {
                text.parse::<ChannelId>()?;
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CategoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl super::Sortable for CategoryId {
    fn from_uuid(uuid: uuid::Uuid) -> Self {
        Self(ChannelId::from_uuid(uuid).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: FromStr<Err = InvalidId>>(letter: &str) -> T {
        letter.repeat(26).parse().unwrap()
    }

    fn channel(letter: &str, name: &str, place: Option<(&Category, i64)>) -> SidebarChannel {
        SidebarChannel {
            id: id(letter),
            kind: ChannelKind::Public,
            display_name: name.to_owned(),
            is_favorite: false,
            category_id: place.map(|(category, _)| category.id.clone()),
            sort_order: place.map(|(_, order)| order),
        }
    }

    #[test]
    fn each_channel_is_in_one_category() {
        let [favorites, channels, direct] = Category::defaults(&id("u"), &id("t"));
        let own = Category { id: id("w"), kind: CategoryKind::Custom, ..channels.clone() };
        let favorite = |channel: SidebarChannel| SidebarChannel { is_favorite: true, ..channel };
        let arranged = arrange(
            vec![favorites.clone(), own.clone(), channels.clone(), direct],
            vec![
                channel("a", "zebra", None),
                channel("b", "Apple", None),
                channel("c", "second", Some((&own, 20))),
                channel("d", "first", Some((&own, 10))),
                channel("e", "placed", Some((&channels, 0))),
                favorite(channel("f", "starred", Some((&own, 0)))),
                channel("g", "no longer starred", Some((&favorites, 0))),
                SidebarChannel { kind: ChannelKind::Direct, ..channel("h", "", None) },
            ],
        );
        let ids: Vec<String> = arranged
            .iter()
            .map(|filled| filled.channel_ids.iter().map(|id| &id.as_str()[..1]).collect())
            .collect();
        assert_eq!(ids, ["f", "dc", "ebga", "h"]);
    }

    #[test]
    fn the_id_of_a_category_names_its_owner_or_is_random() {
        let default = Category::defaults(&id("u"), &id("t"))[2].id.to_string();
        for text in [default.as_str(), &"w".repeat(26)] {
            assert!(text.parse::<CategoryId>().is_ok(), "{text}");
        }
        for text in ["", "favorites", "favorites_u_t", &default.replace("direct_messages", "none")] {
            assert!(text.parse::<CategoryId>().is_err(), "{text}");
        }
    }
}
