//! The server's settings as the tree that Mattermost has, as far as there is something to say. They are read from the
//! configuration file at the start, so they are not changed here.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::access::{Admin, SITE_NAME};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::problem::Problem;

/// What stands for a secret.
const HIDDEN: &str = "********************************";

/// `GET /config`, for administrators.
#[expect(clippy::too_many_lines, reason = "a tree with a line for each setting")]
pub(in crate::http) async fn tree(State(app): State<App>, _: Admin) -> Json<Value> {
    let config = &app.config;
    let (server, access, limits) = (&config.server, &config.access, &config.limits);
    let never_shown = |secret: &str| if secret.is_empty() { "" } else { HIDDEN };
    Json(json!({
        "ServiceSettings": {
            "SiteURL": &*app.site_url,
            "ListenAddress": server.listen,
            "EnableIncomingWebhooks": config.hooks.incoming,
            "EnableOutgoingWebhooks": true,
            "EnableCommands": true,
            "EnablePostUsernameOverride": config.hooks.username_override,
            "EnablePostIconOverride": config.hooks.icon_override,
            "EnableBotAccountCreation": true,
            "EnableUserAccessTokens": true,
            "EnableMultifactorAuthentication": true,
            "EnforceMultifactorAuthentication": false,
            "EnableLinkPreviews": false,
            "EnablePermalinkPreviews": true,
            "EnableCustomEmoji": true,
            "EnableEmailInvitations": app.access.sends_mail(),
            "CollapsedThreads": "always_on",
            "ThreadAutoFollow": true,
            "PostEditTimeLimit": -1,
            "SessionLengthWebInHours": access.session_hours,
            "SessionIdleTimeoutInMinutes": u64::from(access.session_idle_hours) * 60,
            "EnableDeveloper": false,
            "EnableTesting": false,
        },
        "TeamSettings": {
            "SiteName": SITE_NAME,
            "EnableOpenServer": access.open_signup,
            "EnableUserCreation": true,
            "EnableUserDeactivation": false,
            "EnableCustomUserStatuses": true,
            "MaxChannelsPerTeam": limits.channels_per_team,
            "RestrictDirectMessage": "any",
            "TeammateNameDisplay": "username",
        },
        "SqlSettings": {"DriverName": "", "DataSource": never_shown(&config.database.url)},
        "FileSettings": {
            "EnableFileAttachments": true,
            "MaxFileSize": config.storage.max_file,
            "EnablePublicLink": config.storage.public_links,
        },
        "EmailSettings": {
            "EnableSignUpWithEmail": true,
            "EnableSignInWithEmail": true,
            "EnableSignInWithUsername": true,
            "SendEmailNotifications": false,
            "SendPushNotifications": false,
            "RequireEmailVerification": false,
            "FeedbackEmail": config.mail.from,
            "SMTPServer": never_shown(config.mail.url.reveal()),
        },
        "PasswordSettings": {
            "MinimumLength": access.password_min_length,
            "Lowercase": access.password_require_mixed,
            "Uppercase": access.password_require_mixed,
            "Number": access.password_require_mixed,
            "Symbol": access.password_require_mixed,
            "EnableForgotLink": app.access.sends_mail(),
        },
        "PrivacySettings": {
            "ShowEmailAddress": access.show_email_addresses,
            "ShowFullName": access.show_full_names,
        },
        "RateLimitSettings": {
            "Enable": server.rate_per_second > 0,
            "PerSec": server.rate_per_second,
            "MaxBurst": server.rate_burst,
        },
        "GuestAccountsSettings": {"Enable": true},
        "LocalizationSettings": {"DefaultServerLocale": "en", "DefaultClientLocale": "en", "AvailableLocales": ""},
        "PluginSettings": {"Enable": false},
    }))
}

/// `GET /config/environment`: no setting of the tree is fixed by the environment. Members get no tree at all.
pub(in crate::http) async fn environment(_: Session, admin: Result<Admin, Problem>) -> Json<Value> {
    Json(if admin.is_ok() { json!({}) } else { Value::Null })
}
