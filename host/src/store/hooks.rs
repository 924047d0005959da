//! `incoming_hooks` and `receipts`.

use std::collections::HashMap;
use std::sync::Arc;

use const_format::concatcp;
use sqlx::types::Json;

use super::cache::Load;
use super::{Db, Store, StoreError, Tx};
use crate::model::{
    ChannelId, ChannelKind, HookFilter, HookId, HookTarget, IncomingHook, PluginId, ReceiptCounts,
    ReceiptOutcome, TeamId, Timestamp, UserId, Verifier,
};

/// The columns of a hook, from `incoming_hooks h`.
const HOOK: &str = "h.id, h.user_id, h.outlives_owner, h.channel_id, h.team_id, h.display_name, h.description, h.username, \
    h.icon_url, h.channel_locked, h.plugin_id, h.bridge, h.verifier, h.sealed_secret, h.create_at, \
    h.update_at, h.delete_at";

const SELECT_HOOK: &str = concatcp!("select ", HOOK, " from incoming_hooks h ");

const BY_ID: &str = concatcp!(SELECT_HOOK, "where id = $1 and delete_at = 0");
/// One query, because every webhook needs it.
const TARGETS: [&str; 2] = over_texts!(
    "with asked (id) as",
    "$1",
    concatcp!(
        "select ",
        HOOK,
        ", c.kind as channel_kind, (c.delete_at <> 0) as channel_is_archived, (u.id is not null) as owner_exists, \
         (u.id is not null and u.delete_at = 0) as owner_is_active, coalesce(u.roles, '') as owner_roles, \
         (t.user_id is not null) as owner_is_in_team, (m.user_id is not null) as owner_is_member \
         from asked join incoming_hooks h on h.id = asked.id join channels c on c.id = h.channel_id \
         left join users u on u.id = h.user_id \
         left join team_members t on t.team_id = h.team_id and t.user_id = h.user_id and t.delete_at = 0 \
         left join channel_members m on m.channel_id = h.channel_id and m.user_id = h.user_id where h.delete_at = 0"
    )
);
/// The hooks of a [`HookFilter`].
const FILTERED: &str = "join channels c on c.id = h.channel_id where h.delete_at = 0 and ($1 = '' or h.team_id = $1) \
    and ($2 = '' or h.user_id = $2) and ($3 = '' or h.user_id = $3 or c.kind = 'O' or exists \
    (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $3)) ";
const PAGE: &str = concatcp!(SELECT_HOOK, FILTERED, "order by h.create_at, h.id limit $4 offset $5");
const COUNT: &str = concatcp!("select count(*) from incoming_hooks h ", FILTERED);
const BRIDGES: &str = concatcp!(
    SELECT_HOOK,
    "where delete_at = 0 and plugin_id is not null and ($4 = '' or user_id = $4) and (create_at, id) > ($2, $3) \
     order by create_at, id limit $1"
);

#[derive(sqlx::FromRow)]
struct Row {
    id: HookId,
    user_id: UserId,
    outlives_owner: bool,
    channel_id: ChannelId,
    team_id: TeamId,
    display_name: String,
    description: String,
    username: String,
    icon_url: String,
    channel_locked: bool,
    plugin_id: Option<PluginId>,
    bridge: Option<String>,
    verifier: Verifier,
    sealed_secret: Option<Vec<u8>>,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
#[derive(sqlx::FromRow)]
struct TargetRow {
    #[sqlx(flatten)]
    hook: Row,
    channel_kind: ChannelKind,
    channel_is_archived: bool,
    owner_exists: bool,
    owner_is_active: bool,
    owner_roles: String,
    owner_is_in_team: bool,
    owner_is_member: bool,
}

/// A handle for incoming webhooks and their receipts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hooks(Store);

impl Store {
    /// Returns a handle for the webhooks of this store.
    pub fn hooks(&self) -> Hooks {
        Hooks(self.clone())
    }
}

impl Hooks {
    pub async fn create(&self, hook: IncomingHook) -> Result<(), StoreError> {
        self.0.write(move |tx| Box::pin(async move { insert(tx, &hook).await })).await
    }

    /// Returns the hook with this address, unless it was deleted.
    pub async fn get(&self, id: &HookId) -> Result<Option<IncomingHook>, StoreError> {
        let row: Option<Row> =
            read!(self.0.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)?;
        Ok(row.map(IncomingHook::from))
    }

    /// Returns the hook with this address, unless it was deleted, with the facts that are needed to accept a request.
    pub async fn target(&self, id: &HookId) -> Result<Option<Arc<HookTarget>>, StoreError> {
        self.0.load.hook_targets.get(id).await
    }

    /// Returns a page of hooks, oldest first.
    pub async fn list(
        &self,
        filter: &HookFilter,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<IncomingHook>, StoreError> {
        let (team, owner, manager) = filter.texts();
        let rows: Vec<Row> = read!(self.0.db, conn => sqlx::query_as(PAGE).bind(team).bind(owner).bind(manager)
            .bind(limit).bind(offset).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(IncomingHook::from).collect())
    }

    /// Counts the hooks of all pages.
    pub async fn count(&self, filter: &HookFilter) -> Result<i64, StoreError> {
        let (team, owner, manager) = filter.texts();
        read!(self.0.db, conn => sqlx::query_scalar(COUNT).bind(team).bind(owner).bind(manager).fetch_one(conn).await)
    }

    /// Returns a page of the bridges of one owner or all, oldest first, that begins after the one with this creation
    /// time and id.
    pub async fn bridges(
        &self,
        owner: Option<&UserId>,
        after: Option<&(Timestamp, HookId)>,
        limit: i64,
    ) -> Result<Vec<IncomingHook>, StoreError> {
        let owner = owner.map_or("", UserId::as_str);
        let (moment, id) = after.map_or((Timestamp::NEVER, ""), |(moment, id)| (*moment, id.as_str()));
        let rows: Vec<Row> = read!(self.0.db, conn => sqlx::query_as(BRIDGES).bind(limit).bind(moment).bind(id)
            .bind(owner).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(IncomingHook::from).collect())
    }

    /// Writes the settings of a hook. Returns false if it was deleted.
    pub async fn update(&self, hook: IncomingHook) -> Result<bool, StoreError> {
        let changed = unit!(
            self.0,
            "update incoming_hooks set channel_id = $2, display_name = $3, description = $4, username = $5, \
             icon_url = $6, channel_locked = $7, update_at = $8 where id = $1 and delete_at = 0",
            [
                &hook.id,
                &hook.channel_id,
                &hook.display_name,
                &hook.description,
                &hook.username,
                &hook.icon_url,
                hook.channel_locked,
                hook.update_at
            ]
        )
        .await?;
        Ok(changed > 0)
    }

    /// Marks a hook as deleted, so that its address is unknown from then on.
    pub async fn delete(&self, id: &HookId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        unit!(
            self.0,
            "update incoming_hooks set delete_at = $2, update_at = $2 where id = $1 and delete_at = 0",
            [&id, now]
        )
        .await?;
        Ok(())
    }

    /// Whether the hook has a receipt for this delivery id.
    pub async fn was_delivered(&self, hook: &HookId, delivery_id: &str) -> Result<bool, StoreError> {
        let found: Option<String> = read!(self.0.db, conn => sqlx::query_scalar(
            "select id from receipts where hook_id = $1 and delivery_id = $2")
            .bind(hook).bind(delivery_id).fetch_optional(conn).await)?;
        Ok(found.is_some())
    }

    /// Deletes up to `limit` receipts from before this time, and returns how many. Of repeated deliveries, those after
    /// it are recognised no longer.
    pub async fn purge_receipts(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        unit!(
            self.0.beside_cache(),
            "delete from receipts where id in (select r.id from incoming_hooks h \
             join receipts r on r.hook_id = h.id and r.received_at < $1 limit $2)",
            [before, limit]
        )
        .await
    }

    /// Returns how many receipts of each outcome a hook has.
    pub async fn receipt_counts(&self, hook: &HookId) -> Result<ReceiptCounts, StoreError> {
        let rows: Vec<(ReceiptOutcome, i64)> = read!(self.0.db, conn => sqlx::query_as(
            "select outcome, count(*) from receipts where hook_id = $1 group by outcome")
            .bind(hook).fetch_all(conn).await)?;
        let mut counts = ReceiptCounts::default();
        for (outcome, count) in rows {
            match outcome {
                ReceiptOutcome::Posted => counts.posted = count,
                ReceiptOutcome::Ignored => counts.ignored = count,
                ReceiptOutcome::Failed => counts.failed = count,
            }
        }
        Ok(counts)
    }
}

async fn insert(tx: &mut Tx, hook: &IncomingHook) -> Result<(), StoreError> {
    let (plugin, bridge) = hook.bridge.clone().unzip();
    run!(
        tx,
        "insert into incoming_hooks (id, user_id, channel_id, team_id, display_name, description, \
         username, icon_url, channel_locked, plugin_id, bridge, verifier, sealed_secret, \
         create_at, update_at, delete_at, outlives_owner) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         $12, $13, $14, $15, $16, $17)",
        [
            &hook.id,
            &hook.user_id,
            &hook.channel_id,
            &hook.team_id,
            &hook.display_name,
            &hook.description,
            &hook.username,
            &hook.icon_url,
            hook.channel_locked,
            &plugin,
            &bridge,
            hook.verifier,
            &hook.sealed_secret,
            hook.create_at,
            hook.update_at,
            hook.delete_at,
            hook.outlives_owner
        ]
    )
    .await?;
    Ok(())
}

impl HookFilter {
    /// Returns team, owner and manager; the empty text for any.
    fn texts(&self) -> (&str, &str, &str) {
        let team = self.team.as_ref().map_or("", TeamId::as_str);
        let [owner, manager] =
            [&self.owner, &self.manager].map(|user| user.as_ref().map_or("", UserId::as_str));
        (team, owner, manager)
    }
}

impl Load for HookTarget {
    type Key = HookId;

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        2048
    }

    async fn load(db: &Db, keys: &[HookId]) -> Result<HashMap<HookId, Self>, StoreError> {
        let sql = db.of(TARGETS);
        let rows: Vec<TargetRow> =
            read!(db, conn => sqlx::query_as(sql).bind(Json(keys)).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(|row| (row.hook.id.clone(), Self::from(row))).collect())
    }
}

impl From<TargetRow> for HookTarget {
    fn from(row: TargetRow) -> Self {
        Self {
            hook: row.hook.into(),
            owner_exists: row.owner_exists,
            owner_is_active: row.owner_is_active,
            owner_roles: row.owner_roles,
            owner_is_in_team: row.owner_is_in_team,
            owner_is_member: row.owner_is_member,
            channel_kind: row.channel_kind,
            channel_is_archived: row.channel_is_archived,
        }
    }
}

impl From<Row> for IncomingHook {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            outlives_owner: row.outlives_owner,
            channel_id: row.channel_id,
            team_id: row.team_id,
            display_name: row.display_name,
            description: row.description,
            username: row.username,
            icon_url: row.icon_url,
            channel_locked: row.channel_locked,
            bridge: row.plugin_id.zip(row.bridge),
            verifier: row.verifier,
            sealed_secret: row.sealed_secret,
            create_at: row.create_at,
            update_at: row.update_at,
            delete_at: row.delete_at,
        }
    }
}
