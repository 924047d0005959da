//! Limits, checks and paging shared by several files of this module. Pure.

use super::ChatError;
use crate::access::Prohibition;
use crate::model::role::has_role;
use crate::model::{
    Channel, FIRST_CHANNELS, FileId, Kind, MAX_MESSAGE_CHARS, MAX_POST_FILES, MAX_PROPS, Props, Team, UserId,
    plain_name,
};
use crate::store::StoreError;

/// Longest slug of a team or channel, in bytes.
const MAX_NAME: usize = 64;

/// Longest names and descriptions of a team or channel, in characters. Longer ones are refused.
const MAX_DISPLAY_NAME: usize = 64;
pub(super) const MAX_DESCRIPTION: usize = 255;
pub(super) const MAX_HEADER: usize = 1024;
pub(super) const MAX_PURPOSE: usize = 250;

/// Most accounts that one request may add to a team or channel.
const MAX_ADDED: usize = 200;

/// Whether a text can be the slug of a team or channel. Other texts are not even looked up.
pub(super) fn is_slug(name: &str) -> bool {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    !name.is_empty() && name.len() <= MAX_NAME && letters
}

/// Words that a team's name may neither be nor begin with, because the server and clients have addresses that begin
/// with them, beside those of teams.
const RESERVED: [&str; 13] = [
    "admin", "api", "channel", "claim", "error", "files", "help", "landing", "login", "mfa", "oauth", "plug",
    "signup",
];

/// Checks a team's slug: letters, digits and `-`, a letter or digit at both ends. A name that predates the rules stays.
pub(super) fn check_team_name(name: &str) -> Result<(), ChatError> {
    if name.len() > MAX_NAME {
        return Err(Prohibition::LongTeamName.into());
    }
    if RESERVED.iter().any(|word| name.to_ascii_lowercase().starts_with(word)) {
        return Err(Prohibition::ReservedTeamName.into());
    }
    if !is_slug(name) || name.len() < 2 || name.contains('_') || name.starts_with('-') || name.ends_with('-')
    {
        let reason = "it must have two or more lower-case letters, digits and `-`, with no `-` at either end"
            .to_owned();
        return Err(ChatError::Invalid { kind: Kind::Team, field: "name", reason });
    }
    Ok(())
}

/// Checks a channel's slug. The form `id__id` is reserved for direct channels.
pub(super) fn check_channel_name(name: &str) -> Result<(), ChatError> {
    let invalid = |reason| Err(ChatError::Invalid { kind: Kind::Channel, field: "name", reason });
    if !is_slug(name) || name.starts_with(['-', '_']) {
        return invalid(format!(
            "it must have 1 to {MAX_NAME} lower-case letters, digits, `-` and `_`, and begin with a letter or digit"
        ));
    }
    if Channel::is_direct_name(name) {
        return invalid("direct channels have names of this form; choose another one".to_owned());
    }
    Ok(())
}

pub(super) fn check_length(
    kind: Kind,
    field: &'static str,
    text: &str,
    min: usize,
    max: usize,
) -> Result<(), ChatError> {
    let length = text.chars().count();
    if length < min || length > max {
        let reason = format!("it must have {min} to {max} characters");
        return Err(ChatError::Invalid { kind, field, reason });
    }
    Ok(())
}

/// Returns the display name of a team or channel as a plain name, and checks its length. That of a channel may be
/// empty.
pub(super) fn checked_display_name(kind: Kind, name: &str) -> Result<String, ChatError> {
    let name = plain_name(name);
    let least = usize::from(kind == Kind::Team);
    check_length(kind, "display_name", &name, least, MAX_DISPLAY_NAME)?;
    Ok(name)
}

/// Checks how many accounts one request adds.
pub(super) fn check_added(added: &[UserId]) -> Result<(), ChatError> {
    if added.is_empty() || added.len() > MAX_ADDED {
        let reason = format!("send 1 to {MAX_ADDED} accounts at once");
        return Err(ChatError::Invalid { kind: Kind::Request, field: "user_ids", reason });
    }
    Ok(())
}

/// Returns a member's roles as they are stored: `member`, and `admin` if it is among the given ones. Refuses other
/// roles.
pub(super) fn check_roles(roles: &str, member: &str, admin: &str) -> Result<String, ChatError> {
    let known = |role: &str| role == member || role == admin;
    if !roles.split_ascii_whitespace().all(known) {
        let reason = format!("it may have only the roles `{member}` and `{admin}`");
        return Err(ChatError::Invalid { kind: Kind::Role, field: "roles", reason });
    }
    Ok(if has_role(roles, admin) { format!("{member} {admin}") } else { member.to_owned() })
}

/// Checks the text of a new or edited post. It may be empty if the post has other content.
pub(super) fn check_text(message: &str, has_more: bool) -> Result<(), ChatError> {
    let length = message.chars().count();
    if length > MAX_MESSAGE_CHARS {
        return Err(ChatError::TooLong { length, limit: MAX_MESSAGE_CHARS });
    }
    if message.trim().is_empty() && !has_more {
        let reason = "a post needs a text, props or files".to_owned();
        return Err(ChatError::Invalid { kind: Kind::Post, field: "message", reason });
    }
    Ok(())
}

/// Checks how many files a new post carries.
pub(super) fn check_file_count(files: &[FileId]) -> Result<(), ChatError> {
    if files.len() > MAX_POST_FILES {
        let reason = format!("a post may have at most {MAX_POST_FILES} files");
        return Err(ChatError::Invalid { kind: Kind::Post, field: "file_ids", reason });
    }
    Ok(())
}

/// Checks the props of a new or edited post.
pub(super) fn check_props(props: &Props) -> Result<(), ChatError> {
    let length = props.as_str().len();
    if length > MAX_PROPS {
        let reason = format!("it has {length} bytes of JSON; at most {MAX_PROPS} are allowed");
        return Err(ChatError::Invalid { kind: Kind::Post, field: "props", reason });
    }
    Ok(())
}

pub(super) fn check_team_active(team: &Team) -> Result<(), ChatError> {
    if team.delete_at.is_never() {
        return Ok(());
    }
    Err(invalid_team("the team is archived; restore it first"))
}

/// Checks that a channel belongs to a team.
pub(super) fn check_of_team(channel: &Channel) -> Result<(), ChatError> {
    if channel.team_id.is_none() {
        return Err(invalid_channel("direct and group channels cannot be changed"));
    }
    Ok(())
}

pub(super) fn check_channel_active(channel: &Channel) -> Result<(), ChatError> {
    if channel.delete_at.is_never() {
        return Ok(());
    }
    Err(invalid_channel("the channel is archived; restore it first"))
}

/// Whether this is the channel that contains every member of its team.
pub(super) fn is_town_square(channel: &Channel) -> bool {
    channel.team_id.is_some() && channel.name == FIRST_CHANNELS[0].0
}

pub(super) fn invalid_team(reason: &str) -> ChatError {
    ChatError::Invalid { kind: Kind::Team, field: "team_id", reason: reason.to_owned() }
}

pub(super) fn invalid_channel(reason: &str) -> ChatError {
    ChatError::Invalid { kind: Kind::Channel, field: "channel_id", reason: reason.to_owned() }
}

/// Maps a conflict in the store to the error for a taken name.
pub(super) fn name_taken(error: StoreError, kind: Kind) -> ChatError {
    if error.is_conflict() { ChatError::Taken(kind) } else { error.into() }
}

/// Returns a page of a list that was read completely.
pub(super) fn page<T>(list: Vec<T>, offset: i64, limit: i64) -> Vec<T> {
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    list.into_iter().skip(count(offset)).take(count(limit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_those_of_a_member_and_of_an_administrator() {
        let checked = |roles| check_roles(roles, "channel_user", "channel_admin").ok();
        assert_eq!(checked("channel_admin channel_user").as_deref(), Some("channel_user channel_admin"));
        assert_eq!(checked("").as_deref(), Some("channel_user"));
        assert_eq!(checked("channel_user channel_guest"), None);
    }
}
