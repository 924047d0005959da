//! When digests are due: at full hours, and once a day at a full hour, in UTC.

use std::time::Duration;

use crate::model::Timestamp;

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

/// Returns the next full hour.
pub(super) fn next_hour(now: Timestamp) -> Timestamp {
    after(now, HOUR, 0)
}

/// Returns the next time with this hour of the day (0 to 23).
pub(super) fn next_day(now: Timestamp, hour: i8) -> Timestamp {
    after(now, DAY, i64::from(hour) * HOUR)
}

/// Returns the first moment after `now` that is `offset` past a multiple of `period`.
fn after(now: Timestamp, period: i64, offset: i64) -> Timestamp {
    let left = period - (now.as_millis() - offset).rem_euclid(period);
    now.plus(Duration::from_millis(left.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn an_hourly_digest_is_due_at_the_next_full_hour() {
        for (now, due) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T04:00:00Z"),
            ("2026-01-02T03:59:59.999Z", "2026-01-02T04:00:00Z"),
            ("2026-01-02T04:00:00Z", "2026-01-02T05:00:00Z"),
            ("2026-12-31T23:00:01Z", "2027-01-01T00:00:00Z"),
        ] {
            assert_eq!(next_hour(at(now)), at(due), "{now}");
        }
    }

    #[test]
    fn a_daily_digest_is_due_at_its_hour() {
        for (now, hour, due) in [
            ("2026-01-02T03:04:05Z", 7, "2026-01-02T07:00:00Z"),
            ("2026-01-02T07:00:00Z", 7, "2026-01-03T07:00:00Z"),
            ("2026-02-28T08:00:00Z", 7, "2026-03-01T07:00:00Z"),
            ("2026-01-02T03:04:05Z", 0, "2026-01-03T00:00:00Z"),
            ("2026-01-02T22:59:59Z", 23, "2026-01-02T23:00:00Z"),
        ] {
            assert_eq!(next_day(at(now), hour), at(due), "{now} {hour}");
        }
    }
}
