//! Channels and their members.

use serde_json::{Map, Value};

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

/// A channel without what posts in it change.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Channel {
    pub id: ChannelId,
    /// Is None for direct and group channels, which belong to no team.
    pub team_id: Option<TeamId>,
    /// The group's identity in the signed API: a UUID.
    pub gid: String,
    pub kind: ChannelKind,
    pub name: String,
    pub display_name: String,
    pub header: String,
    pub purpose: String,
    pub creator_id: Option<UserId>,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// A channel with the counters that posts in it change.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ChannelWithCounts {
    #[sqlx(flatten)]
    pub channel: Channel,
    pub total_msg_count: i64,
    /// As `total_msg_count`, without replies.
    pub total_msg_count_root: i64,
    pub last_post_at: Timestamp,
    pub last_root_post_at: Timestamp,
}

impl ChannelWithCounts {
    /// Returns a channel that was just created, so that no post is in it.
    pub fn of_new(channel: Channel) -> Self {
        Self {
            channel,
            total_msg_count: 0,
            total_msg_count_root: 0,
            last_post_at: Timestamp::NEVER,
            last_root_post_at: Timestamp::NEVER,
        }
    }
}

impl std::ops::Deref for ChannelWithCounts {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.channel
    }
}

/// Characters of a group channel's name: the first hex digits of a hash of its members' ids.
pub const GROUP_NAME_LENGTH: usize = 40;

impl Channel {
    /// Whether a name is of the form `id__id`, which only direct channels have.
    pub fn is_direct_name(name: &str) -> bool {
        let is_id = |text: &str| text.parse::<UserId>().is_ok();
        name.split_once("__").is_some_and(|(first, second)| is_id(first) && is_id(second))
    }

    /// Whether a name can be that of a direct or group channel. Such names are made of their members' ids, so they can
    /// be guessed.
    pub fn is_teamless_name(name: &str) -> bool {
        let is_hash = name.len() == GROUP_NAME_LENGTH && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash || Self::is_direct_name(name)
    }
}

/// That an account is in a channel, without what posts and reading change.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ChannelMembership {
    pub channel_id: ChannelId,
    pub user_id: UserId,
    pub roles: String,
}

/// A member of a channel, and how much it has read.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ChannelMember {
    #[sqlx(flatten)]
    pub membership: ChannelMembership,
    pub last_viewed_at: Timestamp,
    pub msg_count: i64,
    /// As `msg_count`, without replies.
    pub msg_count_root: i64,
    #[sqlx(flatten)]
    pub mentions: MentionCounts,
}

impl std::ops::Deref for ChannelMember {
    type Target = ChannelMembership;

    fn deref(&self) -> &ChannelMembership {
        &self.membership
    }
}

/// How many unread posts of a channel mention a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct MentionCounts {
    #[sqlx(rename = "mention_count")]
    pub all: i64,
    /// Those that are not replies.
    #[sqlx(rename = "mention_count_root")]
    pub roots: i64,
    /// Those whose priority is urgent.
    #[sqlx(rename = "urgent_mention_count")]
    pub urgent: i64,
}

/// A change of a channel. Fields that are None stay unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChannelChange {
    pub name: Option<String>,
    pub display_name: Option<String>,
    pub header: Option<String>,
    pub purpose: Option<String>,
    pub kind: Option<ChannelKind>,
    pub delete_at: Option<Timestamp>,
}

/// Which channels of all teams a search returns.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct ChannelFilter {
    /// A part of the name, the display name or the purpose.
    pub text: String,
    /// A channel that is found whatever its names are.
    pub id: Option<ChannelId>,
    pub public: bool,
    pub private: bool,
    /// Channels that are not archived.
    pub active: bool,
    pub archived: bool,
    /// Whether the channels that every team has are left out.
    pub without_first: bool,
    /// The teams that count; empty for all.
    pub teams: Vec<TeamId>,
}

/// A channel with its team's names, for lists across teams.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ChannelWithTeam {
    #[sqlx(flatten)]
    pub channel: ChannelWithCounts,
    pub team_name: String,
    pub team_display_name: String,
    pub team_update_at: Timestamp,
}

/// A member with their notification settings for the channel.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Membership {
    #[sqlx(flatten)]
    pub member: ChannelMember,
    #[sqlx(json)]
    pub notify_props: Map<String, Value>,
    pub last_update_at: Timestamp,
}

/// Which channels a user sees besides those that they are in.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    /// Every channel.
    pub all: bool,
    /// The public ones of their teams.
    pub public: bool,
}

/// A member with the settings that decide whether a post mentions them.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MentionTarget {
    pub user_id: UserId,
    pub username: String,
    pub first_name: String,
    #[sqlx(json)]
    pub notify_props: Map<String, Value>,
    /// The member's settings for this channel alone.
    #[sqlx(json)]
    pub channel_props: Map<String, Value>,
}

/// The facts that decide whom a post in a channel mentions.
#[derive(Debug, Clone, PartialEq)]
pub struct MentionAudience {
    pub kind: ChannelKind,
    /// The members with settings of their own, by id. All others have the defaults.
    pub particular: Vec<MentionTarget>,
}

/// How much of a channel a member has not read.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Unread {
    pub channel_id: ChannelId,
    pub team_id: Option<TeamId>,
    pub msg_count: i64,
    pub msg_count_root: i64,
    #[sqlx(flatten)]
    pub mentions: MentionCounts,
    #[sqlx(json)]
    pub notify_props: Map<String, Value>,
}

impl Unread {
    /// Whether only mentions count as unread.
    pub fn is_muted(&self) -> bool {
        self.notify_props.get("mark_unread").is_some_and(|value| value == "mention")
    }
}

/// A public channel that a post names, with what clients need to link to it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkedChannel {
    /// The channel of the post.
    pub from_channel: ChannelId,
    pub name: String,
    pub display_name: String,
    pub team_name: String,
}

impl ChannelKind {
    pub fn of_letter(letter: &str) -> Option<Self> {
        [Self::Public, Self::Private, Self::Direct, Self::Group]
            .into_iter()
            .find(|kind| kind.letter() == letter)
    }

    pub fn letter(self) -> &'static str {
        match self {
            Self::Public => "O",
            Self::Private => "P",
            Self::Direct => "D",
            Self::Group => "G",
        }
    }
}
