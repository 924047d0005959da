//! Deliveries: events on their way to the addresses of outgoing webhooks.
//!
//! A delivery is a job of the kind `delivery` with the same id. Its attempts are kept as long as the job.

use serde::{Deserialize, Serialize};

use super::{
    ChannelId, EndpointId, EventId, HookEndpoint, JobId, JobState, OutgoingHook, OutgoingHookId, PostId,
    TeamId, Timestamp, UserId,
};

/// Most bytes of a response that an attempt keeps. The rest is not stored.
pub const MAX_KEPT_RESPONSE: usize = 20_000;

/// Something that happened, once for all of its deliveries.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingEvent {
    pub id: EventId,
    pub payload: PostPayload,
    pub create_at: Timestamp,
}

/// A new post as receivers learn of it. The names are the wire's; token and trigger word are those of each hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostPayload {
    pub team_id: TeamId,
    pub team_domain: String,
    pub channel_id: ChannelId,
    pub channel_name: String,
    pub timestamp: Timestamp,
    pub user_id: UserId,
    pub user_name: String,
    pub post_id: PostId,
    pub text: String,
    /// Ids of the post's files, separated by commas.
    pub file_ids: String,
}

/// An event for one address, written with the event and a job of the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    pub id: JobId,
    pub event_id: EventId,
    pub hook_id: OutgoingHookId,
    pub endpoint_id: EndpointId,
    pub trigger_word: String,
    pub create_at: Timestamp,
}

/// A delivery as lists show it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Delivery {
    pub id: JobId,
    pub hook_id: OutgoingHookId,
    pub endpoint_id: EndpointId,
    pub url: String,
    pub post_id: PostId,
    pub trigger_word: String,
    pub replays: i64,
    /// The state of its job.
    pub state: JobState,
    /// Attempts since it was written or last replayed.
    pub attempts: i64,
    pub due_at: Timestamp,
    pub last_error: String,
    pub create_at: Timestamp,
    /// When it was delivered or given up.
    pub ended_at: Timestamp,
}

/// Which deliveries of a hook to list.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub endpoint: Option<EndpointId>,
    pub state: Option<DeliveryState>,
}

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It waits for its next attempt, or an attempt is running.
    Waiting,
    /// Its address is disabled. It is sent once the address is enabled again.
    Held,
    Delivered,
    /// It was given up. It can be replayed until its retention ends.
    Dead,
}

/// What a delivery's attempt needs.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryTarget {
    pub hook: OutgoingHook,
    pub endpoint: HookEndpoint,
    pub payload: PostPayload,
    pub trigger_word: String,
    pub replays: i64,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct DeliveryAttempt {
    pub delivery_id: JobId,
    /// The fencing number of its claim.
    pub number: i64,
    pub outcome: AttemptOutcome,
    /// The status of the response; 0 without one.
    pub status: i64,
    /// Why the attempt failed; empty if it did not.
    pub reason: String,
    /// The first bytes of the response, in base64 if they are no text.
    pub response: String,
    pub is_binary: bool,
    pub started_at: Timestamp,
    /// How long the delivery was due before the attempt began.
    pub waited_ms: i64,
    /// From the start of the attempt to the last byte of the response, or to the failure.
    pub took_ms: i64,
}

/// How an attempt at a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum AttemptOutcome {
    Delivered,
    /// The receiver responded with a status that is no success.
    Status,
    Timeout,
    /// No connection, or one that broke off.
    Connection,
    /// The address is not usable, or its name has no address.
    Address,
    /// The address is not public, and the operator does not allow its network.
    Refused,
}

/// What an attempt says about its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointHealth {
    Works,
    Fails,
    /// It is disabled from now on, for this reason, and its deliveries are held.
    Disabled(String),
}

impl DeliveryState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

impl Delivery {
    pub fn delivery_state(&self) -> DeliveryState {
        match self.state {
            JobState::Done => DeliveryState::Delivered,
            JobState::Dead => DeliveryState::Dead,
            JobState::Gathering | JobState::Waiting if self.due_at == Timestamp::FAR => DeliveryState::Held,
            JobState::Gathering | JobState::Waiting => DeliveryState::Waiting,
        }
    }
}
