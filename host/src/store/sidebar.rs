//! `sidebar_categories` and `sidebar_channels`: how users arrange their channels. Favourites are preferences.

use std::collections::{BTreeMap, HashMap};

use const_format::concatcp;
use sqlx::types::Json;

use super::list::fill_to;
use super::sqlite::over_rows;
use super::{Db, Store, StoreError, Tx, quota};
use crate::model::{
    Category, CategoryId, CategoryKind, ChannelId, FAVORITE_CHANNEL, OWN_CHANNELS_BYTES, SidebarChannel,
    TeamId, Timestamp, UserId, sort_order,
};

const CATEGORIES: &str = "select id, user_id, team_id, kind, display_name, sorting, sort_order, muted, collapsed \
    from sidebar_categories where user_id = $1 and team_id = $2 order by sort_order, id";

const CHANNELS: &str = "select c.id, c.kind, c.display_name, p.name is not null as is_favorite, s.category_id, \
    s.sort_order from channel_members m join channels c on c.id = m.channel_id \
    left join sidebar_channels s on s.user_id = m.user_id and s.team_id = $2 and s.channel_id = c.id \
    left join preferences p on p.user_id = m.user_id and p.category = $3 and p.name = c.id and p.value = 'true' \
    where m.user_id = $1 and c.delete_at = 0 and (c.team_id = $2 or c.team_id is null) order by c.id";

const TEAMS: [&str; 2] = over_texts!(
    "select tm.team_id from team_members tm where tm.user_id = $1 and tm.delete_at = 0 and exists \
     (select 1 from channel_members m join channels c on c.id = m.channel_id where m.user_id = $1 and \
     (c.team_id = tm.team_id or c.team_id is null) and c.id in",
    "$2",
    ") order by tm.team_id limit $3"
);

const REORDER: [&str; 2] = over_rows!(
    "with new (id, sort_order) as (select value ->> 0, cast(value ->> 1 as bigint)",
    ") update sidebar_categories set sort_order = new.sort_order from new where sidebar_categories.id = new.id"
);

const PLACE: [&str; 2] = over_rows!(
    "insert into sidebar_channels (user_id, team_id, channel_id, category_id, sort_order) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, cast(value ->> 4 as bigint)",
    "where true on conflict (user_id, team_id, channel_id) do update set category_id = excluded.category_id, \
     sort_order = excluded.sort_order"
);

const UPDATE: [&str; 2] = over_rows!(
    "with new (id, display_name, sorting, muted, collapsed) as (select value ->> 0, value ->> 1, value ->> 2, \
     cast(value ->> 3 as boolean), cast(value ->> 4 as boolean)",
    ") update sidebar_categories set display_name = new.display_name, sorting = new.sorting, muted = new.muted, \
     collapsed = new.collapsed from new where sidebar_categories.id = new.id"
);

const CLEAR: [&str; 2] = over_texts!("delete from sidebar_channels where category_id in", "$1", "");

const FAVOR: [&str; 2] = over_rows!(
    "insert into preferences (user_id, category, name, value) \
     select value ->> 0, value ->> 1, value ->> 2, 'true'",
    "where true on conflict (user_id, category, name) do update set value = excluded.value"
);

const DISFAVOR: [&str; 2] =
    over_texts!("delete from preferences where user_id = $1 and category = $2 and name in", "$3", "");

const MUTE_HEAD: &str =
    "where user_id = $1 and coalesce(notify_props ->> 'mark_unread', 'all') <> $2 and channel_id in";
/// Sets one notification setting of a member in several channels.
const MUTE: [&str; 2] = [
    over_texts!(
        concatcp!(
            "update channel_members set notify_props = json_set(notify_props, '$.mark_unread', $2), \
             last_update_at = $3 ",
            MUTE_HEAD
        ),
        "$4",
        "returning channel_id"
    )[0],
    over_texts!(
        concatcp!(
            "update channel_members set notify_props = jsonb_set(notify_props, '{mark_unread}', to_jsonb($2::text)), \
             last_update_at = $3 ",
            MUTE_HEAD
        ),
        "$4",
        "returning channel_id"
    )[1],
];

/// New content of a category. `channels` are those that it has afterwards, in order.
#[derive(Debug, Clone)]
pub struct CategoryContent {
    pub category: Category,
    pub channels: Vec<ChannelId>,
    /// The favourites that it had before, if it is the category of the favourites.
    pub favorites: Vec<ChannelId>,
}

/// A handle for users' sidebars. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sidebar(Store);

impl Store {
    /// Returns a handle for users' sidebars.
    pub fn sidebar(&self) -> Sidebar {
        Sidebar(self.clone())
    }
}

impl Sidebar {
    /// Returns a user's categories in a team, in order. There are none until the user changes the defaults.
    pub async fn categories(&self, user: &UserId, team: &TeamId) -> Result<Vec<Category>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(CATEGORIES).bind(user).bind(team).fetch_all(conn).await)
    }

    /// Returns a user's active channels of a team and of no team with their places in the team's sidebar, until they
    /// fill a list of own channels.
    pub async fn channels(&self, user: &UserId, team: &TeamId) -> Result<Vec<SidebarChannel>, StoreError> {
        read!(self.0.db, conn => fill_to(OWN_CHANNELS_BYTES, sqlx::query_as(CHANNELS).bind(user).bind(team).bind(FAVORITE_CHANNEL)
            .fetch(conn)).await)
    }

    /// Returns the teams in whose sidebars the user has one of these channels.
    pub async fn teams(
        &self,
        user: &UserId,
        channels: &[ChannelId],
        limit: i64,
    ) -> Result<Vec<TeamId>, StoreError> {
        let sql = self.0.db.of(TEAMS);
        read!(self.0.db, conn => sqlx::query_scalar(sql).bind(user).bind(Json(channels)).bind(limit)
            .fetch_all(conn).await)
    }

    /// Adds a category, after the favourites if they are first, else before all others. Returns `LimitReached` if
    /// the user has as many categories in the team as the limit allows.
    pub async fn create(
        &self,
        category: Category,
        channels: Vec<ChannelId>,
        limit: usize,
    ) -> Result<(), StoreError> {
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    let mut categories = open(tx, &category.user_id, &category.team_id).await?;
                    if categories.len() >= limit {
                        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                        return Err(StoreError::LimitReached { what: "categories of one team", limit });
                    }
                    insert(tx, &category).await?;
                    let first = categories.first();
                    let position = usize::from(first.is_some_and(|one| one.kind == CategoryKind::Favorites));
                    categories.insert(position, category.clone());
                    let order: Vec<CategoryId> = categories.into_iter().map(|category| category.id).collect();
                    reorder(tx, &order).await?;
                    let placed =
                        channels.iter().enumerate().map(|(position, channel)| (channel, &category, position));
                    place(tx, placed).await?;
                    disfavor(tx, &category.user_id, &channels).await
                })
            })
            .await
    }

    /// Replaces the content of these categories of one user and team. A channel that several of them name is in the
    /// last of these.
    pub async fn update(&self, contents: Vec<CategoryContent>) -> Result<(), StoreError> {
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(CategoryContent { category, .. }) = contents.first() {
                        open(tx, &category.user_id, &category.team_id).await?;
                        update(tx, &category.user_id, &contents).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Sets the order of a user's categories in a team. Returns `Conflict` if the list does not name each of them.
    pub async fn reorder(
        &self,
        user: &UserId,
        team: &TeamId,
        order: Vec<CategoryId>,
    ) -> Result<(), StoreError> {
        let (user, team) = (user.clone(), team.clone());
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    let categories = open(tx, &user, &team).await?;
                    let named = |category: &Category| order.contains(&category.id);
                    if order.len() != categories.len() || !categories.iter().all(named) {
                        return Err(StoreError::conflict());
                    }
                    reorder(tx, &order).await
                })
            })
            .await
    }

    /// Deletes a category. Its channels return to their default categories. Returns whether it existed.
    pub async fn delete(&self, id: &CategoryId) -> Result<bool, StoreError> {
        let id = id.clone();
        Ok(unit!(self.0.beside_cache(), "delete from sidebar_categories where id = $1", [&id]).await? > 0)
    }

    /// Mutes channels for a member, or the opposite. Returns those that changed.
    pub async fn mute(
        &self,
        user: &UserId,
        channels: &[ChannelId],
        muted: bool,
        at: Timestamp,
    ) -> Result<Vec<ChannelId>, StoreError> {
        let (user, channels) = (user.clone(), channels.to_vec());
        let mark_unread = if muted { "mention" } else { "all" };
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let sql = tx.of(MUTE);
                    Ok(on_tx!(tx, conn => sqlx::query_scalar(sql).bind(&user).bind(mark_unread).bind(at)
                    .bind(Json(&channels)).fetch_all(conn).await?))
                })
            })
            .await
    }
}

/// Returns a user's categories in a team, in order, after writing the defaults if there are none. Other units of work
/// on the same sidebar wait until this one ends.
async fn open(tx: &mut Tx, user: &UserId, team: &TeamId) -> Result<Vec<Category>, StoreError> {
    quota::lock(tx, &format!("sidebar {user}")).await?;
    let found: Vec<Category> =
        on_tx!(tx, conn => sqlx::query_as(CATEGORIES).bind(user).bind(team).fetch_all(conn).await?);
    if !found.is_empty() {
        return Ok(found);
    }
    let defaults = Category::defaults(user, team);
    for category in &defaults {
        insert(tx, category).await?;
    }
    Ok(defaults.into())
}

async fn insert(tx: &mut Tx, category: &Category) -> Result<(), StoreError> {
    run!(
        tx,
        "insert into sidebar_categories (id, user_id, team_id, kind, display_name, sorting, sort_order, muted, \
         collapsed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            &category.id,
            &category.user_id,
            &category.team_id,
            category.kind,
            &category.display_name,
            &category.sorting,
            category.sort_order,
            category.muted,
            category.collapsed
        ]
    )
    .await?;
    Ok(())
}

async fn update(tx: &mut Tx, user: &UserId, contents: &[CategoryContent]) -> Result<(), StoreError> {
    let mut last: HashMap<&CategoryId, &Category> = HashMap::new();
    let mut favored: BTreeMap<&ChannelId, bool> = BTreeMap::new();
    let mut placed: BTreeMap<&ChannelId, (&Category, usize)> = BTreeMap::new();
    for CategoryContent { category, channels, favorites } in contents {
        last.insert(&category.id, category);
        favored.extend(favorites.iter().map(|channel| (channel, false)));
        let is_favorite = category.kind == CategoryKind::Favorites;
        favored.extend(channels.iter().map(|channel| (channel, is_favorite)));
        // The server alone decides which direct channels are in their default category.
        if category.kind != CategoryKind::DirectMessages {
            let channels = channels.iter().enumerate();
            placed.extend(channels.map(|(position, channel)| (channel, (category, position))));
        }
    }
    // An earlier content of the same category no longer counts.
    placed.retain(|_, (category, _)| std::ptr::eq(last[&category.id], *category));

    let rows = last.values().map(|one| (&one.id, &one.display_name, &one.sorting, one.muted, one.collapsed));
    run_rows(tx, UPDATE, &rows.collect::<Vec<_>>()).await?;
    let (now, no_more): (Vec<_>, Vec<_>) = favored.into_iter().partition(|(_, is_favorite)| *is_favorite);
    disfavor(tx, user, &no_more.into_iter().map(|(channel, _)| channel.clone()).collect::<Vec<_>>()).await?;
    let rows: Vec<_> = now.into_iter().map(|(channel, _)| (user, FAVORITE_CHANNEL, channel)).collect();
    run_rows(tx, FAVOR, &rows).await?;
    let filled = last.values().filter(|category| category.kind != CategoryKind::DirectMessages);
    run_rows(tx, CLEAR, &filled.map(|category| &category.id).collect::<Vec<_>>()).await?;
    place(tx, placed.into_iter().map(|(channel, (category, position))| (channel, category, position))).await
}

/// Puts channels into categories, each at a position.
async fn place<'c>(
    tx: &mut Tx,
    placed: impl Iterator<Item = (&'c ChannelId, &'c Category, usize)>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = placed
        .map(|(channel, Category { id, user_id, team_id, .. }, position)| {
            (user_id, team_id, channel, id, sort_order(position))
        })
        .collect();
    run_rows(tx, PLACE, &rows).await
}

async fn reorder(tx: &mut Tx, order: &[CategoryId]) -> Result<(), StoreError> {
    let rows: Vec<_> = order.iter().enumerate().map(|(position, id)| (id, sort_order(position))).collect();
    run_rows(tx, REORDER, &rows).await
}

async fn disfavor(tx: &mut Tx, user: &UserId, channels: &[ChannelId]) -> Result<(), StoreError> {
    if !channels.is_empty() {
        let sql = tx.of(DISFAVOR);
        run!(tx, sql, [user, FAVORITE_CHANNEL, Json(channels)]).await?;
    }
    Ok(())
}

async fn run_rows<T: serde::Serialize + Sync>(
    tx: &mut Tx,
    sql: [&'static str; 2],
    rows: &[T],
) -> Result<(), StoreError> {
    if !rows.is_empty() {
        let sql = tx.of(sql);
        run!(tx, sql, [Json(rows)]).await?;
    }
    Ok(())
}
