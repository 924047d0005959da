//! `/help`, `/collapse` and `/expand`.

use super::statuses::own_account;
use super::{BUILTINS, Builtin, Misuse};
use crate::command::{Commands, ExecuteResponse, Invocation};
use crate::model::Preference;

/// Lists the built-in commands. Clients list the others while a user types.
pub(super) fn help() -> ExecuteResponse {
    let line = |builtin: &Builtin| {
        let line = format!("/{} {}", builtin.trigger, builtin.hint);
        format!("- `{}`: {}", line.trim_end(), builtin.help)
    };
    let lines: Vec<String> = BUILTINS.iter().map(line).collect();
    let text = format!(
        "The commands of this server; type `/` for those of plugins and integrations:\n{}",
        lines.join("\n")
    );
    ExecuteResponse::whisper(text)
}

impl Commands {
    /// Sets whether clients show previews of pictures collapsed at first.
    pub(super) async fn set_previews(
        &self,
        call: &Invocation<'_>,
        collapsed: bool,
    ) -> Result<ExecuteResponse, Misuse> {
        let preference = Preference {
            user_id: call.caller.id.clone(),
            category: "display_settings".to_owned(),
            name: "collapse_previews".to_owned(),
            value: collapsed.to_string(),
        };
        self.chat.save_preferences(&own_account(call)?, vec![preference]).await?;
        Ok(ExecuteResponse::whisper(if collapsed {
            "Previews of pictures are collapsed from now on"
        } else {
            "Previews of pictures are expanded from now on"
        }))
    }
}
