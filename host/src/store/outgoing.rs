//! `outgoing_hooks` and `outgoing_endpoints`.

mod endpoints;
mod teams;

use const_format::concatcp;
use sqlx::types::Json;

pub(super) use self::endpoints::set_health;
use self::endpoints::{remove_endpoints, replace_endpoints};
pub(super) use self::teams::HookedTeams;
use super::{Db, Store, StoreError, Tx};
use crate::model::{ChannelId, HookEndpoint, OutgoingHook, OutgoingHookId, TeamId, Timestamp, UserId};

/// The columns of a hook, from `outgoing_hooks h`.
pub(super) const HOOK: &str = "h.id, h.creator_id, h.team_id, h.channel_id, h.display_name, h.description, \
    h.username, h.icon_url, h.content_type, h.trigger_words, h.trigger_when, h.callback_urls, h.sealed_token, \
    h.create_at, h.update_at, h.delete_at";

const SELECT_HOOK: &str = concatcp!("select ", HOOK, " from outgoing_hooks h where h.delete_at = 0 ");

const BY_ID: &str = concatcp!(SELECT_HOOK, "and h.id = $1");
const PAGE: &str = concatcp!(
    SELECT_HOOK,
    "and ($1 = '' or h.team_id = $1) and ($2 = '' or h.channel_id = $2) and ($3 = '' or h.creator_id = $3) \
     order by h.create_at, h.id limit $4 offset $5"
);
const INSERT: &str = "insert into outgoing_hooks (id, creator_id, team_id, channel_id, display_name, description, \
    username, icon_url, content_type, trigger_words, trigger_when, callback_urls, sealed_token, create_at, \
    update_at, delete_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const UPDATE: &str = "update outgoing_hooks set channel_id = $2, display_name = $3, description = $4, username = $5, \
    icon_url = $6, content_type = $7, trigger_words = $8, trigger_when = $9, callback_urls = $10, update_at = $11 \
    where id = $1 and delete_at = 0";

/// A handle for outgoing webhooks and their addresses. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outgoing(Store);

impl Store {
    /// Returns a handle for the outgoing webhooks of this store.
    pub fn outgoing(&self) -> Outgoing {
        Outgoing(self.clone())
    }
}

impl Outgoing {
    /// Creates a hook with its addresses, one for each of its URLs.
    pub async fn create(&self, hook: OutgoingHook, endpoints: Vec<HookEndpoint>) -> Result<(), StoreError> {
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    insert(tx, &hook).await?;
                    replace_endpoints(tx, &hook, &endpoints, hook.create_at).await
                })
            })
            .await
    }

    /// Returns a hook, unless it was deleted.
    pub async fn get(&self, id: &OutgoingHookId) -> Result<Option<OutgoingHook>, StoreError> {
        read!(self.0.db, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await)
    }

    /// Returns a page of hooks, oldest first: of one team, channel and creator, or of all.
    pub async fn list(
        &self,
        team: Option<&TeamId>,
        channel: Option<&ChannelId>,
        creator: Option<&UserId>,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<OutgoingHook>, StoreError> {
        let team = team.map_or("", TeamId::as_str);
        let channel = channel.map_or("", ChannelId::as_str);
        let creator = creator.map_or("", UserId::as_str);
        read!(self.0.db, conn => sqlx::query_as(PAGE).bind(team).bind(channel).bind(creator).bind(limit)
            .bind(offset).fetch_all(conn).await)
    }

    /// Writes the settings of a hook. `endpoints` has one row for each of its URLs; those that the hook has already
    /// stay as they are, and deliveries that wait for others are removed. Returns false if the hook was deleted.
    pub async fn update(&self, hook: OutgoingHook, endpoints: Vec<HookEndpoint>) -> Result<bool, StoreError> {
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let updated = run!(
                        tx,
                        UPDATE,
                        [
                            &hook.id,
                            &hook.channel_id,
                            &hook.display_name,
                            &hook.description,
                            &hook.username,
                            &hook.icon_url,
                            &hook.content_type,
                            Json(&hook.trigger_words),
                            hook.trigger_when,
                            Json(&hook.callback_urls),
                            hook.update_at
                        ]
                    )
                    .await?;
                    if updated > 0 {
                        replace_endpoints(tx, &hook, &endpoints, hook.update_at).await?;
                    }
                    Ok(updated > 0)
                })
            })
            .await
    }

    /// Gives a hook another token. Returns false if the hook was deleted.
    pub async fn set_token(
        &self,
        id: &OutgoingHookId,
        sealed: Vec<u8>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        let changed = unit!(
            self.0,
            "update outgoing_hooks set sealed_token = $2, update_at = $3 where id = $1 and delete_at = 0",
            [&id, &sealed, at]
        )
        .await?;
        Ok(changed > 0)
    }

    /// Marks a hook as deleted, and removes its deliveries that wait.
    pub async fn delete(&self, id: &OutgoingHookId, at: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update outgoing_hooks set delete_at = $2, update_at = $2 \
                               where id = $1 and delete_at = 0";
                    run!(tx, sql, [&id, at]).await?;
                    remove_endpoints(tx, &id, &[], at).await
                })
            })
            .await
    }
}

async fn insert(tx: &mut Tx, hook: &OutgoingHook) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT,
        [
            &hook.id,
            &hook.creator_id,
            &hook.team_id,
            &hook.channel_id,
            &hook.display_name,
            &hook.description,
            &hook.username,
            &hook.icon_url,
            &hook.content_type,
            Json(&hook.trigger_words),
            hook.trigger_when,
            Json(&hook.callback_urls),
            &hook.sealed_token,
            hook.create_at,
            hook.update_at,
            hook.delete_at
        ]
    )
    .await?;
    Ok(())
}
