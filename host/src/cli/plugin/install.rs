//! `jackfield plugin install` and `list`, which call a server's API.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{Failure, out};
use crate::egress::OperatorClient;
use crate::plugin::package::Package;
use crate::plugin::sheet::Sheet;

/// The server to call, and the access token to use.
#[derive(Debug, Clone, Args)]
pub(super) struct RemoteServer {
    /// The server's address
    #[arg(long, env = "JACKFIELD_SERVER", value_name = "URL", default_value = "http://127.0.0.1:8065")]
    server: String,
    /// An administrator's access token
    #[arg(long, env = "JACKFIELD_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct InstallOptions {
    /// The plugin's .wasm file
    file: PathBuf,
    /// Agree to the permission sheet without being asked
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: RemoteServer,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListPlugins {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: RemoteServer,
}

pub(super) async fn run(options: &InstallOptions) -> Result<(), Failure> {
    let path = options.file.display();
    let bytes = std::fs::read(&options.file).map_err(|error| format!("cannot read {path}: {error}"))?;
    // The file is read here too, so that the sheet shown comes from the file and not from the server's response.
    let package = Package::read(&bytes).map_err(|error| format!("{path}: {error}"))?;
    let sheet = Sheet::of(&package);
    out::say(&sheet);
    if !options.yes && !agreed()? {
        return Err("not installed: you did not agree to the permission sheet".into());
    }
    let server = &options.server;
    let uploaded = server.call("POST", "plugins", Some(bytes)).await?;
    let id = uploaded["id"].as_str().unwrap_or_default();
    let consent = json!({"sheet_digest": sheet.digest()}).to_string().into_bytes();
    let enabled = server.call("POST", &format!("plugins/{id}/enable"), Some(consent)).await?;
    let text = |key: &str| enabled[key].as_str().unwrap_or_default().to_owned();
    out::say(format_args!("{} {} is {}", text("id"), text("version"), text("state")));
    Ok(())
}

pub(super) async fn list(options: &ListPlugins) -> Result<(), Failure> {
    let plugins = options.server.list("plugins").await?;
    if options.json {
        out::say(Value::Array(plugins));
        return Ok(());
    }
    for plugin in &plugins {
        let text = |key: &str| plugin[key].as_str().unwrap_or_default();
        let problem = if text("state") == "enabled" && plugin["running"] == false {
            " (does not load: see the log)"
        } else {
            ""
        };
        out::say(format_args!("{:40} {:12} {}{problem}", text("id"), text("version"), text("state")));
    }
    Ok(())
}

fn agreed() -> Result<bool, Failure> {
    let input = std::io::stdin().lock();
    if !input.is_terminal() {
        return Err(
            "there is no terminal to ask for consent; read the permission sheet, then add --yes".into()
        );
    }
    out::note("Do you agree? [y/N]");
    let answer = input.lines().next().transpose()?.unwrap_or_default();
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

impl RemoteServer {
    /// Fetches every row of a list, page by page.
    async fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut rows = Vec::new();
        let mut page = self.call("GET", path, None).await?;
        loop {
            rows.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            let Some(cursor) = page["next_cursor"].as_str() else { return Ok(rows) };
            page = self.call("GET", &format!("{path}?cursor={cursor}"), None).await?;
        }
    }

    async fn call(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Value, Failure> {
        let address = format!("{}/api/jackfield/v1/{path}", self.server.trim_end_matches('/'));
        let client = OperatorClient::new()?;
        let request =
            client.request(method.parse()?, &address).bearer_auth(&self.token).body(body.unwrap_or_default());
        let response =
            request.send().await.map_err(|error| format!("cannot reach {}: {error}", self.server))?;
        let status = response.status();
        let answer: Value = response.json().await.unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let reason =
            answer["detail"].as_str().or(answer["message"].as_str()).unwrap_or("no reason given").to_owned();
        Err(format!("the server refused ({status}): {reason}").into())
    }
}
