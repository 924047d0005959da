//! Checks of what an administrator enters for an application, with the account that it names or the bot that it needs.

use super::{ApplicationEdit, ApplicationError, Applications};
use crate::access::AccessError;
use crate::model::{Application, Kind, UserId};
use crate::signed::address::Addresses;
use crate::store::ApplicationChange;

/// Longest code, in characters: letters, digits and underscores.
const MAX_CODE: usize = 20;

/// Longest name, in characters.
const MAX_NAME: usize = 50;

/// Longest address list, in bytes.
const MAX_ADDRESSES: usize = 1000;

/// How many names are tried for the bot of an application without an account.
const BOT_NAMES: u32 = 20;

impl Applications {
    /// Checks an edit, and fills in the unchanged fields.
    pub(super) async fn check_edit(
        &self,
        before: &Application,
        edit: ApplicationEdit,
    ) -> Result<ApplicationChange, ApplicationError> {
        let name = edit.name.unwrap_or_else(|| before.name.clone());
        check_name(&name)?;
        let addresses = edit.addresses.unwrap_or_else(|| before.addresses.clone());
        check_addresses(&addresses)?;
        let dialects = sorted("dialects", edit.dialects.unwrap_or_else(|| before.dialects.clone()))?;
        let strengths = sorted("rungs", edit.strengths.unwrap_or_else(|| before.strengths.clone()))?;
        let account_id = match edit.account.as_deref() {
            None => before.account_id.clone(),
            Some("") => None,
            Some(username) => Some(self.account_named(username).await?),
        };
        let free = edit.free.unwrap_or(before.free);
        let bot_id = match &before.bot_id {
            None if free && account_id.is_none() => Some(self.bot(&before.code, &name).await?),
            existing => existing.clone(),
        };
        let enabled = edit.enabled.unwrap_or(before.enabled);
        Ok(ApplicationChange { name, account_id, free, bot_id, addresses, dialects, strengths, enabled })
    }

    async fn account_named(&self, username: &str) -> Result<UserId, ApplicationError> {
        let user = self.store.user_by_username(&username.to_lowercase()).await?;
        let user = user.filter(|user| user.delete_at.is_never());
        user.map(|user| user.id).ok_or_else(|| {
            invalid(
                "account",
                format!("there is no account `{}`", username.chars().take(64).collect::<String>()),
            )
        })
    }

    async fn bot(&self, code: &str, name: &str) -> Result<UserId, ApplicationError> {
        let base = format!("app-{}", code.to_lowercase());
        for attempt in 1..=BOT_NAMES {
            let username = if attempt == 1 { base.clone() } else { format!("{base}-{attempt}") };
            match self.access.create_bot(&username, name).await {
                Ok(bot) => return Ok(bot.id),
                Err(AccessError::Taken(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccessError::Taken(Kind::Username).into())
    }
}

pub(super) fn check_code(code: &str) -> Result<(), ApplicationError> {
    let fits = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if code.is_empty() || code.len() > MAX_CODE || !fits {
        return Err(invalid("code", format!("it must have 1 to {MAX_CODE} letters, digits and underscores")));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), ApplicationError> {
    let length = name.trim().chars().count();
    if length == 0 || length > MAX_NAME {
        return Err(invalid("name", format!("it must have 1 to {MAX_NAME} characters")));
    }
    if name.contains(|sign: char| sign == '<' || sign == '>' || sign.is_control()) {
        return Err(invalid("name", "it may have no `<`, `>` or control characters".to_owned()));
    }
    Ok(())
}

fn check_addresses(addresses: &str) -> Result<(), ApplicationError> {
    if addresses.len() > MAX_ADDRESSES {
        return Err(invalid("addresses", format!("it may have at most {MAX_ADDRESSES} bytes")));
    }
    let parsed = addresses.parse::<Addresses>();
    parsed.map(|_| ()).map_err(|error| invalid("addresses", error.to_string()))
}

/// Sorts a list and drops duplicates. Refuses an empty one, with which an application could never call.
fn sorted<T: Ord>(field: &'static str, mut list: Vec<T>) -> Result<Vec<T>, ApplicationError> {
    list.sort();
    list.dedup();
    if list.is_empty() {
        return Err(invalid(field, "name at least one; disable the application to lock it out".to_owned()));
    }
    Ok(list)
}

fn invalid(field: &'static str, reason: String) -> ApplicationError {
    ApplicationError::Invalid { field, reason }
}
