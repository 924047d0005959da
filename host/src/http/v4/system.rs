//! What clients read when they start: the server's health, settings and licence.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::app::App;
use crate::http::auth::Session;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::http::response_headers::COMPATIBLE_VERSION;

#[derive(Serialize)]
pub(in crate::http) struct PingResponse {
    status: &'static str,
    #[serde(rename = "AndroidLatestVersion")]
    android_latest_version: &'static str,
    #[serde(rename = "AndroidMinVersion")]
    android_min_version: &'static str,
    #[serde(rename = "IosLatestVersion")]
    ios_latest_version: &'static str,
    #[serde(rename = "IosMinVersion")]
    ios_min_version: &'static str,
    #[serde(rename = "ActiveSearchBackend")]
    active_search_backend: &'static str,
    #[serde(flatten)]
    health: Option<Health>,
}

/// The health of the server's parts.
#[derive(Serialize)]
struct Health {
    database_status: &'static str,
    filestore_status: &'static str,
}

/// The settings as a flat map of texts.
type Settings = BTreeMap<&'static str, String>;

#[derive(Serialize)]
pub(in crate::http) struct LicenseResponse {
    #[serde(rename = "IsLicensed")]
    is_licensed: &'static str,
}

/// `GET /system/ping`: returns OK; with `get_server_status=true` also the health of database and file store.
pub(in crate::http) async fn ping(State(app): State<App>, query: Query) -> Json<PingResponse> {
    let mut response = PingResponse {
        status: "OK",
        android_latest_version: "",
        android_min_version: "",
        ios_latest_version: "",
        ios_min_version: "",
        active_search_backend: "database",
        health: None,
    };
    if query.flag("get_server_status") {
        let status = |works: bool| if works { "OK" } else { "UNHEALTHY" };
        let (database, files) = (app.store.ping().await.is_ok(), app.blobs.check().await.is_ok());
        response.status = status(database && files);
        response.health = Some(Health { database_status: status(database), filestore_status: status(files) });
    }
    Json(response)
}

/// `GET /config/client?format=old`. An anonymous client gets what a sign-in page needs.
pub(in crate::http) async fn config(
    State(app): State<App>,
    session: Option<Session>,
    query: Query,
) -> Result<Json<Settings>, Problem> {
    check_format(&query)?;
    let mut settings = for_all_clients(&app);
    settings.insert("NoAccounts", (!app.store.any_user().await?).to_string());
    if session.is_some() {
        settings.extend(for_signed_in(&app));
    }
    Ok(Json(settings))
}

/// `GET /license/client?format=old`: this server has no licences; every feature works without one.
pub(in crate::http) async fn license(query: Query) -> Result<Json<LicenseResponse>, Problem> {
    check_format(&query)?;
    Ok(Json(LicenseResponse { is_licensed: "false" }))
}

/// Refuses other formats, because a client that requests one would misread this one.
fn check_format(query: &Query) -> Result<(), Problem> {
    match query.text("format").as_str() {
        "" | "old" => Ok(()),
        _ => Err(Problem::parameter("format", "`old` is the only one")),
    }
}

fn for_all_clients(app: &App) -> Settings {
    BTreeMap::from([
        ("Version", COMPATIBLE_VERSION.to_owned()),
        ("BuildNumber", "jackfield".to_owned()),
        ("BuildEnterpriseReady", no()),
        ("SiteName", "Jackfield".to_owned()),
        ("SiteURL", app.site_url.to_string()),
        ("WebsocketURL", app.site_url.replacen("http", "ws", 1)),
        ("DefaultClientLocale", "en".to_owned()),
        ("AvailableLocales", String::new()),
        ("PasswordMinimumLength", app.config.access.password_min_length.to_string()),
        ("EnableOpenServer", app.config.access.open_signup.to_string()),
        ("EnableUserCreation", yes()),
        ("EnableSignUpWithEmail", app.config.access.open_signup.to_string()),
        ("EnableSignInWithEmail", yes()),
        ("EnableSignInWithUsername", yes()),
        ("EnableSignUpWithGitLab", no()),
        ("EnableSignUpWithGoogle", no()),
        ("EnableSignUpWithOffice365", no()),
        ("EnableSignUpWithOpenId", no()),
        ("EnableLdap", no()),
        ("EnableSaml", no()),
        ("EnableMultifactorAuthentication", no()),
        ("EnforceMultifactorAuthentication", no()),
        ("EnableGuestAccounts", yes()),
        ("GuestAccountsEnforceMultifactorAuthentication", no()),
        ("EnableCustomBrand", no()),
        ("EnableCustomEmoji", yes()),
        ("EnableDiagnostics", no()),
        ("DiagnosticsEnabled", no()),
        ("HasImageProxy", no()),
        ("PluginsEnabled", no()),
    ])
}

fn for_signed_in(app: &App) -> Settings {
    let hooks = &app.config.hooks;
    BTreeMap::from([
        // The exact version helps attackers, so only users see it.
        ("BuildNumber", concat!("jackfield-", env!("CARGO_PKG_VERSION")).to_owned()),
        ("MaxFileSize", app.config.storage.max_file.to_string()),
        ("MaxPostSize", crate::model::MAX_MESSAGE_CHARS.to_string()),
        ("EnableFileAttachments", yes()),
        ("EnableMobileFileUpload", yes()),
        ("EnableMobileFileDownload", yes()),
        ("EnablePublicLink", app.config.storage.public_links.to_string()),
        ("EnableIncomingWebhooks", hooks.incoming.to_string()),
        ("EnableOutgoingWebhooks", no()),
        ("EnableCommands", yes()),
        ("EnablePostUsernameOverride", hooks.username_override.to_string()),
        ("EnablePostIconOverride", hooks.icon_override.to_string()),
        ("EnableOAuthServiceProvider", no()),
        ("EnableBotAccountCreation", yes()),
        ("EnableUserAccessTokens", yes()),
        ("ShowEmailAddress", app.config.access.show_email_addresses.to_string()),
        ("ShowFullName", app.config.access.show_full_names.to_string()),
        ("EnableUserStatuses", yes()),
        ("EnableUserTypingMessages", yes()),
        ("EnableChannelViewedMessages", yes()),
        ("EnableEmojiPicker", yes()),
        ("EnableGifPicker", no()),
        ("EnableLatex", no()),
        ("EnableLinkPreviews", no()),
        ("EnablePermalinkPreviews", no()),
        ("EnableSVGs", no()),
        ("EnableTutorial", no()),
        ("EnablePreviewFeatures", no()),
        ("EnableEmailNotifications", no()),
        ("SendEmailNotifications", no()),
        ("SendPushNotifications", no()),
        ("EnableClientPerformanceDebugging", no()),
        ("RestrictDirectMessage", "any".to_owned()),
        ("TeammateNameDisplay", "username".to_owned()),
        ("PostEditTimeLimit", "-1".to_owned()),
        ("MaxNotificationsPerChannel", "1000".to_owned()),
        ("TimeBetweenUserTypingUpdatesMilliseconds", "5000".to_owned()),
        ("CollapsedThreads", "disabled".to_owned()),
        ("ThreadAutoFollow", no()),
        ("PostPriority", no()),
        ("ScheduledPosts", no()),
        ("PersistentNotificationsEnabled", no()),
        ("EnableReliableWebSockets", yes()),
        ("ExperimentalEnableAutomaticReplies", no()),
        ("BuildDate", String::new()),
        ("BuildHash", String::new()),
    ])
}

fn yes() -> String {
    "true".to_owned()
}

fn no() -> String {
    "false".to_owned()
}
