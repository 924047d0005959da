//! Messages that the server writes into a channel about its members and its settings. Clients show each kind in words
//! of their own, from its props; the text is for those that do not know the kind.

use serde_json::{Map, Value, json};

use super::role::{SYSTEM_GUEST, has_role};
use super::{ChannelKind, Place, Post, PostId, PostKind, Timestamp, User, UserId};

const ADD_TO_CHANNEL: &str = "system_add_to_channel";
const ADD_GUEST_TO_CHANNEL: &str = "system_add_guest_to_chan";
const HEADER_CHANGE: &str = "system_header_change";
const PURPOSE_CHANGE: &str = "system_purpose_change";

/// The prop that names the added account.
const ADDED_USER: &str = "addedUserId";

/// The kinds about joining and leaving. They do not count as unread, so that a busy team's channels are not always
/// bold.
pub const UNCOUNTED_KINDS: [&str; 10] = [
    "system_join_channel",
    "system_guest_join_channel",
    ADD_TO_CHANNEL,
    ADD_GUEST_TO_CHANNEL,
    "system_leave_channel",
    "system_remove_from_channel",
    "system_join_team",
    "system_add_to_team",
    "system_leave_team",
    "system_remove_from_team",
];

/// What a user did, as a channel's members read it.
#[derive(Debug, Clone, Copy)]
pub enum SystemMessage<'a> {
    JoinChannel,
    AddToChannel(&'a User),
    LeaveChannel,
    RemoveFromChannel(&'a User),
    JoinTeam,
    AddToTeam(&'a User),
    LeaveTeam,
    /// The message is by the account that was removed, and does not name the one that removed it.
    RemoveFromTeam,
    ChangeHeader {
        old: &'a str,
        new: &'a str,
    },
    ChangePurpose {
        old: &'a str,
        new: &'a str,
    },
    ChangeDisplayName {
        old: &'a str,
        new: &'a str,
    },
    Convert(ChannelKind),
    Archive,
    Restore,
    /// From the team with this display name.
    Move(&'a str),
}

impl Post {
    /// Creates a message of the server about what `author` did.
    pub fn system(
        id: PostId,
        author: &User,
        place: &Place,
        message: SystemMessage<'_>,
        now: Timestamp,
    ) -> Self {
        let mut post = Self::new(id, &author.id, place, message.text(&author.username), now);
        post.kind = PostKind::system(message.kind(author));
        post.props = message.props(author).into();
        post
    }

    /// Returns the account that a message of the server says was added to the channel: the message mentions it.
    pub fn added_user(&self) -> Option<UserId> {
        if !matches!(self.kind.as_str(), ADD_TO_CHANNEL | ADD_GUEST_TO_CHANNEL) {
            return None;
        }
        self.props.text(ADDED_USER)?.parse().ok()
    }
}

impl PostKind {
    /// Whether posts of this kind count as unread, and in the channel's number of messages.
    pub fn is_counted(&self) -> bool {
        !UNCOUNTED_KINDS.contains(&self.as_str())
    }
}

impl SystemMessage<'_> {
    fn kind(&self, author: &User) -> &'static str {
        match self {
            Self::JoinChannel if is_guest(author) => "system_guest_join_channel",
            Self::JoinChannel => "system_join_channel",
            Self::AddToChannel(added) if is_guest(added) => ADD_GUEST_TO_CHANNEL,
            Self::AddToChannel(_) => ADD_TO_CHANNEL,
            Self::LeaveChannel => "system_leave_channel",
            Self::RemoveFromChannel(_) => "system_remove_from_channel",
            Self::JoinTeam => "system_join_team",
            Self::AddToTeam(_) => "system_add_to_team",
            Self::LeaveTeam => "system_leave_team",
            Self::RemoveFromTeam => "system_remove_from_team",
            Self::ChangeHeader { .. } => HEADER_CHANGE,
            Self::ChangePurpose { .. } => PURPOSE_CHANGE,
            Self::ChangeDisplayName { .. } => "system_displayname_change",
            Self::Convert(_) => "system_change_chan_privacy",
            Self::Archive => "system_channel_deleted",
            Self::Restore => "system_channel_restored",
            Self::Move(_) => "system_move_channel",
        }
    }

    fn props(&self, author: &User) -> Map<String, Value> {
        let username = &author.username;
        let props = match self {
            Self::AddToChannel(added) | Self::AddToTeam(added) => json!({
                "userId": author.id, "username": username,
                ADDED_USER: added.id, "addedUsername": added.username,
            }),
            Self::RemoveFromChannel(removed) => {
                json!({"removedUserId": removed.id, "removedUsername": removed.username})
            }
            Self::ChangeHeader { old, new } => {
                json!({"username": username, "old_header": old, "new_header": new})
            }
            Self::ChangePurpose { old, new } => {
                json!({"username": username, "old_purpose": old, "new_purpose": new})
            }
            Self::ChangeDisplayName { old, new } => {
                json!({"username": username, "old_displayname": old, "new_displayname": new})
            }
            _ => json!({"username": username}),
        };
        match props {
            Value::Object(props) => props,
            _ => Map::new(),
        }
    }

    fn text(&self, by: &str) -> String {
        match self {
            Self::JoinChannel => format!("{by} joined the channel."),
            Self::AddToChannel(added) => format!("{by} added {} to the channel.", added.username),
            Self::LeaveChannel => format!("{by} left the channel."),
            Self::RemoveFromChannel(removed) => {
                format!("{} was removed from the channel.", removed.username)
            }
            Self::JoinTeam => format!("{by} joined the team."),
            Self::AddToTeam(added) => format!("{by} added {} to the team.", added.username),
            Self::LeaveTeam => format!("{by} left the team."),
            Self::RemoveFromTeam => format!("{by} was removed from the team."),
            Self::ChangeHeader { old, new } => change(by, "header", old, new),
            Self::ChangePurpose { old, new } => change(by, "purpose", old, new),
            Self::ChangeDisplayName { old, new } => change(by, "name", old, new),
            Self::Convert(ChannelKind::Public) => {
                "This channel has been converted to a Public Channel and can be joined by any team member."
                    .to_owned()
            }
            Self::Convert(_) => "This channel has been converted to a Private Channel.".to_owned(),
            Self::Archive => format!("{by} archived the channel."),
            Self::Restore => format!("{by} unarchived the channel."),
            Self::Move(team) => format!("{by} moved the channel here from the team {team}."),
        }
    }
}

fn change(by: &str, what: &str, old: &str, new: &str) -> String {
    match (old, new) {
        ("", new) => format!("{by} set the channel's {what} to: {new}"),
        (old, "") => format!("{by} removed the channel's {what}, which was: {old}"),
        (old, new) => format!("{by} changed the channel's {what} from: {old} to: {new}"),
    }
}

fn is_guest(user: &User) -> bool {
    has_role(&user.roles, SYSTEM_GUEST)
}
