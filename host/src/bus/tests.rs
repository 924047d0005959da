//! What a connection keeps, for how long, and when it ends.

use serde_json::json;

use super::*;
use crate::model::Timestamp;

fn user(letter: &str) -> UserId {
    letter.repeat(26).parse().unwrap()
}

fn bus() -> (Bus, Clock) {
    let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
    (Bus::new(clock.clone(), 3), clock)
}

fn event(name: &'static str) -> Event {
    Event::new(name, &json!({}), &Scope::default())
}

fn connect(bus: &Bus, resume: Option<(&str, u64)>) -> Subscription {
    let resume = resume.map(|(id, sequence)| Resume { connection_id: id.to_owned(), sequence });
    bus.connect(&user("a"), resume.as_ref(), |_| event("hello")).unwrap()
}

/// Says something `count` times to `a`.
fn say(bus: &Bus, count: usize) {
    for _ in 0..count {
        bus.send(event("posted"), &[user("a")]);
    }
}

/// The numbers of everything that waits.
fn numbers(subscription: &Subscription) -> Vec<u64> {
    std::iter::from_fn(|| subscription.waiting().map(|(seq, _)| seq)).collect()
}

#[tokio::test]
async fn a_socket_that_does_not_keep_up_is_cut_off_when_its_queue_is_full() {
    let (bus, _clock) = bus();
    let slow = connect(&bus, None);
    assert_eq!(numbers(&slow), [0]);
    say(&bus, SOCKET_QUEUE);
    assert!(!bus.is_silent());
    say(&bus, 1);
    assert!(bus.is_silent() && slow.next().await.is_none());
    slow.ended().await;
    let id = slow.connection_id().to_owned();
    drop(slow);
    assert!(!connect(&bus, Some((&id, 1))).resumed);
}

#[test]
fn a_half_full_queue_leaves_out_what_is_of_use_only_at_once() {
    let (bus, _clock) = bus();
    let slow = connect(&bus, None);
    numbers(&slow);
    for name in ["typing", "status_change", "multiple_channels_viewed"] {
        bus.send(event(name), &[user("a")]);
    }
    assert_eq!(numbers(&slow), [1, 2, 3]);
    say(&bus, SOCKET_QUEUE / 2);
    for name in ["typing", "status_change", "multiple_channels_viewed"] {
        bus.send(event(name), &[user("a")]);
    }
    say(&bus, 1);
    let last = 4 + u64::try_from(SOCKET_QUEUE / 2).unwrap();
    assert_eq!(numbers(&slow), (4..=last).collect::<Vec<_>>());
}

#[test]
fn a_lost_socket_is_read_on_from_where_its_client_was() {
    let (bus, _clock) = bus();
    let first = connect(&bus, None);
    let id = first.connection_id().to_owned();
    say(&bus, 4);
    assert_eq!(numbers(&first), [0, 1, 2, 3, 4]);
    drop(first);
    say(&bus, 2);
    let second = connect(&bus, Some((&id, 3)));
    assert!(second.resumed && second.connection_id() == id);
    assert_eq!(numbers(&second), [3, 4, 5, 6]);
    drop(second);
    let third = connect(&bus, Some((&id, 7)));
    assert!(third.resumed && numbers(&third).is_empty());
    say(&bus, 1);
    assert_eq!(numbers(&third), [7]);
}

#[test]
fn what_was_sent_too_long_ago_or_never_is_not_resumed() {
    let (bus, _clock) = bus();
    let first = connect(&bus, None);
    let id = first.connection_id().to_owned();
    for _ in 0..SENT_KEPT {
        say(&bus, 1);
        numbers(&first);
    }
    // 0 to 128 were sent, 1 to 128 are kept.
    drop(first);
    assert!(connect(&bus, Some((&id, 1))).resumed);
    let fresh = connect(&bus, Some((&id, 0)));
    assert!(!fresh.resumed && fresh.connection_id() != id);
    assert_eq!(numbers(&fresh), [0]);
    let id = fresh.connection_id().to_owned();
    assert!(!connect(&bus, Some((&id, 2))).resumed);
}

#[tokio::test]
async fn a_reconnect_takes_over_from_a_socket_nobody_knows_is_dead() {
    let (bus, _clock) = bus();
    let dead = connect(&bus, None);
    numbers(&dead);
    say(&bus, 1);
    let alive = connect(&bus, Some((dead.connection_id(), 1)));
    assert!(alive.resumed && dead.next().await.is_none() && dead.waiting().is_none());
    dead.ended().await;
    drop(dead);
    assert_eq!(numbers(&alive), [1]);
    assert!(bus.is_connected(&user("a")));
}

#[test]
fn a_connection_without_a_socket_is_kept_for_its_time_and_belongs_to_its_user() {
    let (bus, clock) = bus();
    let first = connect(&bus, None);
    let id = first.connection_id().to_owned();
    numbers(&first);
    drop(first);
    let resume = Resume { connection_id: id.clone(), sequence: 1 };
    let other = bus.connect(&user("b"), Some(&resume), |_| event("hello")).unwrap();
    assert!(!other.resumed);
    other.end();
    assert!(!bus.is_silent() && !bus.is_connected(&user("a")));
    clock.advance(KEPT_FOR.saturating_sub(Duration::from_millis(1)));
    drop(connect(&bus, Some((&id, 1))));
    clock.advance(KEPT_FOR.saturating_sub(Duration::from_millis(1)));
    assert!(!bus.is_silent());
    clock.advance(Duration::from_millis(1));
    assert!(bus.is_silent());
    assert!(!connect(&bus, Some((&id, 1))).resumed);
}

#[test]
fn a_full_account_gives_up_connections_without_a_socket_first() {
    let (bus, _clock) = bus();
    let (one, two, three) = (connect(&bus, None), connect(&bus, None), connect(&bus, None));
    let refused = bus.connect(&user("a"), None, |_| event("hello")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this account has 3 open sockets, as many as `server.sockets_per_user` allows; close one first"
    );
    let (first, second) = (one.connection_id().to_owned(), two.connection_id().to_owned());
    for socket in [&one, &two] {
        numbers(socket);
    }
    drop((one, two));
    let four = connect(&bus, None);
    assert!(connect(&bus, Some((&second, 1))).resumed);
    assert!(!connect(&bus, Some((&first, 1))).resumed);
    drop((three, four));
}

#[test]
fn a_kept_connection_that_overflows_is_forgotten() {
    let (bus, _clock) = bus();
    drop(connect(&bus, None));
    say(&bus, SOCKET_QUEUE);
    assert!(bus.is_silent());
}

#[test]
fn kept_connections_are_bounded_in_number_and_bytes() {
    let (bus, _clock) = bus();
    let ids: Vec<String> = (0..=MOST_KEPT).map(|_| random_id()).collect();
    for id in &ids {
        drop(bus.connect(&id.parse().unwrap(), None, |_| event("hello")).unwrap());
    }
    assert!(!bus.is_silent());
    assert_eq!(bus.lock().kept.len(), MOST_KEPT);
    let big = json!({"x": "y".repeat(MOST_BYTES / 4)});
    let first = connect(&bus, None);
    for _ in 0..8 {
        bus.send(Event::new("posted", &big, &Scope::default()), &[user("a")]);
        numbers(&first);
    }
    let id = first.connection_id().to_owned();
    drop(first);
    assert!(connect(&bus, Some((&id, 6))).resumed && !connect(&bus, Some((&id, 5))).resumed);
}

#[tokio::test]
async fn a_recheck_reaches_the_users_sockets() {
    let (bus, _clock) = bus();
    let socket = connect(&bus, None);
    bus.recheck(&user("b"));
    numbers(&socket);
    bus.recheck(&user("a"));
    assert!(socket.waiting().is_none());
    assert!(matches!(socket.next().await, Some(Next::Recheck)));
    say(&bus, 1);
    assert!(matches!(socket.next().await, Some(Next::Event(1, _))));
}
