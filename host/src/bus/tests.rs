//! What a connection keeps and for how long, when it ends, and which users an audience contains.

mod members;

use serde_json::json;

use super::*;
use crate::model::Timestamp;
use members::Members;

fn user(letter: &str) -> UserId {
    letter.repeat(26).parse().unwrap()
}

fn bus() -> (Bus, Clock) {
    let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
    (Bus::new(clock.clone(), 3, Arc::new(Members::default())), clock)
}

fn event(name: &'static str) -> Event {
    Event::new(name, &json!({}), &Scope::default())
}

fn connect(bus: &Bus, resume: Option<(&str, u64)>) -> Subscription {
    let resume = resume.map(|(id, sequence)| Resume { connection_id: id.to_owned(), sequence });
    bus.connect(&user("a"), resume.as_ref(), |_| event("hello")).unwrap()
}

/// Publishes `count` events to `a`.
async fn publish(bus: &Bus, count: usize) {
    for _ in 0..count {
        bus.publish(event("posted"), Audience::User(user("a"))).await;
    }
}

/// Returns the numbers of all waiting events.
fn numbers(subscription: &Subscription) -> Vec<u64> {
    std::iter::from_fn(|| subscription.waiting().map(|(seq, _)| seq)).collect()
}

#[tokio::test]
async fn a_socket_that_does_not_keep_up_is_cut_off_when_its_queue_is_full() {
    let (bus, _clock) = bus();
    let slow = connect(&bus, None);
    assert_eq!(numbers(&slow), [0]);
    publish(&bus, SOCKET_QUEUE).await;
    assert!(!bus.is_idle());
    publish(&bus, 1).await;
    assert!(bus.is_idle() && slow.next().await.is_none());
    slow.ended().await;
    let id = slow.connection_id().to_owned();
    drop(slow);
    assert!(!connect(&bus, Some((&id, 1))).resumed);
}

#[tokio::test]
async fn connections_that_hold_too_much_together_are_dropped() {
    const MIB: usize = 1 << 20;
    let (bus, _clock) = bus();
    let connect = |name| bus.connect(&user(name), None, |_| event("hello")).unwrap();
    let large = async |name| {
        let data = json!({"a": "x".repeat(MIB)});
        bus.publish(Event::new("posted", &data, &Scope::default()), Audience::User(user(name))).await;
    };
    let gone = connect("e");
    large("e").await;
    drop(gone);
    let open = ["a", "b", "c", "d"].map(connect);
    let per_user = MAX_HELD / MIB / 4 + 1;
    for name in ["a", "b", "c", "d"] {
        for _ in 0..per_user {
            large(name).await;
        }
    }
    bus.publish(event("posted"), Audience::User(user("f"))).await;
    let is_kept = |name| bus.0.table.lock().unwrap().connections.contains_key(&user(name));
    // The one without a socket goes first, then the largest.
    assert!(!is_kept("e") && is_kept("d"));
    assert_eq!(["a", "b", "c"].into_iter().filter(|name| is_kept(name)).count(), 2);
    drop(open);
    assert!(bus.0.held.get() <= MAX_HELD);
}

#[tokio::test]
async fn a_half_full_queue_drops_fleeting_events() {
    let (bus, _clock) = bus();
    let slow = connect(&bus, None);
    numbers(&slow);
    for name in ["typing", "status_change", "multiple_channels_viewed"] {
        bus.publish(event(name), Audience::User(user("a"))).await;
    }
    assert_eq!(numbers(&slow), [1, 2, 3]);
    publish(&bus, SOCKET_QUEUE / 2).await;
    for name in ["typing", "status_change", "multiple_channels_viewed"] {
        bus.publish(event(name), Audience::User(user("a"))).await;
    }
    publish(&bus, 1).await;
    let last = 4 + u64::try_from(SOCKET_QUEUE / 2).unwrap();
    assert_eq!(numbers(&slow), (4..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_new_socket_resumes_where_its_client_was() {
    let (bus, _clock) = bus();
    let first = connect(&bus, None);
    let id = first.connection_id().to_owned();
    publish(&bus, 4).await;
    assert_eq!(numbers(&first), [0, 1, 2, 3, 4]);
    drop(first);
    publish(&bus, 2).await;
    let second = connect(&bus, Some((&id, 3)));
    assert!(second.resumed && second.connection_id() == id);
    assert_eq!(numbers(&second), [3, 4, 5, 6]);
    drop(second);
    let third = connect(&bus, Some((&id, 7)));
    assert!(third.resumed && numbers(&third).is_empty());
    publish(&bus, 1).await;
    assert_eq!(numbers(&third), [7]);
}

#[tokio::test]
async fn a_resume_outside_the_kept_events_gets_a_new_connection() {
    let (bus, _clock) = bus();
    let first = connect(&bus, None);
    let id = first.connection_id().to_owned();
    for _ in 0..MAX_SENT {
        publish(&bus, 1).await;
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
async fn a_reconnect_takes_over_from_a_socket_that_is_still_open() {
    let (bus, _clock) = bus();
    let dead = connect(&bus, None);
    numbers(&dead);
    publish(&bus, 1).await;
    let alive = connect(&bus, Some((dead.connection_id(), 1)));
    assert!(alive.resumed && dead.next().await.is_none() && dead.waiting().is_none());
    dead.ended().await;
    drop(dead);
    assert_eq!(numbers(&alive), [1]);
    assert!(bus.is_connected(&user("a")));
}

#[tokio::test]
async fn a_detached_connection_is_kept_for_the_resume_window_and_for_its_user() {
    let (bus, clock) = bus();
    let first = connect(&bus, None);
    let id = first.connection_id().to_owned();
    numbers(&first);
    drop(first);
    let resume = Resume { connection_id: id.clone(), sequence: 1 };
    let other = bus.connect(&user("b"), Some(&resume), |_| event("hello")).unwrap();
    assert!(!other.resumed);
    other.end();
    assert!(!bus.is_idle() && !bus.is_connected(&user("a")));
    clock.advance(RESUME_WINDOW.saturating_sub(Duration::from_millis(1)));
    drop(connect(&bus, Some((&id, 1))));
    clock.advance(RESUME_WINDOW.saturating_sub(Duration::from_millis(1)));
    assert!(!bus.is_idle());
    clock.advance(Duration::from_millis(1));
    assert!(bus.is_idle());
    assert!(!connect(&bus, Some((&id, 1))).resumed);
}

#[tokio::test]
async fn a_full_account_drops_detached_connections_first() {
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

#[tokio::test]
async fn a_detached_connection_that_overflows_is_dropped() {
    let (bus, _clock) = bus();
    drop(connect(&bus, None));
    publish(&bus, SOCKET_QUEUE).await;
    assert!(bus.is_idle());
}

#[tokio::test]
async fn detached_connections_are_bounded_in_number_and_bytes() {
    let (bus, _clock) = bus();
    let ids: Vec<String> = (0..=MAX_DETACHED).map(|_| random_id()).collect();
    for id in &ids {
        drop(bus.connect(&id.parse().unwrap(), None, |_| event("hello")).unwrap());
    }
    assert!(!bus.is_idle());
    assert_eq!(bus.lock().detached.len(), MAX_DETACHED);
    let big = json!({"x": "y".repeat(MAX_BYTES / 4)});
    let first = connect(&bus, None);
    for _ in 0..8 {
        bus.publish(Event::new("posted", &big, &Scope::default()), Audience::User(user("a"))).await;
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
    publish(&bus, 1).await;
    assert!(matches!(socket.next().await, Some(Next::Event(1, _))));
}
