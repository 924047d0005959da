//! What outgoing webhooks sent, and what became of it.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::{Cursor, Page, Paging};
use super::query::TypedQuery;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{
    AttemptOutcome, Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState, EndpointId, JobId,
    OutgoingHookId, PostId, Timestamp,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListDeliveries {
    /// The outgoing webhook.
    hook: OutgoingHookId,
    /// Deliveries to this address only.
    endpoint: Option<EndpointId>,
    /// Deliveries in this state only.
    state: Option<DeliveryState>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryResponse {
    /// Also the `webhook-id` of its requests.
    id: JobId,
    hook_id: OutgoingHookId,
    endpoint_id: EndpointId,
    url: String,
    post_id: PostId,
    trigger_word: String,
    state: DeliveryState,
    /// How often it was tried since it was written or last replayed.
    attempts: i64,
    /// How often a user had it sent again.
    replays: i64,
    /// When it is tried next; null if it is not.
    next_at: Option<Timestamp>,
    /// Why the last attempt failed.
    last_error: String,
    create_at: Timestamp,
    /// When it was delivered or given up.
    ended_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryWithAttempts {
    #[serde(flatten)]
    delivery: DeliveryResponse,
    /// The latest attempts, at most 100, the first of them first.
    log: Vec<AttemptResponse>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct AttemptResponse {
    outcome: AttemptOutcome,
    /// The status of the response; null without one.
    status: Option<i64>,
    /// Why the attempt failed, or why its response was not posted.
    reason: String,
    /// The first 20,000 bytes of the response.
    response: String,
    /// Whether `response` is in base64, because the response is no text.
    is_base64: bool,
    started_at: Timestamp,
    /// How long the delivery was due before the attempt began.
    waited_ms: i64,
    /// From the start of the attempt to the last byte of the response, or to the failure.
    took_ms: i64,
}

/// Lists the deliveries of an outgoing webhook that the caller may manage, newest first.
#[utoipa::path(
    get, path = "/deliveries", operation_id = "list_deliveries", tag = "deliveries", params(ListDeliveries, Paging),
    responses((status = OK, description = "A page of deliveries", body = Page<DeliveryResponse>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    session: Session,
    TypedQuery(query): TypedQuery<ListDeliveries>,
    paging: Paging,
) -> Result<Json<Page<DeliveryResponse>>, Problem> {
    let before = paging.after_id()?;
    let filter = DeliveryFilter { endpoint: query.endpoint, state: query.state };
    let rows = paging.rows();
    let deliveries =
        app.outgoing.deliveries(session.user(), &query.hook, &filter, before.as_ref(), rows).await?;
    Ok(Json(paging.page(deliveries, |delivery| Cursor::new(&delivery.id), DeliveryResponse::from)))
}

/// Returns a delivery with its attempts.
#[utoipa::path(
    get, path = "/deliveries/{delivery}", operation_id = "get_delivery", tag = "deliveries",
    params(("delivery" = JobId, Path, description = "The delivery's id")),
    responses((status = OK, description = "The delivery", body = DeliveryWithAttempts)),
)]
pub(super) async fn get(
    State(app): State<App>,
    session: Session,
    Path(delivery): Path<String>,
) -> Result<Json<DeliveryWithAttempts>, Problem> {
    let id: JobId = params::id("delivery_id", &delivery)?;
    Ok(Json(app.outgoing.delivery(session.user(), &id).await?.into()))
}

/// Sends a delivery again at once, whether it was delivered, given up or waits for its next attempt. Its requests keep
/// their `webhook-id`, and have a header `jackfield-replay`.
#[utoipa::path(
    post, path = "/deliveries/{delivery}/retry", operation_id = "retry_delivery", tag = "deliveries",
    params(("delivery" = JobId, Path, description = "The delivery's id")),
    responses((status = OK, description = "The delivery", body = DeliveryWithAttempts)),
)]
pub(super) async fn retry(
    State(app): State<App>,
    session: Session,
    Path(delivery): Path<String>,
) -> Result<Json<DeliveryWithAttempts>, Problem> {
    let id: JobId = params::id("delivery_id", &delivery)?;
    Ok(Json(app.outgoing.replay(session.user(), &id).await?.into()))
}

impl From<Delivery> for DeliveryResponse {
    fn from(delivery: Delivery) -> Self {
        let state = delivery.delivery_state();
        Self {
            id: delivery.id,
            hook_id: delivery.hook_id,
            endpoint_id: delivery.endpoint_id,
            url: delivery.url,
            post_id: delivery.post_id,
            trigger_word: delivery.trigger_word,
            state,
            attempts: delivery.attempts,
            replays: delivery.replays,
            next_at: (state == DeliveryState::Waiting).then_some(delivery.due_at),
            last_error: delivery.last_error,
            create_at: delivery.create_at,
            ended_at: delivery.ended_at,
        }
    }
}

impl From<(Delivery, Vec<DeliveryAttempt>)> for DeliveryWithAttempts {
    fn from((delivery, attempts): (Delivery, Vec<DeliveryAttempt>)) -> Self {
        let log = attempts.into_iter().map(AttemptResponse::from).collect();
        Self { delivery: delivery.into(), log }
    }
}

impl From<DeliveryAttempt> for AttemptResponse {
    fn from(attempt: DeliveryAttempt) -> Self {
        Self {
            outcome: attempt.outcome,
            status: Some(attempt.status).filter(|status| *status != 0),
            reason: attempt.reason,
            response: attempt.response,
            is_base64: attempt.is_binary,
            started_at: attempt.started_at,
            waited_ms: attempt.waited_ms,
            took_ms: attempt.took_ms,
        }
    }
}
