//! Bridges: incoming webhooks that a plugin reads.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::hook::NewBridge;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::model::{IncomingHook, ReceiptCounts, Verifier};
use crate::secret::Secret;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    plugin: String,
    bridge: String,
    channel_id: String,
    /// Absent: as the plugin declares. Another one only where the plugin declares no check.
    verifier: Option<Verifier>,
    secret: Option<String>,
    display_name: String,
}

/// `POST /bridges`: 201 with the address for the sender. The secret is sealed and never shown again.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let new = NewBridge {
        plugin: asked.plugin,
        bridge: asked.bridge,
        channel_id: json::id("channel_id", &asked.channel_id)?,
        verifier: asked.verifier,
        secret: asked.secret.filter(|secret| !secret.is_empty()).map(Secret::new),
        display_name: asked.display_name,
    };
    let hook = app.hooks.create_bridge(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(wire(&app, &hook, ReceiptCounts::default()))))
}

/// `GET /bridges`: those one may manage, with how often each outcome happened.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let mut bridges = Vec::new();
    for (hook, counts) in app.hooks.bridges(session.user(), page.offset, page.limit).await? {
        bridges.push(wire(&app, &hook, counts));
    }
    Ok(Json(Value::Array(bridges)))
}

fn wire(app: &App, hook: &IncomingHook, counts: ReceiptCounts) -> Value {
    let (plugin, bridge) = hook.bridge.clone().unzip();
    json!({
        "id": hook.id, "url": format!("{}/hooks/{}", app.site_url, hook.id), "plugin": plugin, "bridge": bridge,
        "channel_id": hook.channel_id, "verifier": hook.verifier, "has_secret": hook.sealed_secret.is_some(),
        "display_name": hook.display_name, "create_at": hook.create_at, "receipts": counts,
    })
}
