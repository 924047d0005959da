//! Slash commands: the invocation and the reply.

use serde::Serialize;

use crate::message::Message;

/// A command as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The trigger without its slash, such as `roll`.
    pub name: String,
    /// The subcommand the host recognised, if the plugin declared any.
    pub subcommand: Option<String>,
    /// Arguments the host already parsed, by name; the SDK reads `raw` instead.
    pub args: Vec<(String, String)>,
    /// The text typed after the trigger.
    pub raw: String,
    /// Opens a dialog for the user who typed this; valid for a short time.
    pub trigger_id: Option<String>,
}

/// Who sees a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Only the user who typed the command.
    Ephemeral,
    /// Everyone in the channel.
    InChannel,
    /// No user: the command sends no reply.
    None,
}

/// The reply to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// Who sees it.
    pub visibility: Visibility,
    /// Its message.
    pub message: Message,
    /// A page to open for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goto_url: Option<String>,
}

impl Reply {
    /// Only the user who typed the command sees it.
    pub fn ephemeral(message: impl Into<Message>) -> Self {
        Self { visibility: Visibility::Ephemeral, message: message.into(), goto_url: None }
    }

    /// Everyone in the channel sees it.
    pub fn in_channel(message: impl Into<Message>) -> Self {
        Self { visibility: Visibility::InChannel, message: message.into(), goto_url: None }
    }

    /// The command succeeded and sends no reply.
    pub fn none() -> Self {
        Self { visibility: Visibility::None, message: Message::default(), goto_url: None }
    }

    /// Opens this page for the user, too.
    #[must_use]
    pub fn goto(mut self, url: impl Into<String>) -> Self {
        self.goto_url = Some(url.into());
        self
    }

    /// Returns what the host receives, which is None for [`Reply::none`].
    pub fn into_answer(self) -> Option<Self> {
        (self.visibility != Visibility::None).then_some(self)
    }
}
