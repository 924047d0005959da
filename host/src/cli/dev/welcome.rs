//! What `dev` prints: how to log in, and commands to paste.

use std::fmt::Write;
use std::path::Path;

use super::setup::{Credentials, Setup};
use crate::app::App;
use crate::cli::Failure;
use crate::secret::hmac_sha256_hex;

/// A push as GitHub sends it, shortened to what the bridge reads.
const PUSH: &str = include_str!("push.json");

pub(super) fn text(app: &App, setup: &Setup, data: &Path) -> Result<String, Failure> {
    let Some(credentials) = &setup.credentials else {
        return Ok("`jackfield dev` did not create this database: log in with an account it has.".to_owned());
    };
    let url = &app.site_url;
    let mut text = format!(
        "\nLog in as {} with the password {}\nor send this token: {}\n\nPost through an incoming webhook:\n\n\
         \x20 curl -H 'Content-Type: application/json' -d '{{\"text\":\"Hello from curl\"}}' {url}/hooks/{}\n",
        credentials.username, credentials.password, credentials.token, credentials.hook
    );
    if let Some(line) = push(app, credentials, data)? {
        write!(text, "\nDeliver a push to the GitHub bridge:\n\n  {line}\n")?;
    }
    if let Some(command) = command(app) {
        write!(
            text,
            "\nRun a slash command:\n\n  curl -H 'Authorization: Bearer {}' -d '{{\"channel_id\":\"{}\",\"command\":\"{command}\"}}' {url}/api/v4/commands/execute\n",
            credentials.token, credentials.channel_id
        )?;
    }
    write!(
        text,
        "\nRead the channel:\n\n  curl -H 'Authorization: Bearer {}' {url}/api/v4/channels/{}/posts\n",
        credentials.token, credentials.channel_id
    )?;
    Ok(text)
}

/// The push is sent from a file, so that its bytes match the signature; each paste counts as a new delivery.
fn push(app: &App, credentials: &Credentials, data: &Path) -> Result<Option<String>, Failure> {
    let Some(bridge) = &credentials.bridge else { return Ok(None) };
    let path = data.join("github-push.json");
    // Absolute, so that the command works wherever it is pasted.
    let path = std::fs::write(&path, PUSH)
        .and_then(|()| path.canonicalize())
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    let signature = hmac_sha256_hex(bridge.secret.as_bytes(), PUSH.as_bytes());
    Ok(Some(format!(
        "curl -H 'Content-Type: application/json' -H 'X-GitHub-Event: push' -H \"X-GitHub-Delivery: $(date +%s%N)\" \
         -H 'X-Hub-Signature-256: sha256={signature}' --data-binary '@{}' {}/hooks/{}",
        path.display(),
        app.site_url,
        bridge.hook
    )))
}

/// Returns a command of one of the plugins.
fn command(app: &App) -> Option<String> {
    if app.plugins.command("roll").is_some() {
        return Some("/roll 2d6+1".to_owned());
    }
    app.plugins.commands("", 1).first().map(|command| format!("/{}", command.record().trigger))
}
