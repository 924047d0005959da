//! What the response to a delivery means, and when it is sent again.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;

use crate::egress::http::{HttpError, OutgoingResponse};
use crate::model::{AttemptOutcome, ClaimedJob, Timestamp};
use crate::secret::sha256_hex;

/// How often a delivery is sent before it is given up: after 46 hours, more or less.
pub(super) const ATTEMPTS: i64 = 10;

/// The wait after each attempt but the last, before jitter.
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(6),
    Duration::from_hours(12),
    Duration::from_hours(24),
];

/// The least wait after a timeout, or a response that a proxy gives for its server.
const SLOW_DOWN: Duration = Duration::from_mins(1);

/// The longest wait that a receiver can ask for.
const MAX_HINT: Duration = Duration::from_hours(12);

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DeliveryVerdict {
    Delivered,
    Retry {
        due_at: Timestamp,
    },
    /// The receiver wants nothing more.
    Gone,
    /// The request cannot be sent at all.
    Unusable,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) verdict: DeliveryVerdict,
    pub(super) outcome: AttemptOutcome,
    /// Why the attempt failed; empty if it did not.
    pub(super) reason: String,
}

/// Judges an attempt that ended at this moment. A redirect is not followed, and counts as a failure.
pub(super) fn judge(
    sent: &Result<OutgoingResponse, HttpError>,
    job: &ClaimedJob,
    at: Timestamp,
) -> Judgement {
    let scheduled = with_jitter(wait(job.attempts), &format!("{} {}", job.id, job.attempts));
    let retry = |wait: Duration| DeliveryVerdict::Retry { due_at: at.plus(wait) };
    match sent {
        Ok(response) if (200..300).contains(&response.status) => Judgement {
            verdict: DeliveryVerdict::Delivered,
            outcome: AttemptOutcome::Delivered,
            reason: String::new(),
        },
        Ok(response) => {
            let verdict = match response.status {
                410 => DeliveryVerdict::Gone,
                429 | 503 => retry(hint(response, at).map_or(scheduled, |hint| scheduled.max(hint))),
                502 | 504 => retry(scheduled.max(SLOW_DOWN)),
                _ => retry(scheduled),
            };
            let reason = format!("the receiver responded with status {}", response.status);
            Judgement { verdict, outcome: AttemptOutcome::Status, reason }
        }
        Err(error) => {
            let (verdict, outcome) = match error {
                HttpError::Timeout { .. } => (retry(scheduled.max(SLOW_DOWN)), AttemptOutcome::Timeout),
                HttpError::Connect { .. } | HttpError::Protocol { .. } => {
                    (retry(scheduled), AttemptOutcome::Connection)
                }
                HttpError::Resolve { .. } => (retry(scheduled), AttemptOutcome::Address),
                HttpError::Forbidden { .. } => (retry(scheduled), AttemptOutcome::Refused),
                HttpError::Url(_)
                | HttpError::Method(_)
                | HttpError::Header(_)
                | HttpError::TooLarge { .. } => (DeliveryVerdict::Unusable, AttemptOutcome::Address),
            };
            Judgement { verdict, outcome, reason: error.to_string() }
        }
    }
}

/// Returns the wait after this many attempts, counted from 1.
fn wait(attempts: i64) -> Duration {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    WAITS[index.min(WAITS.len() - 1)]
}

/// Changes a wait by up to a fifth in either direction, so that the retries of an outage spread. The same seed gives
/// the same wait.
fn with_jitter(wait: Duration, seed: &str) -> Duration {
    let digest = sha256_hex(seed.as_bytes());
    let share = u32::from_str_radix(&digest[..4], 16).unwrap_or_default();
    // From 8000 to 12000 ten-thousandths.
    wait * (8_000 + share * 4_000 / 0xffff) / 10_000
}

/// Returns how long a response asks to wait, in seconds or until a date.
fn hint(response: &OutgoingResponse, at: Timestamp) -> Option<Duration> {
    let (_, value) = response.headers.iter().find(|(name, _)| name == "retry-after")?;
    let value = std::str::from_utf8(value).ok()?.trim();
    let wait = if let Ok(seconds) = value.parse::<f64>() {
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let until = DateTimeParser::new().parse_timestamp(value).ok()?.as_millisecond();
        Duration::from_millis(u64::try_from(until - at.as_millis()).ok()?)
    };
    Some(wait.min(MAX_HINT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobKind;

    const NOW: Timestamp = Timestamp::FAR;

    fn job(attempts: i64) -> ClaimedJob {
        ClaimedJob {
            id: "kkkkkkkkkkkkkkkkkkkkkkkkkk".parse().unwrap(),
            kind: JobKind::Delivery,
            subject: String::new(),
            payload: serde_json::Value::Null,
            attempts,
            fencing: attempts,
            due_at: NOW,
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands for what a request returns")]
    fn response(status: u16, retry_after: Option<&str>) -> Result<OutgoingResponse, HttpError> {
        let header = |value: &str| ("retry-after".to_owned(), value.as_bytes().to_vec());
        let headers = retry_after.map(header).into_iter().collect();
        Ok(OutgoingResponse { status, headers, body: Vec::new(), truncated: false })
    }

    /// Returns the wait after the third attempt.
    fn waited(at: Timestamp, sent: &Result<OutgoingResponse, HttpError>, attempts: i64) -> Duration {
        match judge(sent, &job(attempts), at).verdict {
            DeliveryVerdict::Retry { due_at } => {
                Duration::from_millis(u64::try_from(due_at.as_millis() - at.as_millis()).unwrap())
            }
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn only_a_status_of_2xx_is_success() {
        for status in [200, 204, 299] {
            assert_eq!(
                judge(&response(status, None), &job(1), NOW).verdict,
                DeliveryVerdict::Delivered,
                "{status}"
            );
        }
        for status in [300, 302, 304, 400, 404, 500] {
            assert!(matches!(
                judge(&response(status, None), &job(1), NOW).verdict,
                DeliveryVerdict::Retry { .. }
            ));
        }
        assert_eq!(judge(&response(410, None), &job(1), NOW).verdict, DeliveryVerdict::Gone);
    }

    #[test]
    fn each_wait_lies_within_a_fifth_of_the_schedule() {
        for (attempts, wait) in (1..).zip(WAITS) {
            let waited = waited(Timestamp::NEVER, &response(500, None), attempts);
            assert!(wait * 8 / 10 <= waited && waited <= wait * 12 / 10, "{attempts}: {waited:?}");
        }
        let spread: std::collections::BTreeSet<Duration> =
            (0..50).map(|seed: i32| with_jitter(WAITS[8], &seed.to_string())).collect();
        assert!(spread.len() > 40, "{}", spread.len());
    }

    #[test]
    fn a_receiver_can_ask_for_more_time_but_not_for_days() {
        let at = Timestamp::from_millis(784_111_777_000);
        for (value, wait) in [
            ("120", Duration::from_mins(2)),
            ("90.5", Duration::from_millis(90_500)),
            ("999999", MAX_HINT),
            ("Sun, 06 Nov 1994 08:59:37 GMT", Duration::from_mins(10)),
        ] {
            assert_eq!(waited(at, &response(429, Some(value)), 1), wait, "{value}");
        }
        let scheduled = waited(at, &response(500, None), 1);
        for value in ["", "soon", "-5", "NaN", "Sun, 06 Nov 1994 08:00:00 GMT", "0"] {
            assert_eq!(waited(at, &response(503, Some(value)), 1), scheduled, "{value}");
        }
        assert_eq!(waited(at, &response(500, Some("120")), 1), scheduled);
    }

    #[test]
    fn a_slow_receiver_gets_a_minute() {
        let timeout = HttpError::Timeout { host: "x".to_owned(), limit: CONNECT_LIMIT };
        assert_eq!(waited(Timestamp::NEVER, &Err(timeout), 1), SLOW_DOWN);
        for status in [502, 504] {
            assert_eq!(waited(Timestamp::NEVER, &response(status, None), 1), SLOW_DOWN);
        }
    }

    const CONNECT_LIMIT: Duration = Duration::from_secs(3);
}
