//! The kinds of things that an error can be about. Each API has its own ids for them: see `http/problem/kinds.rs`.

use std::fmt;

/// What was looked up, created or changed. A kind that ends in `Name` is one that a client looked up by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    AccessToken,
    Account,
    Bot,
    Channel,
    /// The channels of a list of ids, none of which was found.
    ChannelIds,
    ChannelMember,
    ChannelName,
    /// A slash command of a team.
    Command,
    Delivery,
    EmailAddress,
    Emoji,
    EmojiName,
    Endpoint,
    File,
    Group,
    IncomingHook,
    /// An invitation by mail.
    Invitation,
    Mail,
    Notice,
    OutgoingHook,
    Post,
    Preference,
    PreferenceCategory,
    /// The request itself: a parameter that belongs to no thing, such as a list of ids.
    Request,
    Role,
    RoleName,
    Session,
    SidebarCategory,
    Team,
    /// A team that is looked up by the id of its invitation link.
    TeamInvitation,
    TeamMember,
    TeamName,
    TeamPicture,
    /// A thread that an account follows.
    Thread,
    ThreadMember,
    /// A file that is being sent in pieces.
    Upload,
    Username,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessToken => "access token",
            Self::Account | Self::Username | Self::EmailAddress => "account",
            Self::Bot => "bot",
            Self::Channel | Self::ChannelIds | Self::ChannelName => "channel",
            Self::ChannelMember | Self::TeamMember => "member",
            Self::Command => "slash command",
            Self::Delivery => "delivery",
            Self::Emoji | Self::EmojiName => "emoji",
            Self::Endpoint => "address of a webhook",
            Self::File => "file",
            Self::Group => "group",
            Self::IncomingHook => "incoming webhook",
            Self::Invitation => "invitation",
            Self::Mail => "mail",
            Self::Notice => "notice",
            Self::OutgoingHook => "outgoing webhook",
            Self::Post => "post",
            Self::Preference => "preference",
            Self::PreferenceCategory => "category of preferences",
            Self::Request => "thing",
            Self::Role | Self::RoleName => "role",
            Self::SidebarCategory => "category of the sidebar",
            Self::Session => "session of this account",
            Self::Team | Self::TeamInvitation | Self::TeamName => "team",
            Self::Thread => "followed thread",
            Self::ThreadMember => "follower of this thread",
            Self::TeamPicture => "picture of this team",
            Self::Upload => "upload",
        })
    }
}
