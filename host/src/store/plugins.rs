//! `plugins` and their packages.

use const_format::concatcp;

use super::{Db, Store, StoreError, Tx};
use crate::model::{InstalledPlugin, PluginId, PluginState, Timestamp};

const SELECT_PLUGIN: &str = "select id, version, digest, state, consented_sheet, bot_user_id, create_at, \
    update_at from plugins ";

const BY_ID: &str = concatcp!(SELECT_PLUGIN, "where id = $1");
const ALL: &str = concatcp!(SELECT_PLUGIN, "order by id");
/// In byte order, which is SQLite's own.
const PAGE: [&str; 2] = [
    concatcp!(SELECT_PLUGIN, "where id > $1 order by id limit $2"),
    concatcp!(SELECT_PLUGIN, "where id collate \"C\" > $1 order by id collate \"C\" limit $2"),
];

impl Store {
    /// Stores a plugin and its package together. An existing plugin gets the new version and state.
    pub async fn save_plugin(&self, plugin: InstalledPlugin, component: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { save(tx, &plugin, &component).await })).await
    }

    pub async fn plugin(&self, id: &PluginId) -> Result<Option<InstalledPlugin>, StoreError> {
        read!(self.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns every installed plugin, by id.
    pub async fn plugins(&self) -> Result<Vec<InstalledPlugin>, StoreError> {
        read!(self.db, conn => sqlx::query_as(ALL).fetch_all(conn).await)
    }

    /// Returns a page of installed plugins, by id, that begins after the one with this id.
    pub async fn plugins_page(
        &self,
        after: Option<&PluginId>,
        limit: i64,
    ) -> Result<Vec<InstalledPlugin>, StoreError> {
        let (sql, after) = (self.db.of(PAGE), after.map_or("", PluginId::as_str));
        read!(self.db, conn => sqlx::query_as(sql).bind(after).bind(limit).fetch_all(conn).await)
    }

    pub async fn plugin_package(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read!(self.db, conn => sqlx::query_scalar("select component from plugin_packages where digest = $1")
            .bind(digest).fetch_optional(conn).await)
    }

    /// Sets whether a plugin runs. Returns false, and changes nothing, if its package's digest is no longer `digest`.
    pub async fn set_plugin_state(
        &self,
        id: &PluginId,
        digest: &str,
        state: PluginState,
        consented_sheet: Option<String>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, digest) = (id.clone(), digest.to_owned());
        let rows = unit!(
            self,
            "update plugins set state = $3, consented_sheet = $4, update_at = $5 where id = $1 and \
             digest = $2",
            [&id, &digest, state, &consented_sheet, now]
        )
        .await?;
        Ok(rows == 1)
    }
}

pub(super) async fn save(tx: &mut Tx, plugin: &InstalledPlugin, component: &[u8]) -> Result<(), StoreError> {
    on_tx!(tx, conn => {
        sqlx::query("insert into plugin_packages (digest, component, create_at) values ($1, $2, $3) \
                     on conflict (digest) do nothing")
            .bind(&plugin.digest).bind(component).bind(plugin.update_at).execute(&mut *conn).await?;
        sqlx::query(
            "insert into plugins (id, version, digest, state, consented_sheet, bot_user_id, create_at, update_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) \
             on conflict (id) do update set version = $2, digest = $3, state = $4, consented_sheet = $5, update_at = $8")
            .bind(&plugin.id).bind(&plugin.version).bind(&plugin.digest).bind(plugin.state)
            .bind(&plugin.consented_sheet).bind(&plugin.bot_user_id).bind(plugin.create_at)
            .bind(plugin.update_at).execute(&mut *conn).await?;
        sqlx::query("delete from plugin_packages where digest not in (select digest from plugins)")
            .execute(conn).await?;
    });
    Ok(())
}
