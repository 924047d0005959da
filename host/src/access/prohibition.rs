//! Changes that are refused whatever the caller's rights, because of what they are about.
//! `http/problem/prohibitions.rs` has the status and the id of each.

/// A change that is never made. Each text says what to do instead, if there is something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Prohibition {
    #[error("direct and group channels take no new members; open another one")]
    AddToDirect,
    #[error("direct and group channels cannot be archived; hide the channel instead")]
    ArchiveDirect,
    #[error("the channel is archived already; nothing needs to be done")]
    ArchiveTwice,
    #[error("every team has a channel `town-square`; it cannot be archived")]
    ArchiveTownSquare,
    #[error("`town-square` is open to every member of the team; it cannot be made private")]
    CloseTownSquare,
    #[error("these are another account's preferences; each `user_id` must be the account in the address")]
    DeleteForeignPreference,
    #[error(
        "`type` must be `O` or `P`; open direct channels by `/channels/direct`, groups by `/channels/group`"
    )]
    CreateDirect,
    #[error("an emoji belongs to the account that creates it; send your own id as `creator_id`, or none")]
    CreateEmojiForAnother,
    #[error("the server chooses the id of a new webhook; leave `id` out")]
    CreateHookWithId,
    #[error("`user_ids` names an account that does not exist; check the ids")]
    DirectWithUnknown,
    #[error("`user_ids` names an account that does not exist; check the ids")]
    GroupWithUnknown,
    #[error("a group has 3 to 8 members, you included; change `user_ids`")]
    GroupSize,
    #[error("some members of the channel are not in the team; send `force` to remove them from the channel")]
    MoveFromMembers,
    #[error("the address names no invitation; send `invite_id` or `token`")]
    JoinByNothing,
    #[error("members cannot leave a direct or group channel; hide the channel instead")]
    LeaveDirect,
    #[error("every member of the team is in `town-square`; leave the team instead")]
    LeaveTownSquare,
    #[error("every team has its first channels; they cannot be moved")]
    MoveFirstChannel,
    #[error("direct and group channels belong to no team and cannot be moved")]
    MoveDirect,
    #[error(
        "a slash command is moved by `/commands/{{command_id}}/move`; send the team's own id as `team_id`, or none"
    )]
    MoveCommand,
    #[error("a webhook stays in its team; send the team's own id as `team_id`, or none")]
    MoveHook,
    #[error("the channel is archived; restore it first")]
    PostInArchive,
    #[error("users react only in their own name; send your own id as `user_id`")]
    ReactForAnother,
    #[error("the account is not a member of this team; check its id")]
    RemoveStranger,
    #[error("direct and group channels have no name to change; leave `name` and `display_name` out")]
    RenameDirect,
    #[error("every team has a channel `town-square`; it keeps its name")]
    RenameTownSquare,
    #[error("`name` is, or begins with, a word of the server's own addresses; choose another one")]
    ReservedTeamName,
    #[error("the channel is not archived; nothing needs to be done")]
    RestoreActive,
    #[error("`name` may have at most 64 characters; choose a shorter one")]
    LongTeamName,
    #[error("these are another account's preferences; each `user_id` must be the account in the address")]
    SetForeignPreference,
    #[error("the form has no `image`; send the picture in it")]
    TeamPictureMissing,
    #[error("`type` cannot be changed here; use `/channels/{{channel_id}}/privacy`")]
    RetypeChannel,
}
