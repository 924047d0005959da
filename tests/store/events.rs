//! The queue of events: who claims one owns it until the lease ends.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use jackfield::model::{Changes, Event};
use jackfield_tests::{TestStore, each_backend, soon};

use super::rows::{assert_conflict, commit_posts, event, post, room};

const LEASE: Duration = Duration::from_secs(30);
const ALMOST_A_LEASE: Duration = Duration::from_millis(29_999);

/// That many events, oldest first, a millisecond apart.
async fn events(store: &TestStore, count: usize) -> Vec<Event> {
    let room = room(store).await;
    let said = post(&store.clock, &room.channel, &room.user.id, "said");
    commit_posts(store, std::slice::from_ref(&said)).await;
    let mut events = Vec::new();
    for _ in 0..count {
        store.clock.advance(Duration::from_millis(1));
        events.push(event(&store.clock, &said));
    }
    // Written newest first: the order of claims is not that of writing.
    let written = events.iter().rev().cloned().collect();
    store.commit(Changes { events: written, ..Changes::default() }).await.unwrap();
    events
}

async fn claim(store: &TestStore, limit: i64) -> Vec<Event> {
    let now = store.clock.now();
    store.claim_events(now, now.plus(LEASE), limit).await.unwrap()
}

each_backend! {
    async fn events_are_claimed_oldest_first_and_once(store: TestStore) {
        let events = events(&store, 5).await;
        assert_eq!(claim(&store, 2).await, events[..2]);
        assert_eq!(claim(&store, 2).await, events[2..4]);
        assert_eq!(claim(&store, 2).await, events[4..]);
        assert_eq!(claim(&store, 2).await, []);
        assert_eq!(store.event_count().await.unwrap(), 5);
    }
}

each_backend! {
    async fn a_claim_ends_with_its_lease(store: TestStore) {
        let events = events(&store, 2).await;
        assert_eq!(claim(&store, 1).await, events[..1]);
        store.clock.advance(ALMOST_A_LEASE);
        assert_eq!(claim(&store, 10).await, events[1..]);
        store.clock.advance(Duration::from_millis(1));
        assert_eq!(claim(&store, 10).await, events[..1]);
        store.clock.advance(LEASE);
        assert_eq!(claim(&store, 10).await, events);
    }
}

each_backend! {
    async fn a_settled_event_does_not_come_back(store: TestStore) {
        let events = events(&store, 3).await;
        assert_eq!(claim(&store, 10).await, events);
        let settled = vec![events[0].id.clone(), events[2].id.clone()];
        store.settle_events(settled.clone()).await.unwrap();
        assert_eq!(store.event_count().await.unwrap(), 1);
        store.settle_events(settled).await.unwrap();
        store.settle_events(Vec::new()).await.unwrap();
        store.clock.advance(LEASE);
        assert_eq!(claim(&store, 10).await, events[1..2]);
        store.settle_events(vec![events[1].id.clone()]).await.unwrap();
        assert_eq!(store.event_count().await.unwrap(), 0);
    }
}

each_backend! {
    async fn claims_at_once_share_the_events_without_overlap(store: TestStore) {
        let events = events(&store, 40).await;
        let claims = soon("eight claims", join_all((0..8).map(|_| claim(&store, 5)))).await;
        let claimed: Vec<&Event> = claims.iter().flatten().collect();
        let mut distinct: BTreeSet<_> = claimed.iter().map(|event| &event.id).collect();
        assert_eq!(distinct.len(), claimed.len());
        // A claim may skip what another is just taking; what is left is there for the next.
        let rest = claim(&store, 100).await;
        assert_eq!(claimed.len() + rest.len(), 40);
        distinct.extend(rest.iter().map(|event| &event.id));
        assert_eq!(distinct, events.iter().map(|event| &event.id).collect());
        for claim in &claims {
            assert!(claim.is_sorted_by_key(|event| &event.id));
        }
    }
}

each_backend! {
    async fn an_event_is_written_once(store: TestStore) {
        let events = events(&store, 1).await;
        assert_conflict(store.commit(Changes { events: events.clone(), ..Changes::default() }).await);
        assert_eq!(store.event_count().await.unwrap(), 1);
    }
}

each_backend! {
    async fn whoever_waits_for_events_is_woken_by_the_commit_that_wrote_some(store: TestStore) {
        let room = room(&store).await;
        let said = post(&store.clock, &room.channel, &room.user.id, "said");
        commit_posts(&store, std::slice::from_ref(&said)).await;
        let mut waiting = std::pin::pin!(store.events_written());
        assert_eq!(waiting.as_mut().now_or_never(), None);
        let written = event(&store.clock, &said);
        store.commit(Changes { events: vec![written.clone()], ..Changes::default() }).await.unwrap();
        soon("the waiting one is woken", waiting).await;
        assert_eq!(claim(&store, 10).await, [written]);
    }
}

each_backend! {
    async fn what_was_written_while_nobody_waited_is_told_once(store: TestStore) {
        events(&store, 2).await;
        assert_eq!(store.events_written().now_or_never(), Some(()));
        assert_eq!(store.events_written().now_or_never(), None);
    }
}

each_backend! {
    async fn a_failed_commit_wakes_nobody(store: TestStore) {
        let events = events(&store, 1).await;
        assert_eq!(store.events_written().now_or_never(), Some(()));
        assert_conflict(store.commit(Changes { events, ..Changes::default() }).await);
        assert_eq!(store.events_written().now_or_never(), None);
    }
}
