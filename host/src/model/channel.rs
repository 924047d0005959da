//! Channels and who reads them.

use super::{ChannelId, TeamId, Timestamp, UserId};

/// The wire's one-letter channel types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text")]
pub enum ChannelKind {
    #[serde(rename = "O")]
    #[sqlx(rename = "O")]
    Public,
    #[serde(rename = "P")]
    #[sqlx(rename = "P")]
    Private,
    #[serde(rename = "D")]
    #[sqlx(rename = "D")]
    Direct,
    #[serde(rename = "G")]
    #[sqlx(rename = "G")]
    Group,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Channel {
    pub id: ChannelId,
    /// None for direct and group channels, which belong to no team.
    pub team_id: Option<TeamId>,
    /// The group's identity in the signed API: a UUID.
    pub gid: String,
    pub kind: ChannelKind,
    pub name: String,
    pub display_name: String,
    pub header: String,
    pub purpose: String,
    pub creator_id: Option<UserId>,
    pub total_msg_count: i64,
    pub last_post_at: Timestamp,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ChannelMember {
    pub channel_id: ChannelId,
    pub user_id: UserId,
    pub roles: String,
    pub last_viewed_at: Timestamp,
    pub msg_count: i64,
    pub mention_count: i64,
}

impl ChannelKind {
    pub fn letter(self) -> &'static str {
        match self {
            Self::Public => "O",
            Self::Private => "P",
            Self::Direct => "D",
            Self::Group => "G",
        }
    }
}
