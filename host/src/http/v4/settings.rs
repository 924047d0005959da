//! The server's settings as the tree that Mattermost has, as far as there is something to say. They are read from the
//! configuration file at the start, so they are not changed here.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Nothing;
use crate::access::{Admin, SITE_NAME};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::problem::Problem;

/// What stands for a secret.
const HIDDEN: &str = "********************************";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "Mattermost's sections have these names")]
pub(in crate::http) struct SettingsResponse {
    service_settings: ServiceSettings,
    team_settings: TeamSettings,
    sql_settings: SqlSettings,
    file_settings: FileSettings,
    email_settings: EmailSettings,
    password_settings: PasswordSettings,
    privacy_settings: PrivacySettings,
    rate_limit_settings: RateLimitSettings,
    guest_accounts_settings: Switch,
    localization_settings: LocalizationSettings,
    plugin_settings: Switch,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "as on the wire")]
struct ServiceSettings {
    #[serde(rename = "SiteURL")]
    site_url: String,
    listen_address: String,
    enable_incoming_webhooks: bool,
    enable_outgoing_webhooks: bool,
    enable_commands: bool,
    enable_post_username_override: bool,
    enable_post_icon_override: bool,
    enable_bot_account_creation: bool,
    enable_user_access_tokens: bool,
    enable_multifactor_authentication: bool,
    enforce_multifactor_authentication: bool,
    enable_link_previews: bool,
    enable_permalink_previews: bool,
    enable_custom_emoji: bool,
    enable_email_invitations: bool,
    collapsed_threads: &'static str,
    thread_auto_follow: bool,
    post_edit_time_limit: i64,
    session_length_web_in_hours: u32,
    session_idle_timeout_in_minutes: u64,
    enable_developer: bool,
    enable_testing: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "as on the wire")]
struct TeamSettings {
    site_name: &'static str,
    enable_open_server: bool,
    enable_user_creation: bool,
    enable_user_deactivation: bool,
    enable_custom_user_statuses: bool,
    max_channels_per_team: u32,
    restrict_direct_message: &'static str,
    teammate_name_display: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SqlSettings {
    driver_name: &'static str,
    data_source: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileSettings {
    enable_file_attachments: bool,
    max_file_size: u64,
    enable_public_link: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "as on the wire")]
struct EmailSettings {
    enable_sign_up_with_email: bool,
    enable_sign_in_with_email: bool,
    enable_sign_in_with_username: bool,
    send_email_notifications: bool,
    send_push_notifications: bool,
    require_email_verification: bool,
    feedback_email: String,
    #[serde(rename = "SMTPServer")]
    smtp_server: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "as on the wire")]
struct PasswordSettings {
    minimum_length: usize,
    lowercase: bool,
    uppercase: bool,
    number: bool,
    symbol: bool,
    enable_forgot_link: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrivacySettings {
    show_email_address: bool,
    show_full_name: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RateLimitSettings {
    enable: bool,
    per_sec: u32,
    max_burst: u32,
}

/// Settings that only turn a feature on.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Switch {
    enable: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LocalizationSettings {
    default_server_locale: &'static str,
    default_client_locale: &'static str,
    available_locales: &'static str,
}

/// `GET /config`, for administrators.
pub(in crate::http) async fn tree(State(app): State<App>, _: Admin) -> Json<SettingsResponse> {
    let (server, storage) = (&app.config.server, &app.config.storage);
    Json(SettingsResponse {
        service_settings: ServiceSettings::of(&app),
        team_settings: TeamSettings::of(&app),
        sql_settings: SqlSettings { driver_name: "", data_source: hidden(&app.config.database.url) },
        file_settings: FileSettings {
            enable_file_attachments: true,
            max_file_size: storage.max_file,
            enable_public_link: storage.public_links,
        },
        email_settings: EmailSettings::of(&app),
        password_settings: PasswordSettings::of(&app),
        privacy_settings: PrivacySettings {
            show_email_address: app.config.access.show_email_addresses,
            show_full_name: app.config.access.show_full_names,
        },
        rate_limit_settings: RateLimitSettings {
            enable: server.rate_per_second > 0,
            per_sec: server.rate_per_second,
            max_burst: server.rate_burst,
        },
        guest_accounts_settings: Switch { enable: true },
        localization_settings: LocalizationSettings {
            default_server_locale: "en",
            default_client_locale: "en",
            available_locales: "",
        },
        plugin_settings: Switch { enable: false },
    })
}

/// `GET /config/environment`: no setting of the tree is fixed by the environment. Members get no tree at all.
pub(in crate::http) async fn environment(_: Session, admin: Result<Admin, Problem>) -> Json<Option<Nothing>> {
    Json(admin.is_ok().then_some(Nothing {}))
}

/// Stands for a secret; empty if there is none.
fn hidden(secret: &str) -> &'static str {
    if secret.is_empty() { "" } else { HIDDEN }
}

impl ServiceSettings {
    fn of(app: &App) -> Self {
        let (hooks, access) = (&app.config.hooks, &app.config.access);
        Self {
            site_url: app.site_url.to_string(),
            listen_address: app.config.server.listen.to_string(),
            enable_incoming_webhooks: hooks.incoming,
            enable_outgoing_webhooks: hooks.outgoing,
            enable_commands: true,
            enable_post_username_override: hooks.username_override,
            enable_post_icon_override: hooks.icon_override,
            enable_bot_account_creation: true,
            enable_user_access_tokens: true,
            enable_multifactor_authentication: true,
            enforce_multifactor_authentication: false,
            enable_link_previews: false,
            enable_permalink_previews: true,
            enable_custom_emoji: true,
            enable_email_invitations: app.access.sends_mail(),
            collapsed_threads: "always_on",
            thread_auto_follow: true,
            post_edit_time_limit: -1,
            session_length_web_in_hours: access.session_hours,
            session_idle_timeout_in_minutes: u64::from(access.session_idle_hours) * 60,
            enable_developer: false,
            enable_testing: false,
        }
    }
}

impl TeamSettings {
    fn of(app: &App) -> Self {
        Self {
            site_name: SITE_NAME,
            enable_open_server: app.config.access.open_signup,
            enable_user_creation: true,
            enable_user_deactivation: false,
            enable_custom_user_statuses: true,
            max_channels_per_team: app.config.limits.channels_per_team,
            restrict_direct_message: "any",
            teammate_name_display: "username",
        }
    }
}

impl EmailSettings {
    fn of(app: &App) -> Self {
        Self {
            enable_sign_up_with_email: true,
            enable_sign_in_with_email: true,
            enable_sign_in_with_username: true,
            send_email_notifications: false,
            send_push_notifications: false,
            require_email_verification: false,
            feedback_email: app.config.mail.from.clone(),
            smtp_server: hidden(app.config.mail.url.reveal()),
        }
    }
}

impl PasswordSettings {
    fn of(app: &App) -> Self {
        let access = &app.config.access;
        let mixed = access.password_require_mixed;
        Self {
            minimum_length: access.password_min_length,
            lowercase: mixed,
            uppercase: mixed,
            number: mixed,
            symbol: mixed,
            enable_forgot_link: app.access.sends_mail(),
        }
    }
}
