//! Slash commands that are run by a request to a URL, and the addresses at which their targets respond later.

use std::time::Duration;

use super::{ChannelId, CommandId, PostId, TeamId, Timestamp, UserId};

/// How long a target may respond later.
pub const LATE_RESPONSE_TIME: Duration = Duration::from_mins(30);

/// How often a target may respond later. Further responses are refused.
pub const MAX_LATE_RESPONSES: i64 = 5;

/// A team's command that is run by a request to a URL.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Command {
    pub id: CommandId,
    /// The token by which the target knows the server, sealed.
    pub sealed_token: Vec<u8>,
    pub creator_id: UserId,
    pub team_id: TeamId,
    /// In lower case, and unique among the commands of its team.
    #[sqlx(rename = "trigger_word")]
    pub trigger: String,
    pub method: CommandMethod,
    pub url: String,
    /// The name and the picture of its messages; empty for those of the response.
    pub username: String,
    pub icon_url: String,
    /// Whether clients suggest it to users who type.
    pub auto_complete: bool,
    pub auto_complete_desc: String,
    pub auto_complete_hint: String,
    pub display_name: String,
    pub description: String,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// How the fields of a command reach its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text")]
pub enum CommandMethod {
    /// In the query of a GET.
    #[sqlx(rename = "G")]
    Get,
    /// In the form of a POST.
    #[sqlx(rename = "P")]
    Post,
}

impl CommandMethod {
    /// Returns the letter on the wire.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Get => "G",
            Self::Post => "P",
        }
    }

    pub fn of_letter(letter: &str) -> Option<Self> {
        [Self::Get, Self::Post].into_iter().find(|method| method.letter() == letter)
    }
}

/// Where a target may respond to one run of a command later. The address is a credential, of which only the digest is
/// stored.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ResponseAddress {
    pub digest: String,
    pub command_id: CommandId,
    /// The user who ran the command, and where.
    pub user_id: UserId,
    pub channel_id: ChannelId,
    pub root_id: Option<PostId>,
    pub uses: i64,
    pub create_at: Timestamp,
}
