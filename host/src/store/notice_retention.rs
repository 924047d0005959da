//! Retention of `notices` and `notice_recipients`: by age, by number per user, and until no recipient remains.

use sqlx::types::Json;

use super::notices::Notices;
use super::{Db, StoreError};
use crate::model::{NoticeId, Timestamp, UserId};

/// Notices without recipients or mails. A new notice is written with its recipients, so it never matches.
const ORPHANS: &str = "select id from notices n \
    where not exists (select 1 from notice_recipients r where r.notice_id = n.id) \
    and not exists (select 1 from mail_notices t where t.notice_id = n.id) limit $1";

const DELETE: [&str; 2] = over_texts!("delete from notices where id in", "$1", "");

impl Notices {
    /// Removes notices from recipients who received them before `create_before` or read them before `read_before`, up
    /// to `limit` each. Returns how many were removed.
    pub async fn expire(
        &self,
        create_before: Timestamp,
        read_before: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        self.0
            .beside_cache()
            .write(move |tx| {
                Box::pin(async move {
                    let aged = run!(
                        tx,
                        "delete from notice_recipients where (user_id, notice_id) in \
                     (select user_id, notice_id from notice_recipients where create_at < $1 \
                      order by create_at limit $2)",
                        [create_before, limit]
                    )
                    .await?;
                    let read = run!(
                        tx,
                        "delete from notice_recipients where (user_id, notice_id) in \
                     (select user_id, notice_id from notice_recipients where read_at > 0 and read_at < $1 \
                      order by read_at limit $2)",
                        [read_before, limit]
                    )
                    .await?;
                    Ok(aged + read)
                })
            })
            .await
    }

    /// Returns the users with more than `most` notices.
    pub async fn crowded_recipients(&self, most: i64) -> Result<Vec<UserId>, StoreError> {
        read!(self.0.db, conn => sqlx::query_scalar(
            "select user_id from notice_recipients group by user_id having count(*) > $1 order by user_id")
            .bind(most).fetch_all(conn).await)
    }

    /// Removes a user's oldest notices until `most` remain. Returns how many were removed.
    pub async fn trim(&self, user: &UserId, most: i64) -> Result<u64, StoreError> {
        let user = user.clone();
        unit!(
            self.0.beside_cache(),
            "delete from notice_recipients where user_id = $1 and notice_id <= \
             (select notice_id from notice_recipients where user_id = $1 \
             order by notice_id desc limit 1 offset $2)",
            [&user, most]
        )
        .await
    }

    /// Deletes up to `limit` notices that have neither a recipient nor a mail. Returns how many were deleted.
    pub async fn delete_orphans(&self, limit: i64) -> Result<u64, StoreError> {
        // Read outside the unit of work, so that other writers do not wait for a scan of the table.
        let orphans: Vec<NoticeId> =
            read!(self.0.db, conn => sqlx::query_scalar(ORPHANS).bind(limit).fetch_all(conn).await)?;
        if orphans.is_empty() {
            return Ok(0);
        }
        let sql = self.0.db.of(DELETE);
        unit!(self.0.beside_cache(), sql, [Json(&orphans)]).await
    }
}
