//! Which users receive an event for a channel or team, including while its members change.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use super::{numbers, user};
use crate::bus::*;
use crate::model::{ChannelId, TeamId, Timestamp};

/// Members that a test changes. While the test holds reads back, each waits for a permit.
#[derive(Debug)]
pub(super) struct Members {
    users: Mutex<Vec<UserId>>,
    reads: AtomicUsize,
    gate: Semaphore,
}

impl Default for Members {
    fn default() -> Self {
        Self { users: Mutex::default(), reads: AtomicUsize::new(0), gate: Semaphore::new(1000) }
    }
}

impl Members {
    fn set(&self, letters: &[&str]) {
        *self.users.lock().unwrap() = letters.iter().map(|letter| user(letter)).collect();
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    /// Reads the members at once, and returns them when the gate opens.
    async fn read(&self) -> Result<Vec<UserId>, MemberError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let users = self.users.lock().unwrap().clone();
        self.gate.acquire().await?.forget();
        if users.is_empty() { Err("no members".into()) } else { Ok(users) }
    }
}

impl MemberSource for Members {
    fn channel_members<'a>(&'a self, _: &'a ChannelId) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        self.read().boxed()
    }

    fn channel_and_team_members<'a>(
        &'a self,
        _: &'a ChannelId,
    ) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        self.read().boxed()
    }

    fn team_members<'a>(&'a self, _: &'a TeamId) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        self.read().boxed()
    }

    fn strangers<'a>(&'a self, _: &'a UserId) -> BoxFuture<'a, Result<Vec<UserId>, MemberError>> {
        self.read().boxed()
    }
}

/// Returns a bus with `a` and `b` connected, and the members of its one channel.
fn room(members: &[&str]) -> (Bus, Clock, Arc<Members>, [Subscription; 2]) {
    let source = Arc::new(Members::default());
    source.set(members);
    let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
    let bus = Bus::new(clock.clone(), 3, source.clone());
    let sockets = ["a", "b"].map(|letter| {
        let socket = bus.connect(&user(letter), None, |_| super::event("hello")).unwrap();
        numbers(&socket);
        socket
    });
    (bus, clock, source, sockets)
}

fn channel() -> Audience {
    Audience::Channel("c".repeat(26).parse().unwrap())
}

async fn post(bus: &Bus) {
    bus.publish(super::event("posted"), channel()).await;
}

#[tokio::test]
async fn an_audience_is_the_connected_users_it_names() {
    let (bus, _clock, _source, [a, b]) = room(&["b", "x"]);
    let audiences = [
        (channel(), [false, true]),
        (Audience::ChannelAndTeam("c".repeat(26).parse().unwrap()), [false, true]),
        (Audience::Team("t".repeat(26).parse().unwrap()), [false, true]),
        (Audience::User(user("a")), [true, false]),
        (Audience::Users(vec![user("a"), user("x"), user("b")]), [true, true]),
        (Audience::ViewersOf(user("x")), [true, false]),
        (Audience::All, [true, true]),
    ];
    for (audience, expected) in audiences {
        bus.publish(super::event("x"), audience.clone()).await;
        let received = [&a, &b].map(|socket| !numbers(socket).is_empty());
        assert_eq!(received, expected, "{audience:?}");
    }
}

#[tokio::test]
async fn members_are_read_once_a_second_however_many_events() {
    let (bus, clock, source, [a, _b]) = room(&["a"]);
    for _ in 0..20 {
        post(&bus).await;
    }
    assert_eq!((numbers(&a).len(), source.reads()), (20, 1));
    source.set(&["b"]);
    clock.advance(Duration::from_millis(999));
    post(&bus).await;
    assert_eq!((numbers(&a).len(), source.reads()), (1, 1));
    clock.advance(Duration::from_millis(1));
    post(&bus).await;
    assert_eq!((numbers(&a).len(), source.reads()), (0, 2));
}

#[tokio::test]
async fn nothing_is_read_while_no_user_is_connected() {
    let (bus, clock, source, sockets) = room(&["a"]);
    drop(sockets);
    clock.advance(RESUME_WINDOW);
    post(&bus).await;
    assert_eq!(source.reads(), 0);
}

#[tokio::test]
async fn an_event_after_a_change_finds_the_new_members() {
    let (bus, _clock, source, [a, b]) = room(&["a"]);
    post(&bus).await;
    bus.change_members(async { source.set(&["b"]) }).await;
    post(&bus).await;
    assert_eq!((numbers(&a).len(), numbers(&b).len()), (1, 1));
}

#[tokio::test]
async fn an_event_during_a_change_reads_for_itself() {
    let (bus, _clock, source, [a, b]) = room(&["a"]);
    post(&bus).await;
    bus.change_members(async {
        post(&bus).await;
        // Committed, although the change is not over.
        source.set(&["b"]);
        post(&bus).await;
    })
    .await;
    assert_eq!((numbers(&a).len(), numbers(&b).len(), source.reads()), (2, 1, 3));
}

#[tokio::test]
async fn a_read_that_a_change_overtakes_is_repeated_before_delivery() {
    let (bus, _clock, source, [a, b]) = room(&["a"]);
    let held = source.gate.acquire_many(1000).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test awaits the task")]
    let posted = tokio::spawn({
        let bus = bus.clone();
        async move { post(&bus).await }
    });
    while source.reads() == 0 {
        tokio::task::yield_now().await;
    }
    bus.change_members(async { source.set(&["b"]) }).await;
    drop(held);
    posted.await.unwrap();
    assert_eq!((numbers(&a).len(), numbers(&b).len(), source.reads()), (0, 1, 2));
}

#[tokio::test]
async fn a_failed_read_drops_the_event_and_is_not_cached() {
    let (bus, _clock, source, [a, _b]) = room(&[]);
    post(&bus).await;
    source.set(&["a"]);
    post(&bus).await;
    assert_eq!(numbers(&a), [1]);
}
