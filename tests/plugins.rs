//! Plugins over the API: installing and running them, and containing their failures.

mod bridge;
mod broken;
mod commands;
mod consent;
mod deliveries;
mod edits;
pub(crate) mod made;
mod misbehaviour;
mod rights;
mod triggers;
mod values;

use jackfield_tests::{TestClient, TestResponse};
use serde_json::json;

const PLUGINS: &str = "/api/jackfield/v1/plugins";
const DICE: &str = "dev.jackfield.dice";

/// Executes a command line in a channel.
async fn typed(by: &TestClient, channel_id: &str, line: &str) -> TestResponse {
    by.post("/api/v4/commands/execute", json!({"channel_id": channel_id, "command": line})).await
}

async fn upload(by: &TestClient, package: Vec<u8>) -> TestResponse {
    by.post_raw(PLUGINS, Some("application/wasm"), package).await
}

/// Consents to a permission sheet.
async fn enable(by: &TestClient, plugin: &str, sheet_digest: &str) -> TestResponse {
    by.post(&format!("{PLUGINS}/{plugin}/enable"), json!({"sheet_digest": sheet_digest})).await
}

async fn disable(by: &TestClient, plugin: &str) -> TestResponse {
    by.post(&format!("{PLUGINS}/{plugin}/disable"), json!({})).await
}
