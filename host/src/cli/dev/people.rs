//! The administrator, the team and the webhooks of a development server.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::access::NewAccount;
use crate::app::App;
use crate::chat::NewTeam;
use crate::cli::Failure;
use crate::hook::{NewBridge, NewHook};
use crate::model::{ChannelId, HookId, User, Verifier};
use crate::secret::{Secret, random_id};

const ADMIN: &str = "admin";
const TEAM: &str = "dev";
const CHANNEL: &str = "town-square";
const GITHUB: &str = "dev.jackfield.github";

/// What stands in `dev.json`. Only for development: it holds credentials as they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Notes {
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

/// A development server's people, found or just made.
pub(super) struct Made {
    pub(super) admin: User,
    /// None on a database that `dev` did not begin: it is left as it is.
    pub(super) notes: Option<Notes>,
}

/// Makes the administrator, the team and a webhook on an empty database; else reads what was made.
pub(super) async fn make(app: &App, data: &Path) -> Result<Made, Failure> {
    if app.store.any_user().await? {
        return found(app, data).await;
    }
    let password = random_id();
    let new = NewAccount {
        username: ADMIN.to_owned(),
        email: "admin@localhost.localdomain".to_owned(),
        password: password.clone(),
        ..NewAccount::default()
    };
    let admin = app.access.create_account(new, true).await?;
    let token = app.access.issue_token(&admin, "made by `jackfield dev`").await?;
    let team = NewTeam { name: TEAM.to_owned(), display_name: "Development".to_owned(), open: true };
    let team = app.chat.create_team(&admin, team).await?;
    let channel = app.chat.readable_channel_by_name(&admin, &team.id, CHANNEL, false).await?;
    let hook = NewHook {
        channel_id: channel.id.clone(),
        display_name: "First webhook".to_owned(),
        description: String::new(),
        username: String::new(),
        icon_url: String::new(),
        channel_locked: false,
        bridge: None,
        verifier: Verifier::None,
        sealed_secret: None,
    };
    let hook = app.hooks.create(&admin, hook).await?;
    let notes = Notes {
        username: admin.username.clone(),
        password,
        token: token.secret.reveal().to_owned(),
        team: team.name,
        channel_id: channel.id,
        hook: hook.id,
        bridge: None,
    };
    write(data, &notes)?;
    Ok(Made { admin, notes: Some(notes) })
}

/// Adds a GitHub bridge when its plugin runs and there is none yet.
pub(super) async fn make_bridge(app: &App, made: Made, data: &Path) -> Result<Made, Failure> {
    let Some(mut notes) = made.notes else { return Ok(made) };
    let runs = GITHUB.parse().is_ok_and(|id| app.plugins.active(&id).is_some());
    if runs && notes.bridge.is_none() {
        let secret = random_id();
        let new = NewBridge {
            plugin: GITHUB.to_owned(),
            bridge: "github".to_owned(),
            channel_id: notes.channel_id.clone(),
            verifier: None,
            secret: Some(Secret::new(secret.clone())),
            display_name: "GitHub".to_owned(),
        };
        let hook = app.hooks.create_bridge(&made.admin, new).await?;
        notes.bridge = Some(Bridge { hook: hook.id, secret });
        write(data, &notes)?;
    }
    Ok(Made { notes: Some(notes), ..made })
}

async fn found(app: &App, data: &Path) -> Result<Made, Failure> {
    let path = data.join("dev.json");
    let notes: Option<Notes> = match std::fs::read(&path) {
        Ok(bytes) => {
            Some(serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))?)
        }
        Err(_) => None,
    };
    let name = notes.as_ref().map_or(ADMIN, |notes| notes.username.as_str());
    match app.access.user_by_username(name).await {
        Ok(admin) => Ok(Made { admin, notes }),
        Err(_) => Err(format!(
            "the database has accounts but no administrator `{name}`: use `jackfield serve` with it, or --data with another folder"
        )
        .into()),
    }
}

/// Written aside and renamed, readable by its owner only.
fn write(data: &Path, notes: &Notes) -> Result<(), Failure> {
    use std::io::Write;
    let (path, aside) = (data.join("dev.json"), data.join("dev.json.new"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&aside).and_then(|mut file| {
        file.write_all(serde_json::to_string_pretty(notes)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&aside, &path)
    });
    written.map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}
