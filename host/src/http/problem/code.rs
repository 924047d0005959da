//! The error codes of the own API: stable, dotted, `resource.what`. Clients translate and branch by them.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares [`Code`] from one line per code: variant, text on the wire, what the caller can do about it.
macro_rules! codes {
    ($($name:ident = $text:literal, $remedy:literal;)+) => {
        /// What went wrong, as the own API names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(clippy::enum_variant_names, reason = "each is named after its text on the wire")]
        pub(in crate::http) enum Code { $($name),+ }

        impl Code {
            pub(in crate::http) const ALL: &[Self] = &[$(Self::$name),+];

            /// The code on the wire. It never changes its meaning.
            pub(in crate::http) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// What the caller can do.
            pub(in crate::http) fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy),+ }
            }
        }
    };
}

codes! {
    AccountInactive = "account.inactive", "ask an administrator to activate the account";
    AccountLastAdmin = "account.last_admin", "make another account an administrator first";
    AccountLinkInvalid = "account.link_invalid", "request the mail again, and use its link within a day";
    AccountNotFound = "account.not_found", "check the id or the name of the account";
    AccountSecondFactor = "account.second_factor", "remove the account's second factor first";
    AccountSetupElsewhere = "account.setup_elsewhere", "use the address that the server wrote to its log at its start";
    AccountSignupClosed = "account.signup_closed", "ask an administrator for an account or an invitation";
    AccountTaken = "account.taken", "choose another username or e-mail address";
    AccountWrongPassword = "account.wrong_password", "send the account's current password";
    ApplicationCodeTaken = "application.code_taken", "choose another code";
    ApplicationNotFound = "application.not_found", "list the applications to see their ids";
    AuthBotLogin = "auth.bot_login", "use an access token of the bot";
    AuthCsrfRequired = "auth.csrf_required", "send the session's CSRF token in `X-CSRF-Token`";
    AuthForbidden = "auth.forbidden", "use an account with the right to do this; `GET /me` lists yours";
    AuthInvalidCode = "auth.invalid_code", "send the code that the authenticator shows now";
    AuthInvalidCredentials = "auth.invalid_credentials", "check the login and the password";
    AuthRequired = "auth.required", "log in, or send a valid token as `Authorization: Bearer TOKEN`";
    AuthTooManyAttempts = "auth.too_many_attempts", "wait as long as the detail says, then try again";
    BotNotFound = "bot.not_found", "check the id of the bot";
    ChannelNotFound = "channel.not_found", "check the id or the name of the channel, and that you may read it";
    ChannelTaken = "channel.taken", "choose another name for the channel";
    CommandFailed = "command.failed", "read the detail; the server log has more under the call's id";
    CommandInvalid = "command.invalid", "begin the line with `/` and the command's name";
    CommandNotFound = "command.not_found", "list the commands, or enable the plugin that has it";
    CommandResponseRefused = "command.response_refused", "run the command again, and respond at its new address";
    CommandTaken = "command.taken", "choose another trigger";
    CommandsDisabled = "command.disabled", "ask the operator to set `commands.enabled`";
    DeliveryNotFound = "delivery.not_found", "list the deliveries of the webhook to see their ids";
    DeliveryNotReplayable = "delivery.not_replayable", "wait for the attempt, or enable the address";
    LimitReached = "limit.reached", "delete what is no longer used, or ask the operator to raise the option in `[limits]`";
    EmojiLimit = "emoji.limit", "delete a custom emoji first";
    EmojiInvalidPicture = "emoji.invalid_picture", "send a GIF, JPEG or PNG within the limits";
    EmojiNotFound = "emoji.not_found", "check the id or the name of the emoji";
    EmojiTaken = "emoji.taken", "choose another name for the emoji";
    EndpointNotFound = "endpoint.not_found", "list the addresses of the webhook to see their ids";
    FileLinkInvalid = "file.link_invalid", "ask for a new link to the file";
    FileLinksDisabled = "file.links_disabled", "fetch the file with a session or a token";
    FileNoPicture = "file.no_picture", "fetch the file itself";
    FileNotFound = "file.not_found", "check the id of the file";
    FileNotPosted = "file.not_posted", "post the file first";
    FileRangeInvalid = "file.range_invalid", "ask for bytes that the file has";
    FileTooLarge = "file.too_large", "send a smaller file";
    FileTooMany = "file.too_many", "send fewer files at once";
    FileTooManyWaiting = "file.too_many_waiting", "post the uploaded files, or wait until they expire";
    HookChannelElsewhere = "hook.channel_elsewhere", "choose a public channel of the webhook's team";
    HookChannelLocked = "hook.channel_locked", "leave the channel out of the payload";
    HookForbidden = "hook.forbidden", "let the hook's owner join the channel, or make a hook of another owner";
    HookNotFound = "hook.not_found", "check the last part of the address";
    HookNoTriggers = "hook.no_triggers", "send `channel_id` or `trigger_words`";
    HookOverlap = "hook.overlap", "choose other trigger words or another address";
    HookPayloadInvalid = "hook.payload_invalid", "send the JSON that the detail asks for";
    HookSignatureInvalid = "hook.signature_invalid", "set the same secret at the sender and at the hook";
    HooksDisabled = "hook.disabled", "ask the operator to set `hooks.incoming` or `hooks.outgoing`";
    IdempotencyKeyInUse = "idempotency.key_in_use", "repeat the request, or use a new key";
    IdempotencyKeyInvalid = "idempotency.key_invalid", "send 1 to 255 visible ASCII characters as the key";
    IdempotencyKeyReused = "idempotency.key_reused", "use a new key for a new request";
    InvitationInvalid = "invitation.invalid", "ask for a new invitation";
    MailNotFound = "mail.not_found", "list the mails to see their ids";
    MailNotSetUp = "mail.not_set_up", "ask the operator to set `mail.url`";
    MailNotWaiting = "mail.not_waiting", "nothing needs to be done";
    MemberNotFound = "member.not_found", "add the account to the team or channel first";
    NotFound = "request.resource_not_found", "check the ids in the address";
    NotOffered = "request.not_offered", "do without it: this server does not offer it";
    NoticeNotFound = "notice.not_found", "list the notices to see their ids";
    NoticeNoRecipients = "notice.no_recipients", "name at least one account in `users`";
    NoticeTooManyRecipients = "notice.too_many_recipients", "send the notice in several requests";
    NoticeUnknownRecipient = "notice.unknown_recipient", "remove the ids that belong to no account";
    PluginBusy = "plugin.busy", "try again in a moment";
    PluginConsentOutdated = "plugin.consent_outdated", "read the present permission sheet and send its digest";
    PluginDenied = "plugin.denied", "ask the plugin's author to request the permission";
    PluginFailed = "plugin.failed", "read the detail; the server log has more under the call's id";
    PluginNotEnabled = "plugin.not_enabled", "install and enable the plugin";
    PluginNotFound = "plugin.not_found", "list the plugins to see their ids";
    PluginRefused = "plugin.refused", "build the plugin as the detail says";
    PluginReplaced = "plugin.replaced", "read the plugin again and repeat the change";
    PluginTooLarge = "plugin.too_large", "make the package smaller";
    PluginTriggerTaken = "plugin.trigger_taken", "disable the other plugin, or rename the command";
    PostInvalidRoot = "post.invalid_root", "name the first post of a thread in the same channel";
    PostNotFound = "post.not_found", "check the id of the post, and that you may read its channel";
    PostTooLong = "post.too_long", "shorten the message, or send it in parts";
    PostTooManyReactions = "post.too_many_reactions", "use an emoji that the post already has";
    PreferenceNotFound = "preference.not_found", "check the category and the name";
    RequestInvalidField = "request.invalid_field", "correct the field that `field` names";
    RequestInvalidParameter = "request.invalid_parameter", "correct the parameter that `field` names";
    RequestMethodNotAllowed = "request.method_not_allowed", "use a method that the API document lists";
    RequestNoSuchAddress = "request.no_such_address", "check the address; the API document lists all";
    RequestTimeout = "request.timeout", "send the whole body in time";
    RequestTooSlow = "request.too_slow", "ask for less: fewer or rarer words, a shorter period";
    RequestTooLarge = "request.too_large", "send a smaller body";
    RoleNotFound = "role.not_found", "check the name of the role";
    ServerBusy = "server.busy", "wait as long as `Retry-After` says, then try again";
    ServerConflict = "server.conflict", "read the resource again and repeat the change";
    ServerDiskFull = "server.disk_full", "ask the operator to free space; the server log names the disk";
    ServerError = "server.error", "give the operator the `request_id`: the server log has the reason";
    ServerStopping = "server.stopping", "try again when the server runs";
    ServerUnavailable = "server.unavailable", "wait as long as `Retry-After` says, then try again";
    ServerWriteFailed = "server.write_failed", "try again; nothing was changed";
    SessionNotFound = "session.not_found", "list the sessions to see their ids";
    SignedRefused = "signed.refused", "ask an administrator to explain the request";
    SocketInvalid = "socket.invalid", "connect as the WebSocket protocol says, from an allowed origin";
    TeamDomainNotAllowed = "team.domain_not_allowed", "use an account with an address of an allowed domain";
    TeamNotFound = "team.not_found", "check the id or the name of the team, and that you are in it";
    TeamTaken = "team.taken", "choose another name for the team";
    TokenLimit = "token.limit", "revoke an access token that is not needed any more";
    TokenNotFound = "token.not_found", "check the id of the access token";
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ErrorCode")
    }
}

impl PartialSchema for Code {
    /// All codes, each with its remedy: the list that the document shows.
    fn schema() -> RefOr<Schema> {
        let lines: Vec<String> =
            Self::ALL.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.remedy())).collect();
        let description = format!("What went wrong, and what to do:\n\n{}", lines.join("\n"));
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .description(Some(description))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_is_unique_and_names_a_resource_and_a_problem() {
        let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        for text in texts {
            assert!(text.split('.').count() == 2 && text.split('.').all(part), "{text}");
        }
    }

    #[test]
    fn a_remedy_is_a_clause() {
        for code in Code::ALL {
            let remedy = code.remedy();
            assert!(remedy.starts_with(char::is_lowercase) && !remedy.ends_with('.'), "{remedy}");
        }
    }
}
