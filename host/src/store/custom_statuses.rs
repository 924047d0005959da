//! Custom statuses: a text in an account's `props`, and the latest ones as a preference.

use serde_json::{Map, Value};
use sqlx::types::Json;

use super::{Store, StoreError, Tx};
use crate::model::{
    CUSTOM_STATUS, CustomStatus, Preference, RECENT_STATUSES, RecentStatuses, Timestamp, UserId,
};

/// Also locks the row, so that of two concurrent changes none is lost.
const PROPS: &str = "update users set update_at = $2 where id = $1 returning props";
const SAVE_PROPS: &str = "update users set props = $2 where id = $1";
const SAVE_RECENT: &str = "insert into preferences (user_id, category, name, value) values ($1, $2, $3, $4) \
    on conflict (user_id, category, name) do update set value = excluded.value";

impl Store {
    /// Sets an account's custom status, and adds it to the latest ones, which this returns; without a status it clears
    /// the present one and returns None.
    pub async fn set_custom_status(
        &self,
        user: &UserId,
        status: Option<CustomStatus>,
        at: Timestamp,
    ) -> Result<Option<Preference>, StoreError> {
        let user = user.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let mut props = props(tx, &user, at).await?;
                let text = status.as_ref().map(|status| serde_json::to_string(status).unwrap_or_default());
                props.insert(CUSTOM_STATUS.to_owned(), Value::String(text.unwrap_or_default()));
                run!(tx, SAVE_PROPS, [&user, Json(&props)]).await?;
                let Some(status) = status else { return Ok(None) };
                let mut recent = recent(tx, &user).await?;
                recent.add(status);
                save_recent(tx, user, &recent).await.map(Some)
            })
        })
        .await
    }

    /// Removes a status from an account's latest ones. Returns the preference, or None if it was not among them.
    pub async fn forget_custom_status(
        &self,
        user: &UserId,
        status: CustomStatus,
    ) -> Result<Option<Preference>, StoreError> {
        let user = user.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let mut recent = recent(tx, &user).await?;
                if !recent.remove(&status.emoji, &status.text) {
                    return Ok(None);
                }
                save_recent(tx, user, &recent).await.map(Some)
            })
        })
        .await
    }
}

async fn props(tx: &mut Tx, user: &UserId, at: Timestamp) -> Result<Map<String, Value>, StoreError> {
    let props: Option<Json<Map<String, Value>>> =
        on_tx!(tx, conn => sqlx::query_scalar(PROPS).bind(user).bind(at).fetch_optional(conn).await?);
    props.map(|Json(props)| props).ok_or_else(StoreError::missing)
}

async fn recent(tx: &mut Tx, user: &UserId) -> Result<RecentStatuses, StoreError> {
    let (category, name) = RECENT_STATUSES;
    let value: Option<String> = on_tx!(tx, conn => sqlx::query_scalar(
        "select value from preferences where user_id = $1 and category = $2 and name = $3")
        .bind(user).bind(category).bind(name).fetch_optional(conn).await?);
    Ok(value.map(|value| RecentStatuses::read(&value)).unwrap_or_default())
}

async fn save_recent(
    tx: &mut Tx,
    user_id: UserId,
    recent: &RecentStatuses,
) -> Result<Preference, StoreError> {
    let (category, name) = RECENT_STATUSES;
    let value = recent.to_value();
    run!(tx, SAVE_RECENT, [&user_id, category, name, &value]).await?;
    Ok(Preference { user_id, category: category.to_owned(), name: name.to_owned(), value })
}
