//! Builds and installs plugins again when their files change.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::install;
use crate::app::App;
use crate::cli::{Failure, out};
use crate::model::User;

/// How often the folders are polled. Polling works on every file system, unlike notifications.
const INTERVAL: Duration = Duration::from_secs(1);

/// Folders that builds and tools write, not authors.
const IGNORED: [&str; 3] = ["target", "vendor", ".git"];

/// Polls until the server stops. A plugin's running version stays until the new one is built and installed.
pub(super) fn start(app: &App, admin: User, folders: Vec<PathBuf>, data: PathBuf) {
    let (app, tasks) = (app.clone(), app.tasks.clone());
    let mut seen: Vec<Option<SystemTime>> = folders.iter().map(|folder| newest(folder)).collect();
    app.tasks.clone().spawn(async move {
        loop {
            tokio::select! {
                () = tasks.stopping() => return,
                () = tokio::time::sleep(INTERVAL) => {}
            }
            for (folder, seen) in folders.iter().zip(&mut seen) {
                let now = newest(folder);
                if now == *seen {
                    continue;
                }
                *seen = now;
                let installed: Result<(), Failure> = install(&app, &admin, folder, &data).await;
                if let Err(failure) = installed {
                    out::complain(&failure);
                }
            }
        }
    });
}

/// Returns when a file in a plugin's folder was last written.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let ignored = entry.file_name().to_str().is_some_and(|name| IGNORED.contains(&name));
            match entry.file_type().ok()? {
                kind if kind.is_dir() && !ignored => newest(&entry.path()),
                kind if kind.is_file() => entry.metadata().ok()?.modified().ok(),
                _ => None,
            }
        })
        .max()
}
