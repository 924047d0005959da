//! The ids of errors by the kind of thing they are about: one table for what is missing, one for what is taken, and one
//! for what is not valid.

use super::Code;
use crate::model::Kind;

/// The id of a body or a parameter that cannot be used, unless [`invalid`] has a better one.
pub(super) const INVALID_BODY: &str = "api.context.invalid_body_param.app_error";

/// Returns code and id for a thing that does not exist.
pub(super) fn not_found(kind: Kind) -> (Code, &'static str) {
    match kind {
        Kind::AccessToken => (Code::TokenNotFound, "app.user_access_token.get_by_user.app_error"),
        Kind::Account | Kind::EmailAddress => (Code::AccountNotFound, "app.user.missing_account.const"),
        Kind::Bot => (Code::BotNotFound, "store.sql_bot.get.missing.app_error"),
        Kind::Channel => (Code::ChannelNotFound, "app.channel.get.existing.app_error"),
        Kind::ChannelIds => (Code::ChannelNotFound, "app.channel.get_channels_by_ids.not_found.app_error"),
        Kind::ChannelMember => (Code::MemberNotFound, "app.channel.get_member.missing.app_error"),
        Kind::ChannelName => (Code::ChannelNotFound, "app.channel.get_by_name.missing.app_error"),
        Kind::Command => (Code::CommandNotFound, "store.sql_command.save.get.app_error"),
        Kind::Delivery => (Code::DeliveryNotFound, "app.deliveries.get.app_error"),
        Kind::Emoji => (Code::EmojiNotFound, "app.emoji.get.no_result"),
        Kind::EmojiName => (Code::EmojiNotFound, "app.emoji.get_by_name.no_result"),
        Kind::Endpoint => (Code::EndpointNotFound, "app.endpoints.get.app_error"),
        Kind::File => (Code::FileNotFound, "app.file_info.get.app_error"),
        Kind::Group => (Code::NotFound, "app.group.no_rows"),
        Kind::IncomingHook => (Code::HookNotFound, "app.webhooks.get_incoming.app_error"),
        Kind::Invitation => (Code::InvitationInvalid, "api.user.create_user.signup_link_invalid.app_error"),
        Kind::Mail => (Code::MailNotFound, "app.mail.get.app_error"),
        Kind::Notice => (Code::NoticeNotFound, "app.notice.get.app_error"),
        Kind::OutgoingHook => (Code::HookNotFound, "app.webhooks.get_outgoing.app_error"),
        Kind::Post => (Code::PostNotFound, "app.post.get.app_error"),
        Kind::Preference => (Code::PreferenceNotFound, "app.preference.get.app_error"),
        Kind::PreferenceCategory => {
            (Code::PreferenceNotFound, "api.preference.preferences_category.get.app_error")
        }
        Kind::Request => (Code::NotFound, "store.sql.missing.app_error"),
        Kind::Role => (Code::NotFound, "app.role.get.app_error"),
        Kind::RoleName => (Code::NotFound, "app.role.get_by_name.app_error"),
        Kind::SidebarCategory => (Code::NotFound, "app.channel.sidebar_categories.app_error"),
        Kind::Session => (Code::SessionNotFound, "app.session.get.app_error"),
        Kind::Team => (Code::TeamNotFound, "app.team.get.find.app_error"),
        Kind::TeamInvitation => (Code::TeamNotFound, "app.team.get_by_invite_id.finding.app_error"),
        Kind::TeamMember => (Code::MemberNotFound, "app.team.get_member.missing.app_error"),
        Kind::TeamName => (Code::TeamNotFound, "app.team.get_by_name.missing.app_error"),
        Kind::TeamPicture => (Code::FileNotFound, "api.team.get_team_icon.read_file.app_error"),
        Kind::Thread => (Code::PostNotFound, "app.user.get_threads_for_user.not_found"),
        Kind::ThreadMember => (Code::PostNotFound, "app.user.get_thread_membership_for_user.not_found"),
        Kind::Upload => (Code::FileNotFound, "app.upload.get.app_error"),
        Kind::Username => (Code::AccountNotFound, "app.user.get_by_username.app_error"),
    }
}

/// Returns code and id for a new thing of which another one has the name already.
pub(super) fn taken(kind: Kind) -> (Code, &'static str) {
    match kind {
        Kind::Account | Kind::Username | Kind::Bot => {
            (Code::AccountTaken, "app.user.save.username_exists.app_error")
        }
        Kind::EmailAddress => (Code::AccountTaken, "app.user.save.email_exists.app_error"),
        Kind::Channel => (Code::ChannelTaken, "store.sql_channel.save_channel.exists.app_error"),
        // A channel that is renamed, not created.
        Kind::ChannelName => (Code::ChannelTaken, "app.channel.update.bad_id"),
        Kind::Command => (Code::CommandTaken, "api.command.duplicate_trigger.app_error"),
        Kind::Emoji => (Code::EmojiTaken, "api.emoji.create.duplicate.app_error"),
        Kind::Team => (Code::TeamTaken, "app.team.save.existing.app_error"),
        _ => (Code::ServerConflict, "store.sql.exists.app_error"),
    }
}

/// Returns the id for a field whose value is not valid.
pub(super) fn invalid(kind: Kind, field: &str) -> &'static str {
    match (kind, field) {
        (Kind::AccessToken, "description") => "model.user_access_token.is_valid.description.app_error",
        (Kind::Account, "email") => "model.user.is_valid.email.app_error",
        (Kind::Account, "first_name") => "model.user.is_valid.first_name.app_error",
        (Kind::Account, "last_name") => "model.user.is_valid.last_name.app_error",
        (Kind::Account, "locale") => "model.user.is_valid.locale.app_error",
        (Kind::Account, "nickname") => "model.user.is_valid.nickname.app_error",
        (Kind::Account, "new_password") => "model.user.is_valid.pwd.app_error",
        (Kind::Account, "password") => "api.user.check_user_password.invalid.app_error",
        (Kind::Account, "position") => "model.user.is_valid.position.app_error",
        (Kind::Account, "username") => "model.user.is_valid.username.app_error",
        (Kind::Bot, "description") => "model.bot.is_valid.description.app_error",
        (Kind::Bot, "username") => "model.bot.is_valid.username.app_error",
        (Kind::Channel, "display_name") => "model.channel.is_valid.display_name.app_error",
        (Kind::Channel, "header") => "model.channel.is_valid.header.app_error",
        (Kind::Channel, "name") => "model.channel.is_valid.1_or_more.app_error",
        (Kind::Channel, "purpose") => "model.channel.is_valid.purpose.app_error",
        (Kind::Channel, "type") => "model.channel.is_valid.type.app_error",
        (Kind::Emoji, "name") => "model.emoji.name.app_error",
        // The name of a standard emoji.
        (Kind::EmojiName, "name") => "model.emoji.system_emoji_name.app_error",
        (Kind::Command | Kind::IncomingHook | Kind::OutgoingHook, _) => invalid_integration(kind, field),
        (Kind::Post, "file_ids") => "model.post.is_valid.file_ids.app_error",
        (Kind::Post, "props") => "model.post.is_valid.props.app_error",
        (Kind::Post, "type") => "model.post.is_valid.type.app_error",
        (Kind::Invitation, "email") => "api.team.invite_members.invalid_email.app_error",
        (Kind::Preference, "category") => "model.preference.is_valid.category.app_error",
        (Kind::Preference, "name") => "model.preference.is_valid.name.app_error",
        (Kind::Preference, "theme") => "model.preference.is_valid.theme.app_error",
        (Kind::Preference, "value") => "model.preference.is_valid.value.app_error",
        (Kind::Role, "roles") => "app.role.get_by_name.app_error",
        (Kind::SidebarCategory, _) => "app.channel.sidebar_categories.app_error",
        (Kind::Team, "allowed_domains") => "model.team.is_valid.domains.app_error",
        (Kind::Team, "company_name") => "model.team.is_valid.company.app_error",
        (Kind::Team, "description") => "model.team.is_valid.description.app_error",
        (Kind::Team, "display_name") => "model.team.is_valid.name.app_error",
        (Kind::Team, "name") => "model.team.is_valid.characters.app_error",
        (Kind::Thread, "before") => "api.getThreadsForUser.bad_params",
        (Kind::Thread, "post_id") => "app.user.update_thread_read_for_user_by_post.app_error",
        (Kind::Thread, "threadsOnly") => "api.getThreadsForUser.bad_only_params",
        (Kind::Team, "type") => "model.team.is_valid.type.app_error",
        (Kind::Upload, "file_size") => "model.upload_session.is_valid.file_size.app_error",
        (Kind::Upload, "filename") => "model.upload_session.is_valid.filename.app_error",
        _ => INVALID_BODY,
    }
}

/// As [`invalid`], for commands and webhooks.
fn invalid_integration(kind: Kind, field: &str) -> &'static str {
    match (kind, field) {
        (Kind::Command, "auto_complete_desc" | "auto_complete_hint") => {
            "model.command.is_valid.autocomplete_data.app_error"
        }
        (Kind::Command, "description") => "model.command.is_valid.description.app_error",
        (Kind::Command, "display_name") => "model.command.is_valid.display_name.app_error",
        (Kind::Command, "icon_url") => "model.command.is_valid.icon_url.app_error",
        (Kind::Command, "method") => "model.command.is_valid.method.app_error",
        (Kind::Command, "trigger") => "model.command.is_valid.trigger.app_error",
        (Kind::Command, "url") => "model.command.is_valid.url.app_error",
        (Kind::Command, "url_http") => "model.command.is_valid.url_http.app_error",
        (Kind::Command, "username") => "model.command.is_valid.username.app_error",
        (Kind::IncomingHook, "description") => "model.incoming_hook.description.app_error",
        (Kind::IncomingHook, "display_name") => "model.incoming_hook.display_name.app_error",
        (Kind::IncomingHook, "icon_url") => "model.incoming_hook.icon_url.app_error",
        (Kind::IncomingHook, "username") => "api.incoming_webhook.invalid_username.app_error",
        (Kind::OutgoingHook, "callback_urls") => "model.outgoing_hook.is_valid.callback.app_error",
        (Kind::OutgoingHook, "content_type" | "trigger_when") => {
            "model.outgoing_hook.is_valid.content_type.app_error"
        }
        (Kind::OutgoingHook, "description") => "model.outgoing_hook.is_valid.description.app_error",
        (Kind::OutgoingHook, "display_name") => "model.outgoing_hook.is_valid.display_name.app_error",
        (Kind::OutgoingHook, "icon_url") => "model.outgoing_hook.icon_url.app_error",
        (Kind::OutgoingHook, "trigger_words") => "model.outgoing_hook.is_valid.trigger_words.app_error",
        (Kind::OutgoingHook, "url") => "model.outgoing_hook.is_valid.url.app_error",
        (Kind::OutgoingHook, "username") => "model.outgoing_hook.username.app_error",
        (Kind::OutgoingHook, "words") => "model.outgoing_hook.is_valid.words.app_error",
        _ => INVALID_BODY,
    }
}
