//! `/away`, `/online`, `/dnd`, `/offline` and `/status`.

use std::sync::Arc;

use super::Misuse;
use crate::access::AccountAccess;
use crate::chat::NewStatus;
use crate::command::{Commands, ExecuteResponse, Invocation};
use crate::model::{CustomStatus, Presence, Timestamp};

/// Returns the proof that the caller acts for their own account.
pub(super) fn own_account(call: &Invocation<'_>) -> Result<AccountAccess, Misuse> {
    Ok(AccountAccess::prove(Arc::clone(call.caller), call.caller.id.clone())?)
}

impl Commands {
    pub(super) async fn set_status(
        &self,
        call: &Invocation<'_>,
        presence: Presence,
    ) -> Result<ExecuteResponse, Misuse> {
        let status = NewStatus { presence, dnd_end_at: Timestamp::NEVER };
        self.chat.choose_status(&own_account(call)?, status).await?;
        Ok(ExecuteResponse::whisper(match presence {
            Presence::Online => "You are now online",
            Presence::Away => "You are now away",
            Presence::Dnd => "You are now not disturbed: you get no notifications",
            Presence::Offline => "You are now offline",
        }))
    }

    pub(super) async fn set_custom_status(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let account = own_account(call)?;
        let text = call.text.trim();
        if text.is_empty() {
            return Err(Misuse::text("write `:emoji: text`, or `clear`"));
        }
        if text == "clear" {
            self.access.clear_custom_status(&account).await?;
            return Ok(ExecuteResponse::whisper("Your status is cleared"));
        }
        let (emoji, words) =
            text.strip_prefix(':').and_then(|rest| rest.split_once(':')).unwrap_or(("", text));
        let status = CustomStatus {
            emoji: emoji.to_owned(),
            text: words.trim().to_owned(),
            ..CustomStatus::default()
        };
        self.access.set_custom_status(&account, status).await?;
        Ok(ExecuteResponse::whisper(format!("Your status is {text}")))
    }
}
