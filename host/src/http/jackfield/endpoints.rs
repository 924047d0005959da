//! The addresses of outgoing webhooks.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::query::TypedQuery;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::problem::Problem;
use crate::http::{json, params};
use crate::model::{EndpointId, HookEndpoint, OutgoingHookId, Timestamp};
use crate::secret::Secret;

/// How long the old secret signs too by default, and at most, in seconds.
const OVERLAP_S: u32 = 24 * 60 * 60;
const MAX_OVERLAP_S: u32 = 7 * OVERLAP_S;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListEndpoints {
    /// The outgoing webhook.
    hook: OutgoingHookId,
}

#[derive(Deserialize, Default, ToSchema)]
#[serde(default)]
pub(super) struct RotateSecret {
    /// How long the old secret signs too, in seconds: a day by default, 7 days at most.
    overlap_s: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct EndpointResponse {
    id: EndpointId,
    hook_id: OutgoingHookId,
    url: String,
    /// Whether requests are sent. While it is disabled, they are held.
    enabled: bool,
    disabled_at: Timestamp,
    disabled_reason: String,
    /// Since when every attempt has failed; 0 while the last one succeeded. After 5 days the address is disabled.
    failing_since: Timestamp,
    /// Until when the secret before the last rotation signs too.
    previous_until: Timestamp,
    create_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(super) struct RotatedSecret {
    #[serde(flatten)]
    endpoint: EndpointResponse,
    /// The new secret, in the form of Standard Webhooks. Only this response shows it.
    secret: String,
}

/// Lists the addresses of an outgoing webhook that the caller may manage.
#[utoipa::path(
    get, path = "/endpoints", operation_id = "list_endpoints", tag = "deliveries", params(ListEndpoints),
    responses((status = OK, description = "The addresses", body = Vec<EndpointResponse>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    session: Session,
    TypedQuery(query): TypedQuery<ListEndpoints>,
) -> Result<Json<Vec<EndpointResponse>>, Problem> {
    let endpoints = app.outgoing.endpoints(session.user(), &query.hook).await?;
    Ok(Json(endpoints.into_iter().map(EndpointResponse::from).collect()))
}

/// Returns an address.
#[utoipa::path(
    get, path = "/endpoints/{endpoint}", operation_id = "get_endpoint", tag = "deliveries",
    params(("endpoint" = EndpointId, Path, description = "The address's id")),
    responses((status = OK, description = "The address", body = EndpointResponse)),
)]
pub(super) async fn get(
    State(app): State<App>,
    session: Session,
    Path(endpoint): Path<String>,
) -> Result<Json<EndpointResponse>, Problem> {
    let id = params::id("endpoint_id", &endpoint)?;
    Ok(Json(app.outgoing.endpoint(session.user(), &id).await?.into()))
}

/// Disables an address. What would be sent there is held until it is enabled.
#[utoipa::path(
    post, path = "/endpoints/{endpoint}/pause", operation_id = "pause_endpoint", tag = "deliveries",
    params(("endpoint" = EndpointId, Path, description = "The address's id")),
    responses((status = OK, description = "The address", body = EndpointResponse)),
)]
pub(super) async fn pause(
    State(app): State<App>,
    session: Session,
    Path(endpoint): Path<String>,
) -> Result<Json<EndpointResponse>, Problem> {
    let id = params::id("endpoint_id", &endpoint)?;
    Ok(Json(app.outgoing.pause(session.user(), &id).await?.into()))
}

/// Enables an address, and sends what was held, the oldest first.
#[utoipa::path(
    post, path = "/endpoints/{endpoint}/resume", operation_id = "resume_endpoint", tag = "deliveries",
    params(("endpoint" = EndpointId, Path, description = "The address's id")),
    responses((status = OK, description = "The address", body = EndpointResponse)),
)]
pub(super) async fn resume(
    State(app): State<App>,
    session: Session,
    Path(endpoint): Path<String>,
) -> Result<Json<EndpointResponse>, Problem> {
    let id = params::id("endpoint_id", &endpoint)?;
    Ok(Json(app.outgoing.resume(session.user(), &id).await?.into()))
}

/// Gives an address a new secret for signatures, and shows it once. The old secret signs too for a while.
#[utoipa::path(
    post, path = "/endpoints/{endpoint}/secrets/rotate", operation_id = "rotate_endpoint_secret", tag = "deliveries",
    request_body = RotateSecret,
    params(("endpoint" = EndpointId, Path, description = "The address's id")),
    responses((status = OK, description = "The address with its new secret", body = RotatedSecret)),
)]
pub(super) async fn rotate(
    State(app): State<App>,
    session: Session,
    Path(endpoint): Path<String>,
    json::Json(rotate): json::Json<RotateSecret>,
) -> Result<Json<RotatedSecret>, Problem> {
    let id = params::id("endpoint_id", &endpoint)?;
    let overlap = rotate.overlap_s.unwrap_or(OVERLAP_S);
    if overlap > MAX_OVERLAP_S {
        return Err(Problem::body("overlap_s", format!("`overlap_s` must be at most {MAX_OVERLAP_S}")));
    }
    let overlap = Duration::from_secs(overlap.into());
    let (endpoint, secret): (HookEndpoint, Secret) =
        app.outgoing.rotate_secret(session.user(), &id, overlap).await?;
    Ok(Json(RotatedSecret { endpoint: endpoint.into(), secret: secret.reveal().to_owned() }))
}

impl From<HookEndpoint> for EndpointResponse {
    fn from(endpoint: HookEndpoint) -> Self {
        Self {
            id: endpoint.id,
            hook_id: endpoint.hook_id,
            url: endpoint.url,
            enabled: endpoint.disabled_at.is_never(),
            disabled_at: endpoint.disabled_at,
            disabled_reason: endpoint.disabled_reason,
            failing_since: endpoint.failing_since,
            previous_until: endpoint.previous_until,
            create_at: endpoint.create_at,
        }
    }
}
