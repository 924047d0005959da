//! Tests of the budgets of memory.

use super::*;

#[test]
fn the_budgets_of_a_default_server_leave_room_within_512_mb() {
    let Budgets {
        hashes,
        known_hashes,
        pictures,
        plugins,
        lists,
        responses,
        waiting_responses,
        bodies,
        replies,
        ..
    } = Budgets::default();
    let all = [hashes, known_hashes, pictures, plugins, lists, responses, waiting_responses, bodies, replies];
    let total: usize = all.iter().map(Budget::total).sum();
    assert!(total <= 440 * MIB / KIB, "{total}");
}

#[test]
fn memory_returns_to_the_budget_when_its_reservation_is_dropped() {
    let budget = Budget::new("tests", 4);
    let first = budget.try_reserve(3 * KIB).unwrap();
    assert_eq!(budget.try_reserve(2 * KIB).unwrap_err(), BudgetExhausted { kind: "tests" });
    drop(first);
    assert_eq!(budget.try_reserve(4 * KIB).unwrap().bytes(), 4 * KIB);
}

#[test]
fn a_reservation_grows_by_single_bytes_and_shrinks() {
    let budget = Budget::new("tests", 2);
    let mut reservation = budget.empty();
    for _ in 0..2 * KIB {
        reservation.try_grow(1).unwrap();
    }
    assert!(reservation.try_grow(1).is_err());
    assert_eq!(reservation.bytes(), 2 * KIB);
    reservation.shrink_to(KIB);
    let other = budget.try_reserve(1).unwrap();
    assert!(reservation.try_grow(1).is_err());
    drop(other);
    reservation.try_grow(1).unwrap();
}

#[test]
fn a_budget_is_short_when_less_than_a_quarter_is_left() {
    let budget = Budget::new("tests", 8);
    let reservation = budget.try_reserve(6 * KIB).unwrap();
    assert!(!budget.is_short());
    let more = budget.try_reserve(1).unwrap();
    assert!(budget.is_short());
    drop((reservation, more));
    assert!(!budget.is_short());
}

#[test]
fn a_budget_grows_to_the_largest_work() {
    assert!(Budget::new("tests", 2).at_least(3 * KIB).try_reserve(3 * KIB).is_ok());
    assert!(Budget::new("tests", 2).at_least(1).try_reserve(2 * KIB).is_ok());
}

#[tokio::test]
async fn more_than_the_whole_budget_is_refused_at_once() {
    let budget = Budget::new("tests", 2);
    assert!(budget.reserve(2 * KIB + 1).await.is_err());
    assert!(budget.reserve(usize::MAX).await.is_err());
    assert_eq!(budget.reserve(2 * KIB).await.unwrap().bytes(), 2 * KIB);
}

#[tokio::test]
async fn work_waits_in_line_until_memory_is_free() {
    let budget = Budget::new("tests", 2);
    let first = budget.reserve(KIB).await.unwrap();
    let mut second = std::pin::pin!(budget.reserve(2 * KIB));
    assert!(futures_util::poll!(second.as_mut()).is_pending());
    assert!(budget.try_reserve(1).is_err(), "nothing overtakes work that waits");
    drop(first);
    assert_eq!(second.await.unwrap().bytes(), 2 * KIB);
}
