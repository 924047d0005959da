//! `jackfield dev`: a server for development. On an empty database it creates an administrator, a team and webhooks; it
//! builds and installs the plugins in the given folders, and does so again whenever their files change.
//!
//! What it created is stored in `<data>/dev.json`, so that a second start creates nothing and prints the same.

mod setup;
mod watch;
mod welcome;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::plugin::build::build;
use super::serve::{listen, stop_signal};
use super::settings::ServerOptions;
use super::{Failure, out};
use crate::access::Admin;
use crate::app::App;
use crate::clock::Clock;
use crate::model::User;
use crate::{start, telemetry};

#[derive(Debug, Args)]
pub(super) struct DevOptions {
    /// Folders of plugins, or of folders of plugins
    folders: Vec<PathBuf>,
    #[command(flatten)]
    server: ServerOptions,
}

pub(super) async fn run(options: &DevOptions) -> Result<(), Failure> {
    let config = options.server.resolve()?;
    telemetry::start(&config.telemetry)?;
    let data = config.server.data.clone();
    let plugins = plugin_folders(&options.folders)?;
    let listener = listen(config.server.listen).await?;
    let address = listener.local_addr()?;
    let server = start::prepare(config, Clock::system(), address).await?;
    let setup = setup::create(&server.app, &data).await?;
    for folder in &plugins {
        if let Err(failure) = install(&server.app, &setup.admin, folder, &data).await {
            // The other plugins run, and the next change of this one builds it again.
            out::complain(&failure);
        }
    }
    let setup = setup::create_bridge(&server.app, setup, &data).await?;
    out::say(format_args!("listening on http://{address}"));
    out::say(welcome::text(&server.app, &setup, &data)?);
    watch::start(&server.app, setup.admin.clone(), plugins, data);
    server.run(listener, stop_signal()?).await;
    Ok(())
}

/// Builds a plugin and installs it with its permissions granted, because its author is the one who runs `dev`.
async fn install(app: &App, admin: &User, folder: &Path, data: &Path) -> Result<(), Failure> {
    let (folder, out) = (folder.to_owned(), data.join("plugins"));
    out::note(format_args!("building {}", folder.display()));
    let built = tokio::task::spawn_blocking(move || build(&folder, &out)).await??;
    let admin = Admin::prove(Arc::new(admin.clone()))?;
    let uploaded = app.plugins.upload(&admin, built.component).await?;
    let id = uploaded.plugin.id.to_string();
    if app
        .plugins
        .active(&uploaded.plugin.id)
        .is_none_or(|active| active.installed.digest != uploaded.plugin.digest)
    {
        app.plugins.enable(&admin, &id, &uploaded.sheet.digest()).await?;
    }
    out::note(format_args!("{id} {} is enabled", uploaded.plugin.version));
    Ok(())
}

/// Returns the plugin folders: each given folder with a `Cargo.toml`, or else its subfolders that have one.
fn plugin_folders(folders: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut plugins = Vec::new();
    for folder in folders {
        if folder.join("Cargo.toml").is_file() {
            plugins.push(folder.clone());
            continue;
        }
        let listed = std::fs::read_dir(folder)
            .map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
        let mut found: Vec<PathBuf> = listed
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join("Cargo.toml").is_file())
            .collect();
        found.sort();
        plugins.extend(found);
    }
    Ok(plugins)
}
