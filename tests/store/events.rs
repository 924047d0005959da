//! The queue of events: who claims one owns it until the lease ends.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use jackfield::model::{Changes, Event, EventKind, QueuedEvent};
use jackfield_tests::{TestStore, each_backend, soon};

use super::rows::{assert_conflict, commit_posts, event, post, room};

const LEASE: Duration = Duration::from_secs(30);
const ALMOST_A_LEASE: Duration = Duration::from_millis(29_999);

/// That many events, each with a number of hops of its own, in the order they were written.
async fn events(store: &TestStore, count: i64) -> Vec<Event> {
    let room = room(store).await;
    let said = post(&store.clock, &room.channel, &room.user.id, "said");
    commit_posts(store, std::slice::from_ref(&said)).await;
    let events: Vec<Event> = (0..count).map(|hops| Event { hops, ..event(&said) }).collect();
    store.commit(Changes { events: events.clone(), ..Changes::default() }).await.unwrap();
    events
}

async fn claim(store: &TestStore, limit: i64) -> Vec<Event> {
    claim_numbered(store, limit).await.into_iter().map(|queued| queued.event).collect()
}

async fn claim_numbered(store: &TestStore, limit: i64) -> Vec<QueuedEvent> {
    let now = store.clock.now();
    store.claim_events(now, now.plus(LEASE), limit).await.unwrap()
}

fn numbers(events: &[QueuedEvent]) -> Vec<i64> {
    events.iter().map(|queued| queued.number).collect()
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
        let numbers = numbers(&claim_numbered(&store, 10).await);
        let settled = vec![numbers[2], numbers[0]];
        store.settle_events(settled.clone()).await.unwrap();
        assert_eq!(store.event_count().await.unwrap(), 1);
        store.settle_events(settled).await.unwrap();
        store.settle_events(Vec::new()).await.unwrap();
        store.clock.advance(LEASE);
        assert_eq!(claim(&store, 10).await, events[1..2]);
        store.settle_events(vec![numbers[1]]).await.unwrap();
        assert_eq!(store.event_count().await.unwrap(), 0);
    }
}

each_backend! {
    async fn claims_at_once_share_the_events_without_overlap(store: TestStore) {
        events(&store, 40).await;
        let claims = soon("eight claims", join_all((0..8).map(|_| claim_numbered(&store, 5)))).await;
        let claimed: Vec<i64> = claims.iter().flat_map(|claim| numbers(claim)).collect();
        let mut distinct: BTreeSet<i64> = claimed.iter().copied().collect();
        assert_eq!(distinct.len(), claimed.len());
        // A claim may skip what another is just taking; what is left is there for the next.
        let rest = claim_numbered(&store, 100).await;
        assert_eq!(claimed.len() + rest.len(), 40);
        distinct.extend(numbers(&rest));
        assert_eq!(distinct.len(), 40);
        for claim in &claims {
            assert!(claim.is_sorted_by_key(|event| event.number));
        }
    }
}

each_backend! {
    async fn what_nobody_asked_for_is_removed_claimed_or_not(store: TestStore) {
        events(&store, 3).await;
        assert_eq!(claim(&store, 1).await.len(), 1);
        store.remove_events(EventKind::Posted).await.unwrap();
        assert_eq!(store.event_count().await.unwrap(), 0);
        assert_eq!(claim(&store, 10).await, []);
    }
}

each_backend! {
    async fn a_number_is_never_given_again(store: TestStore) {
        let again = events(&store, 2).await;
        let first = numbers(&claim_numbered(&store, 10).await);
        store.settle_events(first.clone()).await.unwrap();
        store.commit(Changes { events: again[..1].to_vec(), ..Changes::default() }).await.unwrap();
        let next = numbers(&claim_numbered(&store, 10).await);
        assert!(next[0] > first[1], "{next:?} follows {first:?}");
        // Whoever dealt with the first ones settles them once more, late.
        store.settle_events(first).await.unwrap();
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
        let written = event(&said);
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
        let room = room(&store).await;
        let said = post(&store.clock, &room.channel, &room.user.id, "said");
        commit_posts(&store, std::slice::from_ref(&said)).await;
        let events = vec![event(&said)];
        // The post is there already.
        assert_conflict(store.commit(Changes { posts: vec![said], events, ..Changes::default() }).await);
        assert_eq!(store.events_written().now_or_never(), None);
    }
}
