//! The administrator, the team and the webhooks of a development server.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::access::NewAccount;
use crate::app::App;
use crate::chat::NewTeam;
use crate::cli::Failure;
use crate::hook::{HookSettings, NewBridge, NewHook};
use crate::model::{ChannelId, HookId, TeamKind, User, Verifier};
use crate::secret::{Secret, random_id};

const ADMIN: &str = "admin";
const TEAM: &str = "dev";
const CHANNEL: &str = "town-square";
const GITHUB: &str = "dev.jackfield.github";

/// The content of `dev.json`. Only for development: it holds credentials in plain text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Credentials {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) token: String,
    pub(super) team: String,
    pub(super) channel_id: ChannelId,
    pub(super) hook: HookId,
    pub(super) bridge: Option<Bridge>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bridge {
    pub(super) hook: HookId,
    pub(super) secret: String,
}

/// What a development server has, whether created now or at an earlier start.
pub(super) struct Setup {
    pub(super) admin: User,
    /// Is None if `dev` did not create the database; such a database is left unchanged.
    pub(super) credentials: Option<Credentials>,
}

/// Creates the administrator, the team and a webhook on an empty database; otherwise reads what was created.
pub(super) async fn create(app: &App, data: &Path) -> Result<Setup, Failure> {
    if app.store.any_user().await? {
        return existing(app, data).await;
    }
    let password = random_id();
    let new = NewAccount {
        username: ADMIN.to_owned(),
        email: "admin@localhost.localdomain".to_owned(),
        password: password.clone(),
        ..NewAccount::default()
    };
    let admin = app.access.create_account(new, true).await?;
    let token = app.access.issue_token(&admin, "created by `jackfield dev`").await?;
    let team = NewTeam {
        name: TEAM.to_owned(),
        display_name: "Development".to_owned(),
        description: String::new(),
        kind: TeamKind::Open,
        open: true,
        company_name: String::new(),
        allowed_domains: String::new(),
    };
    let team = app.chat.create_team(&admin, team).await?;
    let channel = app.chat.visible_channel_by_name(&admin, &team.id, CHANNEL, false).await?;
    let settings = HookSettings {
        channel_id: channel.id.clone(),
        display_name: "First webhook".to_owned(),
        description: String::new(),
        username: String::new(),
        icon_url: String::new(),
        channel_locked: false,
    };
    let hook =
        NewHook { settings, user_id: None, bridge: None, verifier: Verifier::None, sealed_secret: None };
    let hook = app.hooks.create(&admin, hook).await?;
    let credentials = Credentials {
        username: admin.username.clone(),
        password,
        token: token.secret.reveal().to_owned(),
        team: team.name,
        channel_id: channel.id.clone(),
        hook: hook.id,
        bridge: None,
    };
    write(data, &credentials)?;
    Ok(Setup { admin, credentials: Some(credentials) })
}

/// Creates a GitHub bridge if its plugin runs and there is none yet.
pub(super) async fn create_bridge(app: &App, setup: Setup, data: &Path) -> Result<Setup, Failure> {
    let Some(mut credentials) = setup.credentials else { return Ok(setup) };
    let runs = GITHUB.parse().is_ok_and(|id| app.plugins.active(&id).is_some());
    if runs && credentials.bridge.is_none() {
        let secret = random_id();
        let new = NewBridge {
            plugin: GITHUB.to_owned(),
            bridge: "github".to_owned(),
            channel_id: credentials.channel_id.clone(),
            user_id: None,
            verifier: None,
            secret: Some(Secret::new(secret.clone())),
            display_name: "GitHub".to_owned(),
        };
        let hook = app.hooks.create_bridge(&setup.admin, new).await?;
        credentials.bridge = Some(Bridge { hook: hook.id, secret });
        write(data, &credentials)?;
    }
    Ok(Setup { credentials: Some(credentials), ..setup })
}

async fn existing(app: &App, data: &Path) -> Result<Setup, Failure> {
    let path = data.join("dev.json");
    let credentials: Option<Credentials> = match std::fs::read(&path) {
        Ok(bytes) => {
            Some(serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))?)
        }
        Err(_) => None,
    };
    let name = credentials.as_ref().map_or(ADMIN, |credentials| credentials.username.as_str());
    match app.access.user_by_username(name).await {
        Ok(admin) => Ok(Setup { admin, credentials }),
        Err(_) => Err(format!(
            "the database has accounts but no administrator `{name}`; use `jackfield serve` with it, or --data with another folder"
        )
        .into()),
    }
}

/// Replaces the file atomically, readable by its owner only.
fn write(data: &Path, credentials: &Credentials) -> Result<(), Failure> {
    use std::io::Write;
    let (path, aside) = (data.join("dev.json"), data.join("dev.json.new"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&aside).and_then(|mut file| {
        file.write_all(serde_json::to_string_pretty(credentials)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&aside, &path)
    });
    written.map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}
