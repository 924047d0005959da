//! The built-in commands: a table of them, and what each does. They do what requests of the API do, with the same rights.
//! A wrong use is answered with a text for the caller.

mod channels;
mod client;
mod members;
mod messages;
mod statuses;
mod texts;

use super::{CommandError, Commands, ExecuteResponse, Invocation};
use crate::access::AccessError;
use crate::chat::ChatError;
use crate::model::Presence;
use crate::store::StoreError;

/// A built-in command.
#[derive(Debug)]
pub struct Builtin {
    pub trigger: &'static str,
    pub hint: &'static str,
    pub help: &'static str,
    action: Action,
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Me,
    Shrug,
    Code,
    Echo,
    Status(Presence),
    CustomStatus,
    Header,
    Purpose,
    Rename,
    Mute,
    Join,
    Leave,
    Invite,
    Kick,
    Message,
    GroupMessage,
    Previews {
        collapsed: bool,
    },
    Help,
    Logout,
    /// Works in clients only. They handle the line before they send it.
    Client,
}

/// Why a built-in command did nothing.
#[derive(Debug, thiserror::Error)]
enum Misuse {
    /// A text for the caller.
    #[error("{0}")]
    Text(String),
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Misuse {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl From<ChatError> for Misuse {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Store(error) | ChatError::Access(AccessError::Store(error)) => error.into(),
            error => Self::Text(error.to_string()),
        }
    }
}

impl From<AccessError> for Misuse {
    fn from(error: AccessError) -> Self {
        ChatError::from(error).into()
    }
}

impl From<StoreError> for Misuse {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

/// Returns a line of the table.
const fn builtin(trigger: &'static str, hint: &'static str, help: &'static str, action: Action) -> Builtin {
    Builtin { trigger, hint, help, action }
}

/// All built-in commands, by trigger.
pub static BUILTINS: [Builtin; 28] = [
    builtin("away", "", "Sets your status to away", Action::Status(Presence::Away)),
    builtin("code", "[text]", "Shows a text as code", Action::Code),
    builtin("collapse", "", "Collapses previews of pictures", Action::Previews { collapsed: true }),
    builtin("dnd", "", "Sets your status to do not disturb", Action::Status(Presence::Dnd)),
    builtin("echo", "[text] [seconds]", "Posts a text for you, now or later", Action::Echo),
    builtin("expand", "", "Expands previews of pictures", Action::Previews { collapsed: false }),
    builtin("groupmsg", "@[user1],@[user2] [text]", "Sends a message to several users", Action::GroupMessage),
    builtin("header", "[text]", "Sets the channel's header", Action::Header),
    builtin("help", "", "Lists the commands", Action::Help),
    builtin("invite", "@[user] ~[channel]", "Adds a user to a channel", Action::Invite),
    builtin("join", "~[channel]", "Joins a channel", Action::Join),
    builtin("kick", "@[user]", "Removes a user from the channel", Action::Kick),
    builtin("leave", "", "Leaves the channel", Action::Leave),
    builtin("logout", "", "Logs out", Action::Logout),
    builtin("me", "[text]", "Says what you do", Action::Me),
    builtin("msg", "@[user] [text]", "Sends a direct message", Action::Message),
    builtin("mute", "~[channel]", "Mutes or unmutes a channel", Action::Mute),
    builtin("offline", "", "Sets your status to offline", Action::Status(Presence::Offline)),
    builtin("online", "", "Sets your status to online", Action::Status(Presence::Online)),
    builtin("open", "~[channel]", "Joins a channel", Action::Join),
    builtin("purpose", "[text]", "Sets the channel's purpose", Action::Purpose),
    builtin("remove", "@[user]", "Removes a user from the channel", Action::Kick),
    builtin("rename", "[text]", "Sets the channel's display name", Action::Rename),
    builtin("search", "[text]", "Searches messages", Action::Client),
    builtin("settings", "", "Opens the settings", Action::Client),
    builtin("shortcuts", "", "Lists the keyboard's shortcuts", Action::Client),
    builtin("shrug", "[text]", "Adds a shrug to a text", Action::Shrug),
    builtin("status", ":[emoji]: [text]", "Sets your custom status, or clears it", Action::CustomStatus),
];

/// Returns the built-in command with this trigger.
pub(super) fn find(trigger: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.trigger == trigger)
}

/// Runs a built-in command, and shows its response.
pub(super) async fn run(
    commands: &Commands,
    builtin: &Builtin,
    call: &Invocation<'_>,
) -> Result<ExecuteResponse, CommandError> {
    // Boxed, because each of them is larger than the commands of plugins, which are many more.
    let reply = match Box::pin(commands.reply_to(builtin, call)).await {
        Ok(reply) => reply,
        Err(Misuse::Text(text)) => ExecuteResponse::whisper(format!("/{}: {text}", builtin.trigger)),
        Err(Misuse::Command(error)) => return Err(error),
    };
    commands.show(call, &reply).await?;
    Ok(reply)
}

impl Commands {
    async fn reply_to(&self, builtin: &Builtin, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        match builtin.action {
            Action::Me => Ok(texts::me(call.text)),
            Action::Shrug => Ok(texts::shrug(call.text)),
            Action::Code => texts::code(call.text),
            Action::Echo => self.echo(call).await,
            Action::Status(presence) => self.set_status(call, presence).await,
            Action::CustomStatus => self.set_custom_status(call).await,
            Action::Header => self.set_header(call).await,
            Action::Purpose => self.set_purpose(call).await,
            Action::Rename => self.rename(call).await,
            Action::Mute => self.mute(call).await,
            Action::Join => self.join(call).await,
            Action::Leave => self.leave(call).await,
            Action::Invite => self.invite(call).await,
            Action::Kick => self.kick(call).await,
            Action::Message => self.message(call).await,
            Action::GroupMessage => self.group_message(call).await,
            Action::Previews { collapsed } => self.set_previews(call, collapsed).await,
            Action::Help => Ok(client::help()),
            Action::Logout => Ok(ExecuteResponse::goto("/login")),
            Action::Client => Ok(ExecuteResponse::whisper(format!(
                "/{} works in the web and desktop apps.",
                builtin.trigger
            ))),
        }
    }

    /// Returns the address of a channel in clients, by its name.
    fn address_of(&self, call: &Invocation<'_>, channel: &str) -> String {
        match call.team {
            Some(team) => format!("{}/{}/channels/{channel}", self.site_url, team.name),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_triggers_and_each_is_reserved() {
        assert!(BUILTINS.iter().is_sorted_by(|one, next| one.trigger < next.trigger));
        for builtin in &BUILTINS {
            assert!(crate::plugin::RESERVED_TRIGGERS.contains(&builtin.trigger), "{}", builtin.trigger);
        }
    }
}
