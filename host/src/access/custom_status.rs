//! Custom statuses: an emoji and a text that a user shows beside the name.

use jiff::Timestamp as Moment;
use serde_json::json;

use super::{Access, AccessError, AccountAccess};
use crate::bus::{Audience, Event, Scope};
use crate::model::{CustomStatus, Kind, NO_END, Preference, Timestamp, is_emoji_name};

/// The emoji of a status that has only a text.
const DEFAULT_EMOJI: &str = "speech_balloon";

/// Most characters of a status. The rest is cut off, as in Mattermost.
const MAX_TEXT: usize = 100;

/// The ways in which clients let a user choose the end of a status.
const DURATIONS: [&str; 6] =
    ["thirty_minutes", "one_hour", "four_hours", "today", "this_week", "date_and_time"];

impl Access {
    /// Sets an account's custom status, and adds it to the latest ones.
    pub async fn set_custom_status(
        &self,
        account: &AccountAccess,
        status: CustomStatus,
    ) -> Result<(), AccessError> {
        let status = checked(status, self.clock.now())?;
        self.write_custom_status(account, Some(status)).await
    }

    pub async fn clear_custom_status(&self, account: &AccountAccess) -> Result<(), AccessError> {
        self.write_custom_status(account, None).await
    }

    /// Removes a status from the account's latest ones.
    pub async fn forget_custom_status(
        &self,
        account: &AccountAccess,
        status: CustomStatus,
    ) -> Result<(), AccessError> {
        let missing = AccessError::NotRecent;
        let changed = self.store.forget_custom_status(account.id(), status).await?.ok_or(missing)?;
        self.publish_preference(&changed).await;
        Ok(())
    }

    async fn write_custom_status(
        &self,
        account: &AccountAccess,
        status: Option<CustomStatus>,
    ) -> Result<(), AccessError> {
        self.user(account.id()).await?;
        let recent = self.store.set_custom_status(account.id(), status, self.clock.now()).await?;
        let user = self.user(account.id()).await?;
        self.publish_user_updated(&user).await;
        if let Some(recent) = recent {
            self.publish_preference(&recent).await;
        }
        Ok(())
    }

    async fn publish_preference(&self, preference: &Preference) {
        let scope = Scope { user_id: Some(preference.user_id.clone()), ..Scope::default() };
        let data = json!({"preferences": json!([preference]).to_string()});
        let event = Event::new("preferences_changed", &data, &scope);
        self.publish(event, Audience::User(preference.user_id.clone())).await;
    }
}

fn checked(mut status: CustomStatus, now: Timestamp) -> Result<CustomStatus, AccessError> {
    let invalid = |reason: &str| AccessError::invalid(Kind::Account, "custom_status", reason);
    if status.emoji.is_empty() && status.text.is_empty() {
        return Err(invalid("send an `emoji`, a `text`, or both"));
    }
    if status.emoji.is_empty() {
        DEFAULT_EMOJI.clone_into(&mut status.emoji);
    }
    if !is_emoji_name(&status.emoji) {
        return Err(invalid("`emoji` must be the name of an emoji, without colons"));
    }
    if status.expires_at.is_empty() {
        NO_END.clone_into(&mut status.expires_at);
    }
    status.text = status.text.chars().take(MAX_TEXT).collect();
    let ends: Moment =
        status.expires_at.parse().map_err(|_| invalid("`expires_at` must be a time in RFC 3339"))?;
    let endless = status.expires_at == NO_END;
    let to_come = ends.as_millisecond() > now.as_millis();
    if status.duration.is_empty() && !endless {
        "date_and_time".clone_into(&mut status.duration);
    }
    match status.duration.as_str() {
        "" => {}
        known if DURATIONS.contains(&known) && to_come => status.expires_at = ends.to_string(),
        known if DURATIONS.contains(&known) => return Err(invalid("`expires_at` must be in the future")),
        _ => return Err(invalid("`duration` must be one that clients offer, such as `one_hour`")),
    }
    Ok(status)
}
