//! How long to wait after a failed attempt: minutes at first, for short outages, and at most half a day.

use std::time::Duration;

const WAITS: [Duration; 7] = [
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(6),
    Duration::from_hours(12),
];

/// Returns the wait after this many attempts, counted from 1. The last wait repeats.
pub(super) fn after(attempts: i64) -> Duration {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    WAITS[index.min(WAITS.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_half_a_day() {
        let minutes: Vec<u64> = (0..10).map(|attempts| after(attempts).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 1, 5, 15, 60, 180, 360, 720, 720, 720]);
        assert_eq!(after(i64::MAX), after(100));
    }
}
