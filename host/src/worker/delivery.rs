//! Jobs of the kind `delivery`: sends an event to one address of an outgoing webhook.
//!
//! Each attempt has the same `webhook-id`, so that receivers recognise a repetition. What the receiver responds with
//! may be posted, once for each delivery.

mod policy;
mod request;

use std::time::Duration;

use self::policy::{DeliveryVerdict, judge};
use super::{Attempt, Handler, JobLimits};
use crate::budget::Budget;
use crate::chat::ChatError;
use crate::clock::Clock;
use crate::config::Config;
use crate::egress::http::{ClientError, ExchangeLimits, GuardedClient, HttpError, OutgoingResponse};
use crate::hook::{OutgoingError, OutgoingHooks};
use crate::model::{
    ClaimedJob, DeliveryAttempt, DeliveryTarget, EndpointHealth, JobKind, MAX_KEPT_RESPONSE, Timestamp,
};
use crate::secret::SealError;
use crate::shutdown::Tasks;
use crate::store::{Deliveries, Store, StoreError};

/// Deliveries that one node sends at the same time, and how many of them to one address.
const AT_ONCE: usize = 64;
const PER_ENDPOINT: usize = 4;

/// Time to resolve the name of a receiver and connect.
const CONNECT: Duration = Duration::from_secs(3);

/// Largest body of a request, in bytes: the longest message, escaped, and its names.
const MAX_REQUEST: usize = 512 * 1024;

/// Largest response that can be posted, in bytes. A longer one is cut off, and not posted.
const MAX_RESPONSE: usize = 1024 * 1024;

/// How long every attempt at an address has to fail before it is disabled.
const PATIENCE: Duration = Duration::from_hours(5 * 24);

const UPKEEP_PERIOD: Duration = Duration::from_mins(10);

/// Events removed in one unit of work, so that other writers get their turn.
const UPKEEP_BATCH: i64 = 500;

/// Sends deliveries.
#[derive(Debug)]
pub struct Deliverer {
    hooks: OutgoingHooks,
    store: Store,
    clock: Clock,
    client: GuardedClient,
    /// The memory for responses.
    replies: Budget,
    limits: JobLimits,
}

/// What came of one request.
struct Exchange {
    sent: Result<OutgoingResponse, HttpError>,
    started_at: Timestamp,
    ended_at: Timestamp,
}

impl Deliverer {
    pub fn new(hooks: OutgoingHooks, config: &Config, replies: Budget) -> Result<Self, ClientError> {
        let timeout = Duration::from_millis(config.delivery.timeout_ms.into());
        let http = ExchangeLimits {
            connect: CONNECT.min(timeout),
            total: timeout,
            request_body: MAX_REQUEST,
            response_body: MAX_RESPONSE,
        };
        let limits = JobLimits {
            at_once: AT_ONCE,
            per_subject: Some(PER_ENDPOINT),
            attempts: policy::ATTEMPTS,
            timeout,
            keep: keep(config),
        };
        let client = GuardedClient::new(&config.egress, http)?;
        let (store, clock) = (hooks.store.clone(), hooks.clock.clone());
        Ok(Self { hooks, store, clock, client, replies, limits })
    }

    async fn exchange(&self, job: &ClaimedJob, target: &DeliveryTarget) -> Result<Exchange, SealError> {
        let started_at = self.clock.now();
        let request = request::build(&self.hooks.sealer, job, target, started_at)?;
        let sent = match self.client.start(request).await {
            Ok(response) => match self.replies.reserve(response.most_bytes()).await {
                Ok(_memory) => response.read().await,
                // The receiver has the event; only its response is lost.
                Err(_) => Ok(response.without_body()),
            },
            Err(error) => Err(error),
        };
        Ok(Exchange { sent, started_at, ended_at: self.clock.now() })
    }

    /// Posts what the receiver responded with. Returns why not, if that is the receiver's fault.
    async fn reply(
        &self,
        job: &ClaimedJob,
        target: &DeliveryTarget,
        exchange: &Exchange,
    ) -> Result<String, StoreError> {
        let Ok(response) = &exchange.sent else { return Ok(String::new()) };
        if response.truncated {
            return Ok(format!(
                "the response is longer than {MAX_RESPONSE} bytes or came while memory was short"
            ));
        }
        match self.hooks.post_reply(&job.id, target, &response.body).await {
            Ok(_) => Ok(String::new()),
            Err(OutgoingError::Store(error) | OutgoingError::Chat(ChatError::Store(error))) => Err(error),
            Err(error) => Ok(format!("the response is not posted: {error}")),
        }
    }
}

impl Handler for Deliverer {
    const KIND: JobKind = JobKind::Delivery;

    fn limits(&self) -> JobLimits {
        self.limits
    }

    async fn run(&self, job: &ClaimedJob) -> Result<Attempt, StoreError> {
        let Some(target) = self.store.deliveries().target(&job.id).await? else {
            return Ok(Attempt::Discarded);
        };
        if !target.endpoint.disabled_at.is_never() {
            return Ok(Attempt::Held { reason: target.endpoint.disabled_reason });
        }
        let exchange = match self.exchange(job, &target).await {
            Ok(exchange) => exchange,
            Err(error) => return Ok(Attempt::Failed { permanent: true, reason: error.to_string() }),
        };
        let unposted = self.reply(job, &target, &exchange).await?;
        let judged = judge(&exchange.sent, job, exchange.ended_at);
        let health = health(&judged.verdict, &target, exchange.ended_at);
        let reason = if judged.reason.is_empty() { unposted } else { judged.reason.clone() };
        let (response, is_binary) = kept_response(&exchange.sent);
        let attempt = DeliveryAttempt {
            delivery_id: job.id.clone(),
            number: job.fencing,
            outcome: judged.outcome,
            status: exchange.sent.as_ref().map_or(0, |response| response.status.into()),
            reason,
            response,
            is_binary,
            started_at: exchange.started_at,
            waited_ms: millis(job.due_at, exchange.started_at),
            took_ms: millis(exchange.started_at, exchange.ended_at),
        };
        let is_disabled = matches!(health, EndpointHealth::Disabled(_));
        if let EndpointHealth::Disabled(reason) = &health {
            tracing::warn!(hook = %target.hook.id, endpoint = %target.endpoint.id, reason, "an address is disabled");
        }
        self.store.deliveries().record(job, attempt, &target.endpoint.id, health).await?;
        let reason = judged.reason;
        Ok(match judged.verdict {
            DeliveryVerdict::Delivered => Attempt::Done,
            DeliveryVerdict::Gone | DeliveryVerdict::Unusable => Attempt::Failed { permanent: true, reason },
            DeliveryVerdict::Retry { .. } if is_disabled => Attempt::Held { reason },
            DeliveryVerdict::Retry { due_at } => Attempt::FailedUntil { due_at, reason },
        })
    }
}

/// Returns how long deliveries stay listed after they ended, and how long they are held.
pub fn keep(config: &Config) -> Duration {
    Duration::from_hours(24) * config.delivery.keep_days
}

/// Gives up what has been held for longer than `keep`, and removes events whose deliveries are gone, until the server
/// stops.
pub fn run_upkeep(deliveries: Deliveries, clock: &Clock, tasks: &Tasks, keep: Duration) {
    let now = clock.clone();
    let remove = move |deliveries: Deliveries, tasks: Tasks| {
        let now = now.now();
        async move {
            let before = now.minus(keep);
            deliveries.give_up_held(before, now).await?;
            while !tasks.is_stopping() && deliveries.remove_events(before, UPKEEP_BATCH).await? > 0 {}
            Ok::<(), StoreError>(())
        }
    };
    tasks.every(clock, UPKEEP_PERIOD, "upkeep of deliveries", deliveries, remove);
}

/// Returns what an attempt says about its address.
fn health(verdict: &DeliveryVerdict, target: &DeliveryTarget, at: Timestamp) -> EndpointHealth {
    let since = target.endpoint.failing_since;
    match verdict {
        DeliveryVerdict::Delivered => EndpointHealth::Works,
        DeliveryVerdict::Gone => {
            EndpointHealth::Disabled("the receiver responded with 410 (gone)".to_owned())
        }
        DeliveryVerdict::Retry { .. } | DeliveryVerdict::Unusable
            if !since.is_never() && at >= since.plus(PATIENCE) =>
        {
            let days = PATIENCE.as_secs() / (24 * 60 * 60);
            EndpointHealth::Disabled(format!("every attempt has failed for {days} days"))
        }
        DeliveryVerdict::Retry { .. } | DeliveryVerdict::Unusable => EndpointHealth::Fails,
    }
}

/// Returns the first bytes of a response as text, or in base64 if they are none, and which of both.
fn kept_response(sent: &Result<OutgoingResponse, HttpError>) -> (String, bool) {
    let Ok(OutgoingResponse { body, .. }) = sent else { return (String::new(), false) };
    let first = &body[..body.len().min(MAX_KEPT_RESPONSE)];
    match std::str::from_utf8(first) {
        Ok(text) if !text.contains('\0') => (text.to_owned(), false),
        // The cut may go through a character.
        Err(error) if error.error_len().is_none() && !first.contains(&0) => {
            (String::from_utf8_lossy(&first[..error.valid_up_to()]).into_owned(), false)
        }
        _ => (data_encoding::BASE64.encode(first), true),
    }
}

fn millis(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_millis() - from.as_millis()).max(0)
}
