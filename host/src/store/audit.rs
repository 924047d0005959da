//! `audit`: who changed what. A row is written in the same unit of work as the change: see [`record`].

use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::list::fill;
use super::{Db, Store, StoreError, Tx};
use crate::model::{Audit, AuditId, Timestamp, UserId, shortened};

const COLUMNS: &str =
    "select id, actor_id, action, thing, thing_id, was, became, create_at from audit where true";

/// Filters on rows. Fields that are `None` do not filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditFilter {
    pub actor: Option<UserId>,
    /// The whole action, or its first part: `user` also matches `user.roles`.
    pub action: Option<String>,
    pub thing: Option<String>,
    pub thing_id: Option<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only rows older than this one.
    pub before: Option<AuditId>,
}

impl Store {
    /// Returns rows, newest first.
    pub async fn audit(&self, filter: &AuditFilter, limit: i64) -> Result<Vec<Audit>, StoreError> {
        self.audit_page(filter, 0, limit).await
    }

    /// Returns a page of rows, newest first.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Audit>, StoreError> {
        read!(self.db, conn => {
            let mut query = QueryBuilder::new(COLUMNS);
            if let Some(actor) = &filter.actor {
                query.push(" and actor_id = ").push_bind(actor);
            }
            if let Some(action) = &filter.action {
                query.push(" and (action = ").push_bind(action);
                // Not a range of texts, because that would depend on the collation.
                query.push(" or substr(action, 1, ").push_bind(length(action) + 1);
                query.push(") = ").push_bind(format!("{action}.")).push(")");
            }
            if let Some(thing) = &filter.thing {
                query.push(" and thing = ").push_bind(thing);
            }
            if let Some(id) = &filter.thing_id {
                query.push(" and thing_id = ").push_bind(id);
            }
            if let Some(since) = filter.since {
                query.push(" and create_at >= ").push_bind(since);
            }
            if let Some(until) = filter.until {
                query.push(" and create_at < ").push_bind(until);
            }
            if let Some(before) = &filter.before {
                query.push(" and id < ").push_bind(before);
            }
            query.push(" order by id desc limit ").push_bind(limit).push(" offset ").push_bind(offset);
            fill(query.build_query_as().fetch(conn)).await
        })
    }

    /// Writes a row of its own, for what happened without a change.
    pub async fn record_audit(&self, row: Audit) -> Result<(), StoreError> {
        self.beside_cache().write(move |tx| Box::pin(async move { record(tx, &row).await })).await
    }

    /// Deletes rows older than `before`, and returns how many.
    pub async fn purge_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        unit!(self.beside_cache(), "delete from audit where create_at < $1", [before]).await
    }
}

/// Writes a row in the same unit of work as the change.
pub(super) async fn record(tx: &mut Tx, row: &Audit) -> Result<(), StoreError> {
    run!(
        tx,
        "insert into audit (id, actor_id, action, thing, thing_id, was, became, create_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            &row.id,
            &row.actor_id,
            &row.action,
            &row.thing,
            &row.thing_id,
            row.was.as_ref().map(shortened).map(Json),
            row.became.as_ref().map(shortened).map(Json),
            row.create_at
        ]
    )
    .await?;
    Ok(())
}

fn length(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX - 1)
}
