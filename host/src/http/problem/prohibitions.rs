//! Changes that are never made, as statuses and ids.

use axum::http::StatusCode;

use super::{Code, Problem};
use crate::access::Prohibition;

impl From<Prohibition> for Problem {
    fn from(prohibition: Prohibition) -> Self {
        let (status, id) = match prohibition {
            Prohibition::AddToDirect => (400, "api.channel.add_user_to_channel.type.app_error"),
            Prohibition::ArchiveDirect => (400, "api.channel.delete_channel.type.invalid"),
            Prohibition::ArchiveTwice => (400, "api.channel.delete_channel.deleted.app_error"),
            Prohibition::ArchiveTownSquare => (400, "api.channel.delete_channel.cannot.app_error"),
            Prohibition::CloseTownSquare => (400, "api.channel.update_channel_privacy.default_channel_error"),
            Prohibition::DeleteForeignPreference => {
                (403, "api.preference.delete_preferences.delete.app_error")
            }
            Prohibition::SetForeignPreference => (403, "api.preference.update_preferences.set.app_error"),
            Prohibition::CreateDirect => (400, "api.channel.create_channel.direct_channel.app_error"),
            Prohibition::CreateEmojiForAnother => (403, "api.emoji.create.other_user.app_error"),
            Prohibition::CreateHookWithId => (400, "app.webhooks.save_incoming.existing.app_error"),
            Prohibition::DirectWithUnknown => {
                (400, "api.channel.create_direct_channel.invalid_user.app_error")
            }
            Prohibition::GroupWithUnknown => (400, "api.channel.create_group.bad_user.app_error"),
            Prohibition::GroupSize => (400, "api.channel.create_group.bad_size.app_error"),
            Prohibition::JoinByNothing => (400, "api.team.add_user_to_team.missing_parameter.app_error"),
            Prohibition::LeaveDirect => (400, "api.channel.remove_channel_member.type.app_error"),
            Prohibition::LeaveTownSquare => (400, "api.channel.remove.default.app_error"),
            Prohibition::LongTeamName => (400, "model.team.is_valid.url.app_error"),
            Prohibition::MoveFirstChannel => (400, "api.channel.move_channel.default.app_error"),
            Prohibition::MoveFromMembers => (400, "app.channel.move_channel.members_do_not_match.error"),
            Prohibition::MoveDirect => (403, "api.channel.move_channel.type.invalid"),
            Prohibition::MoveCommand => (400, "api.command.team_mismatch.app_error"),
            Prohibition::MoveHook => (400, "api.webhook.team_mismatch.app_error"),
            Prohibition::PostInArchive => (400, "api.post.create_post.can_not_post_to_deleted.error"),
            Prohibition::ReactForAnother => (403, "api.reaction.save_reaction.user_id.app_error"),
            Prohibition::RemoveStranger => (400, "api.team.remove_user_from_team.missing.app_error"),
            Prohibition::RenameDirect => (
                400,
                "api.channel.patch_update_channel.update_direct_or_group_messages_not_allowed.app_error",
            ),
            Prohibition::RenameTownSquare => (400, "api.channel.update_channel.tried.app_error"),
            Prohibition::ReservedTeamName => (400, "model.team.is_valid.reserved.app_error"),
            Prohibition::RestoreActive => (400, "api.channel.restore_channel.restored.app_error"),
            Prohibition::TeamPictureMissing => (400, "api.team.set_team_icon.no_file.app_error"),
            Prohibition::RetypeChannel => (400, "api.channel.update_channel.typechange.app_error"),
        };
        let (status, code) = if status == 403 {
            (StatusCode::FORBIDDEN, Code::AuthForbidden)
        } else {
            (StatusCode::BAD_REQUEST, Code::RequestInvalidField)
        };
        Self::of(status, code, id, &prohibition)
    }
}
