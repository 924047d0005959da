//! What clients ask at their start: whether the server is well, how it is set, which licence it has.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::http::auth::Session;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::http::response_headers::COMPATIBLE_VERSION;

/// `GET /system/ping`: says OK; with `get_server_status=true` also whether database and files answer.
pub(in crate::http) async fn ping(State(app): State<App>, query: Query) -> Json<Value> {
    let mut answer = json!({
        "status": "OK", "AndroidLatestVersion": "", "AndroidMinVersion": "", "IosLatestVersion": "",
        "IosMinVersion": "", "ActiveSearchBackend": "database",
    });
    if query.flag("get_server_status") {
        let state = |well: bool| if well { "OK" } else { "UNHEALTHY" };
        let (database, files) = (app.store.ping().await.is_ok(), app.blobs.check().await.is_ok());
        answer["database_status"] = json!(state(database));
        answer["filestore_status"] = json!(state(files));
        answer["status"] = json!(state(database && files));
    }
    Json(answer)
}

/// `GET /config/client?format=old`: a flat map of texts. Who is not signed in gets what the sign-in page needs.
pub(in crate::http) async fn config(
    State(app): State<App>,
    session: Option<Session>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    old_format(&query)?;
    let mut settings = for_anybody(&app);
    settings.insert("NoAccounts".to_owned(), json!((!app.store.any_user().await?).to_string()));
    if session.is_some() {
        settings.extend(for_members(&app));
    }
    Ok(Json(Value::Object(settings)))
}

/// `GET /license/client?format=old`: there are no licences here, and nothing is held back for one.
pub(in crate::http) async fn license(query: Query) -> Result<Json<Value>, Problem> {
    old_format(&query)?;
    Ok(Json(json!({"IsLicensed": "false"})))
}

/// There is one format; a client that names another one would misread it.
fn old_format(query: &Query) -> Result<(), Problem> {
    match query.text("format").as_str() {
        "" | "old" => Ok(()),
        _ => Err(Problem::parameter("format", "`old` is the only one there is")),
    }
}

fn for_anybody(app: &App) -> Map<String, Value> {
    texts([
        ("Version", COMPATIBLE_VERSION.to_owned()),
        ("BuildNumber", concat!("jackfield-", env!("CARGO_PKG_VERSION")).to_owned()),
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

fn for_members(app: &App) -> Map<String, Value> {
    let hooks = &app.config.hooks;
    texts([
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

fn texts<const N: usize>(pairs: [(&str, String); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}

fn yes() -> String {
    "true".to_owned()
}

fn no() -> String {
    "false".to_owned()
}
