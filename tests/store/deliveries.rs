//! Deliveries: written with the change that causes them, and their attempts recorded once.

use std::time::Duration;

use jackfield::model::{
    AttemptOutcome, Changes, ClaimedJob, Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState,
    DeliveryTarget, EndpointHealth, HookEndpoint, JobId, JobKind, JobOutcome, JobState, NewDelivery, NewJob,
    OutgoingEvent, OutgoingHook, PostPayload, Timestamp,
};
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::outgoing::made;
use super::rows::{Room, room, unknown};

const LEASE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_hours(24);

/// A hook with one address.
struct Subscription {
    room: Room,
    hook: OutgoingHook,
    endpoint: HookEndpoint,
}

impl Subscription {
    async fn new(store: &TestStore) -> Self {
        let room = room(store).await;
        let (hook, mut endpoints) = made(store, &room, &["http://a.test/"]).await;
        Self { room, hook, endpoint: endpoints.remove(0) }
    }

    fn payload(&self, store: &TestStore) -> PostPayload {
        PostPayload {
            team_id: self.room.team.id.clone(),
            team_domain: self.room.team.name.clone(),
            channel_id: self.room.channel.id.clone(),
            channel_name: self.room.channel.name.clone(),
            timestamp: store.clock.now(),
            user_id: self.room.user.id.clone(),
            user_name: self.room.user.username.clone(),
            post_id: store.clock.id(),
            text: "#build \"now\" ü".to_owned(),
            file_ids: String::new(),
        }
    }

    /// Writes a delivery that is due now, one millisecond after the previous one.
    async fn send(&self, store: &TestStore) -> (NewDelivery, PostPayload) {
        store.clock.advance(TICK);
        let now = store.clock.now();
        let payload = self.payload(store);
        let event = OutgoingEvent { id: store.clock.id(), payload: payload.clone(), create_at: now };
        let delivery = NewDelivery {
            id: store.clock.id(),
            event_id: event.id.clone(),
            hook_id: self.hook.id.clone(),
            endpoint_id: self.endpoint.id.clone(),
            trigger_word: "#build".to_owned(),
            create_at: now,
        };
        let job = NewJob {
            id: delivery.id.clone(),
            kind: JobKind::Delivery,
            subject: self.endpoint.id.to_string(),
            payload: json!({}),
            unique_key: None,
            due_at: now,
            create_at: now,
        };
        let changes = Changes {
            jobs: vec![job],
            events: vec![event],
            deliveries: vec![delivery.clone()],
            ..Changes::default()
        };
        store.commit(changes).await.unwrap();
        (delivery, payload)
    }

    async fn listed(&self, store: &TestStore, state: Option<DeliveryState>) -> Vec<JobId> {
        let filter = DeliveryFilter { endpoint: None, state };
        let list = store.deliveries().list(&self.hook.id, &filter, None, 9).await.unwrap();
        list.into_iter().map(|delivery| delivery.id).collect()
    }

    async fn health(&self, store: &TestStore) -> HookEndpoint {
        store.outgoing().endpoint(&self.endpoint.id).await.unwrap().expect("the address is there")
    }
}

async fn claim(store: &TestStore) -> ClaimedJob {
    let now = store.clock.now();
    let claimed = store.jobs().claim(JobKind::Delivery, now, now.plus(LEASE), 1, Vec::new()).await;
    claimed.unwrap().pop().expect("a job is due")
}

fn attempt(job: &ClaimedJob, at: Timestamp) -> DeliveryAttempt {
    DeliveryAttempt {
        delivery_id: job.id.clone(),
        number: job.fencing,
        outcome: AttemptOutcome::Status,
        status: 500,
        reason: "no luck".to_owned(),
        response: "ü\"'".to_owned(),
        is_binary: false,
        started_at: at,
        waited_ms: 1,
        took_ms: 2,
    }
}

each_backend! {
    async fn a_delivery_reads_back_as_it_was_written(store: TestStore) {
        let sub = Subscription::new(&store).await;
        let (new, payload) = sub.send(&store).await;
        let delivery = Delivery {
            id: new.id.clone(),
            hook_id: sub.hook.id.clone(),
            endpoint_id: sub.endpoint.id.clone(),
            url: sub.endpoint.url.clone(),
            post_id: payload.post_id.clone(),
            trigger_word: "#build".to_owned(),
            replays: 0,
            state: JobState::Waiting,
            attempts: 0,
            due_at: new.create_at,
            last_error: String::new(),
            create_at: new.create_at,
            ended_at: Timestamp::NEVER,
        };
        assert_eq!(store.deliveries().get(&new.id).await.unwrap(), Some(delivery));
        assert_eq!(store.deliveries().get(&unknown()).await.unwrap(), None);
        let target = DeliveryTarget {
            hook: sub.hook.clone(),
            endpoint: sub.endpoint.clone(),
            payload,
            trigger_word: "#build".to_owned(),
            replays: 0,
        };
        assert_eq!(store.deliveries().target(&new.id).await.unwrap(), Some(target));
        store.outgoing().delete(&sub.hook.id, store.clock.now()).await.unwrap();
        assert_eq!(store.deliveries().target(&new.id).await.unwrap(), None);
        assert_eq!(store.deliveries().get(&new.id).await.unwrap(), None, "it goes with its job");
    }
}

each_backend! {
    async fn deliveries_are_listed_newest_first_by_address_and_state(store: TestStore) {
        let sub = Subscription::new(&store).await;
        let (first, _) = sub.send(&store).await;
        let (second, _) = sub.send(&store).await;
        let (third, _) = sub.send(&store).await;
        let done = claim(&store).await;
        let at = store.clock.now();
        assert!(store.jobs().settle(&done, JobOutcome::Done { at }).await.unwrap());
        let dead = claim(&store).await;
        let error = "no luck".to_owned();
        assert!(store.jobs().settle(&dead, JobOutcome::Dead { at, error }).await.unwrap());
        let ids = [third.id, second.id, first.id];
        assert_eq!(sub.listed(&store, None).await, ids);
        assert_eq!(sub.listed(&store, Some(DeliveryState::Delivered)).await, ids[2..]);
        assert_eq!(sub.listed(&store, Some(DeliveryState::Dead)).await, ids[1..2]);
        assert_eq!(sub.listed(&store, Some(DeliveryState::Waiting)).await, ids[..1]);
        store.outgoing().disable(&sub.endpoint.id, "paused", at).await.unwrap();
        assert_eq!(sub.listed(&store, Some(DeliveryState::Held)).await, ids[..1]);
        assert_eq!(sub.listed(&store, Some(DeliveryState::Waiting)).await, []);
        let page = async |endpoint, before: Option<&JobId>| {
            let filter = DeliveryFilter { endpoint, state: None };
            let list = store.deliveries().list(&sub.hook.id, &filter, before, 1).await.unwrap();
            list.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
        };
        assert_eq!(page(Some(sub.endpoint.id.clone()), Some(&ids[0])).await, ids[1..2]);
        assert_eq!(page(Some(unknown()), None).await, []);
    }
}

each_backend! {
    async fn an_attempt_is_recorded_once_and_only_for_the_last_claim(store: TestStore) {
        let sub = Subscription::new(&store).await;
        sub.send(&store).await;
        let late = claim(&store).await;
        store.clock.advance(LEASE);
        let held = claim(&store).await;
        let at = store.clock.now();
        let record = async |job: &ClaimedJob, health: EndpointHealth| {
            store.deliveries().record(job, attempt(job, at), &sub.endpoint.id, health).await.unwrap()
        };
        assert!(!record(&late, EndpointHealth::Fails).await);
        assert_eq!(sub.health(&store).await.failing_since, Timestamp::NEVER);
        assert!(record(&held, EndpointHealth::Fails).await);
        assert_eq!(sub.health(&store).await.failing_since, at);
        assert_eq!(store.deliveries().attempts(&held.id).await.unwrap(), [attempt(&held, at)]);
        assert!(store.jobs().settle(&held, JobOutcome::Done { at }).await.unwrap());
        assert!(!record(&held, EndpointHealth::Fails).await, "it is settled");
    }
}

each_backend! {
    async fn the_health_of_an_address_follows_its_attempts(store: TestStore) {
        let sub = Subscription::new(&store).await;
        let record = async |health: EndpointHealth| {
            sub.send(&store).await;
            let job = claim(&store).await;
            let at = store.clock.now();
            assert!(store.deliveries().record(&job, attempt(&job, at), &sub.endpoint.id, health).await.unwrap());
            at
        };
        let since = record(EndpointHealth::Fails).await;
        record(EndpointHealth::Fails).await;
        assert_eq!(sub.health(&store).await.failing_since, since);
        record(EndpointHealth::Works).await;
        assert_eq!(sub.health(&store).await.failing_since, Timestamp::NEVER);
        let at = record(EndpointHealth::Disabled("it is gone".to_owned())).await;
        let endpoint = sub.health(&store).await;
        assert_eq!((endpoint.disabled_at, endpoint.disabled_reason.as_str()), (at, "it is gone"));
    }
}

each_backend! {
    async fn a_replay_makes_any_delivery_due_that_is_not_tried_or_held(store: TestStore) {
        let sub = Subscription::new(&store).await;
        let (new, _) = sub.send(&store).await;
        let replay = async || store.deliveries().replay(&new.id, store.clock.now()).await.unwrap();
        let job = claim(&store).await;
        assert!(!replay().await, "it is being tried");
        assert!(store.jobs().settle(&job, JobOutcome::Done { at: store.clock.now() }).await.unwrap());
        assert!(replay().await);
        let delivery = store.deliveries().get(&new.id).await.unwrap().expect("it is there");
        assert_eq!((delivery.state, delivery.replays, delivery.attempts), (JobState::Waiting, 1, 0));
        store.outgoing().disable(&sub.endpoint.id, "paused", store.clock.now()).await.unwrap();
        assert!(!replay().await, "it is held");
        store.outgoing().enable(&sub.endpoint.id, store.clock.now()).await.unwrap();
        assert_eq!(claim(&store).await.id, new.id);
        assert!(!store.deliveries().replay(&unknown(), store.clock.now()).await.unwrap());
    }
}

each_backend! {
    async fn what_is_held_too_long_is_given_up_and_goes_with_its_event(store: TestStore) {
        let sub = Subscription::new(&store).await;
        let (new, _) = sub.send(&store).await;
        store.outgoing().disable(&sub.endpoint.id, "paused", store.clock.now()).await.unwrap();
        let give_up = async |before| store.deliveries().give_up_held(before, store.clock.now()).await.unwrap();
        assert_eq!(give_up(new.create_at).await, 0);
        assert_eq!(give_up(new.create_at.plus(TICK)).await, 1);
        assert_eq!(sub.listed(&store, Some(DeliveryState::Dead)).await, [new.id]);
        let remove = async || store.deliveries().remove_events(store.clock.now(), 9).await.unwrap();
        store.clock.advance(DAY);
        assert_eq!(remove().await, 0, "its delivery is listed");
        assert_eq!(store.jobs().remove_ended(JobKind::Delivery, store.clock.now(), 9).await.unwrap(), 1);
        assert_eq!(sub.listed(&store, None).await, []);
        assert_eq!(remove().await, 1);
    }
}
