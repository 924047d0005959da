//! Bridges: incoming webhooks that a plugin reads.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::{Cursor, Page, Paging};
use crate::app::App;
use crate::hook::NewBridge;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::problem::Problem;
use crate::model::{ChannelId, HookId, IncomingHook, PluginId, ReceiptCounts, Timestamp, UserId, Verifier};
use crate::secret::Secret;

#[derive(Deserialize, Default, ToSchema)]
#[serde(default)]
pub(super) struct CreateBridge {
    /// The plugin's id.
    #[schema(required = true)]
    plugin: String,
    /// The name that the plugin gives its bridge.
    #[schema(required = true)]
    bridge: String,
    /// Where the bridge posts.
    #[schema(required = true, value_type = ChannelId)]
    channel_id: String,
    /// The author of its messages. Absent: the caller, and the bridge stops when they are deactivated, leave the team
    /// or become a guest. If a system administrator names another account, the bridge works on regardless.
    #[schema(value_type = Option<UserId>)]
    user_id: String,
    /// How requests are verified. Absent: as the plugin declares. Another verifier is possible only if the plugin
    /// declares none.
    verifier: Option<Verifier>,
    /// What sender and verifier share.
    secret: Option<String>,
    /// Empty: the plugin's name.
    display_name: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BridgeResponse {
    /// Also the credential that the address holds.
    id: HookId,
    /// Where the sender posts.
    url: String,
    plugin: Option<PluginId>,
    bridge: Option<String>,
    channel_id: ChannelId,
    verifier: Verifier,
    /// Whether a secret is stored; it is never shown.
    has_secret: bool,
    display_name: String,
    create_at: Timestamp,
    /// How often each outcome happened.
    receipts: ReceiptCounts,
}

/// Creates a bridge. Its secret is sealed and never shown again.
#[utoipa::path(
    post, path = "/bridges", operation_id = "create_bridge", tag = "bridges", request_body = CreateBridge,
    responses((status = CREATED, description = "The bridge, with the address for the sender", body = BridgeResponse)),
)]
pub(super) async fn create(
    State(app): State<App>,
    session: Session,
    json::Json(create): json::Json<CreateBridge>,
) -> Result<(StatusCode, Json<BridgeResponse>), Problem> {
    let new = NewBridge {
        plugin: create.plugin,
        bridge: create.bridge,
        channel_id: json::id("channel_id", &create.channel_id)?,
        user_id: json::optional_id("user_id", &create.user_id)?,
        verifier: create.verifier,
        secret: create.secret.filter(|secret| !secret.is_empty()).map(Secret::new),
        display_name: create.display_name,
    };
    let hook = app.hooks.create_bridge(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(BridgeResponse::new(&app, hook, ReceiptCounts::default()))))
}

/// Lists the bridges that the caller may manage, oldest first.
#[utoipa::path(
    get, path = "/bridges", operation_id = "list_bridges", tag = "bridges", params(Paging),
    responses((status = OK, description = "A page of bridges", body = Page<BridgeResponse>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    session: Session,
    paging: Paging,
) -> Result<Json<Page<BridgeResponse>>, Problem> {
    let bridges = app.hooks.bridges(session.user(), paging.after_moment()?.as_ref(), paging.rows()).await?;
    Ok(Json(paging.page(
        bridges,
        |(hook, _)| Cursor::at_moment(hook.create_at, &hook.id),
        |(hook, counts)| BridgeResponse::new(&app, hook, counts),
    )))
}

impl BridgeResponse {
    fn new(app: &App, hook: IncomingHook, receipts: ReceiptCounts) -> Self {
        let (plugin, bridge) = hook.bridge.unzip();
        Self {
            url: format!("{}/hooks/{}", app.site_url, hook.id),
            id: hook.id,
            plugin,
            bridge,
            channel_id: hook.channel_id,
            verifier: hook.verifier,
            has_secret: hook.sealed_secret.is_some(),
            display_name: hook.display_name,
            create_at: hook.create_at,
            receipts,
        }
    }
}
