//! Outgoing webhooks and their addresses.

use std::time::Duration;

use jackfield::clock::Clock;
use jackfield::model::{
    Changes, ChannelId, EndpointId, HookEndpoint, HookTrigger, JobKind, NewJob, OutgoingHook, OutgoingHookId,
    TeamId, Timestamp, TriggerWhen, UserId,
};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::{TestStore, each_backend, soon};
use serde_json::json;

use super::rows::{Room, assert_missing, room, room_of, unknown, user};

const TICK: Duration = Duration::from_millis(1);

pub(super) fn hook(clock: &Clock, room: &Room, urls: &[&str]) -> OutgoingHook {
    let now = clock.now();
    OutgoingHook {
        id: clock.id(),
        creator_id: room.user.id.clone(),
        team_id: room.team.id.clone(),
        channel_id: Some(room.channel.id.clone()),
        display_name: "Builds".to_owned(),
        description: "ü\"'".to_owned(),
        username: "builder".to_owned(),
        icon_url: "https://example.org/icon.png".to_owned(),
        content_type: "application/json".to_owned(),
        trigger_words: vec!["#build".to_owned(), "größe".to_owned()],
        trigger_when: TriggerWhen::StartsWith,
        callback_urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        sealed_token: vec![0, 1, 255],
        create_at: now,
        update_at: now.plus(TICK),
        delete_at: Timestamp::NEVER,
    }
}

pub(super) fn endpoint(clock: &Clock, hook: &OutgoingHook, url: &str) -> HookEndpoint {
    HookEndpoint {
        id: clock.id(),
        hook_id: hook.id.clone(),
        url: url.to_owned(),
        sealed_secret: vec![2, 3],
        sealed_previous: None,
        previous_until: Timestamp::NEVER,
        failing_since: Timestamp::NEVER,
        disabled_at: Timestamp::NEVER,
        disabled_reason: String::new(),
        create_at: hook.update_at,
        delete_at: Timestamp::NEVER,
    }
}

/// Creates a hook with these addresses, one millisecond after the previous one.
pub(super) async fn made(store: &TestStore, room: &Room, urls: &[&str]) -> (OutgoingHook, Vec<HookEndpoint>) {
    store.clock.advance(TICK);
    let hook = hook(&store.clock, room, urls);
    let endpoints: Vec<HookEndpoint> = urls.iter().map(|url| endpoint(&store.clock, &hook, url)).collect();
    store.outgoing().create(hook.clone(), endpoints.clone()).await.unwrap();
    (hook, endpoints)
}

async fn triggers(store: &TestStore, team: &TeamId) -> Option<Vec<HookTrigger>> {
    let triggers = store.outgoing().triggers(team).await.unwrap();
    triggers.map(|triggers| triggers.hooks.clone())
}

/// Writes a job about an address that is due now.
async fn waiting(store: &TestStore, endpoint: &EndpointId) -> NewJob {
    let job = NewJob {
        id: store.clock.id(),
        kind: JobKind::Delivery,
        subject: endpoint.to_string(),
        payload: json!({}),
        unique_key: None,
        due_at: store.clock.now(),
        create_at: store.clock.now(),
    };
    store.commit(Changes { jobs: vec![job.clone()], ..Changes::default() }).await.unwrap();
    job
}

async fn claimed(store: &TestStore) -> usize {
    let now = store.clock.now();
    store.jobs().claim(JobKind::Delivery, now, now.plus(TICK), 9, Vec::new()).await.unwrap().len()
}

each_backend! {
    async fn a_hook_and_its_addresses_read_back_as_they_were_made(store: TestStore) {
        let room = room(&store).await;
        let (hook, endpoints) = made(&store, &room, &["http://a.test/", "http://b.test/"]).await;
        assert_eq!(store.outgoing().get(&hook.id).await.unwrap(), Some(hook.clone()));
        assert_eq!(store.outgoing().endpoints(&hook.id).await.unwrap(), endpoints);
        assert_eq!(store.outgoing().endpoint(&endpoints[1].id).await.unwrap(), Some(endpoints[1].clone()));
        assert_eq!(store.outgoing().get(&unknown::<OutgoingHookId>()).await.unwrap(), None);
        assert_eq!(store.outgoing().endpoint(&unknown::<EndpointId>()).await.unwrap(), None);
        let orphan = OutgoingHook { id: store.clock.id(), creator_id: unknown(), ..hook };
        assert_missing(store.outgoing().create(orphan, Vec::new()).await);
    }
}

each_backend! {
    async fn hooks_are_paged_oldest_first_by_team_channel_and_creator(store: TestStore) {
        let room = room(&store).await;
        let eve = user(&store, "eve").await;
        let other = room_of(&store, eve, "hall").await;
        let (first, _) = made(&store, &room, &["http://a.test/"]).await;
        let (second, _) = made(&store, &other, &["http://a.test/"]).await;
        let (third, _) = made(&store, &room, &["http://a.test/"]).await;
        let list = async |team: Option<&TeamId>, channel: Option<&ChannelId>, creator: Option<&UserId>, page| {
            let (offset, limit) = page;
            let hooks = store.outgoing().list(team, channel, creator, offset, limit).await.unwrap();
            hooks.into_iter().map(|hook| hook.id).collect::<Vec<_>>()
        };
        let all = [first.id.clone(), second.id.clone(), third.id.clone()];
        assert_eq!(list(None, None, None, (0, 9)).await, all);
        assert_eq!(list(None, None, None, (1, 1)).await, all[1..2]);
        assert_eq!(list(Some(&room.team.id), None, None, (0, 9)).await, [first.id.clone(), third.id.clone()]);
        assert_eq!(list(None, Some(&other.channel.id), None, (0, 9)).await, all[1..2]);
        assert_eq!(list(None, None, Some(&other.user.id), (0, 9)).await, all[1..2]);
        assert_eq!(list(Some(&room.team.id), Some(&other.channel.id), None, (0, 9)).await, []);
    }
}

each_backend! {
    async fn an_update_keeps_the_addresses_that_stay(store: TestStore) {
        let room = room(&store).await;
        let (hook, endpoints) = made(&store, &room, &["http://a.test/", "http://b.test/"]).await;
        waiting(&store, &endpoints[0].id).await;
        waiting(&store, &endpoints[1].id).await;
        let changed = OutgoingHook {
            channel_id: None,
            display_name: "new".to_owned(),
            trigger_words: Vec::new(),
            trigger_when: TriggerWhen::Equals,
            callback_urls: vec!["http://b.test/".to_owned(), "http://c.test/".to_owned()],
            update_at: store.clock.now().plus(TICK),
            ..hook.clone()
        };
        let named = ["http://b.test/", "http://c.test/"].map(|url| endpoint(&store.clock, &changed, url));
        assert!(store.outgoing().update(changed.clone(), named.to_vec()).await.unwrap());
        assert_eq!(store.outgoing().get(&hook.id).await.unwrap(), Some(changed.clone()));
        let present = store.outgoing().endpoints(&hook.id).await.unwrap();
        assert_eq!(present, [endpoints[1].clone(), named[1].clone()]);
        assert_eq!(store.outgoing().endpoint(&endpoints[0].id).await.unwrap(), None);
        assert_eq!(claimed(&store).await, 1, "what waits for the other address is gone");
        store.outgoing().delete(&hook.id, store.clock.now()).await.unwrap();
        assert!(!store.outgoing().update(changed, named.to_vec()).await.unwrap());
    }
}

each_backend! {
    async fn a_deleted_hook_is_gone_with_what_waits(store: TestStore) {
        let room = room(&store).await;
        let (hook, endpoints) = made(&store, &room, &["http://a.test/"]).await;
        waiting(&store, &endpoints[0].id).await;
        assert!(store.outgoing().set_token(&hook.id, vec![9], store.clock.now()).await.unwrap());
        assert_eq!(store.outgoing().get(&hook.id).await.unwrap().expect("there").sealed_token, [9]);
        store.outgoing().delete(&hook.id, store.clock.now()).await.unwrap();
        assert_eq!(store.outgoing().get(&hook.id).await.unwrap(), None);
        assert_eq!(store.outgoing().endpoints(&hook.id).await.unwrap(), []);
        assert!(!store.outgoing().set_token(&hook.id, vec![9], store.clock.now()).await.unwrap());
        assert_eq!(claimed(&store).await, 0);
    }
}

each_backend! {
    async fn a_disabled_address_holds_what_waits_until_it_is_enabled(store: TestStore) {
        let room = room(&store).await;
        let (_, endpoints) = made(&store, &room, &["http://a.test/"]).await;
        let id = &endpoints[0].id;
        waiting(&store, id).await;
        let at = store.clock.now();
        assert!(store.outgoing().disable(id, "it is gone", at).await.unwrap());
        assert!(!store.outgoing().disable(id, "again", at).await.unwrap());
        let disabled = HookEndpoint { disabled_at: at, disabled_reason: "it is gone".to_owned(), ..endpoints[0].clone() };
        assert_eq!(store.outgoing().endpoint(id).await.unwrap(), Some(disabled));
        store.clock.advance(Duration::from_hours(1000));
        assert_eq!(claimed(&store).await, 0);
        assert!(store.outgoing().enable(id, store.clock.now()).await.unwrap());
        assert!(!store.outgoing().enable(id, store.clock.now()).await.unwrap());
        assert_eq!(store.outgoing().endpoint(id).await.unwrap(), Some(endpoints[0].clone()));
        assert_eq!(claimed(&store).await, 1);
    }
}

each_backend! {
    async fn a_rotation_keeps_the_secret_before(store: TestStore) {
        let room = room(&store).await;
        let (_, endpoints) = made(&store, &room, &["http://a.test/"]).await;
        let until = store.clock.now().plus(TICK);
        assert!(store.outgoing().rotate(&endpoints[0].id, vec![7], until).await.unwrap());
        let rotated = HookEndpoint {
            sealed_secret: vec![7],
            sealed_previous: Some(endpoints[0].sealed_secret.clone()),
            previous_until: until,
            ..endpoints[0].clone()
        };
        assert_eq!(store.outgoing().endpoint(&rotated.id).await.unwrap(), Some(rotated));
        assert!(!store.outgoing().rotate(&unknown(), vec![7], until).await.unwrap());
    }
}

each_backend! {
    async fn a_team_shows_when_its_hooks_fire(store: TestStore) {
        let room = room(&store).await;
        assert_eq!(triggers(&store, &room.team.id).await, None);
        let (hook, endpoints) = made(&store, &room, &["http://a.test/", "http://b.test/"]).await;
        let trigger = |is_disabled: bool| HookTrigger {
            hook_id: hook.id.clone(),
            channel_id: hook.channel_id.clone(),
            trigger_words: hook.trigger_words.clone(),
            trigger_when: hook.trigger_when,
            endpoints: vec![(endpoints[0].id.clone(), is_disabled), (endpoints[1].id.clone(), false)],
        };
        // Each change shows at once, although the clock stands still.
        assert_eq!(triggers(&store, &room.team.id).await, Some(vec![trigger(false)]));
        store.outgoing().disable(&endpoints[0].id, "it is gone", store.clock.now()).await.unwrap();
        assert_eq!(triggers(&store, &room.team.id).await, Some(vec![trigger(true)]));
        store.outgoing().delete(&hook.id, store.clock.now()).await.unwrap();
        assert_eq!(triggers(&store, &room.team.id).await, None);
    }
}

each_backend! {
    async fn a_hook_of_another_process_fires_in_the_end(store: TestStore) {
        let room = room(&store).await;
        assert_eq!(triggers(&store, &room.team.id).await, None);
        let tasks = Tasks::default();
        let other = Store::open(store.url(), 1, &tasks).await.unwrap();
        let hook = hook(&store.clock, &room, &["http://a.test/"]);
        let endpoint = endpoint(&store.clock, &hook, "http://a.test/");
        other.outgoing().create(hook, vec![endpoint]).await.unwrap();
        // The store promises a second; the test asserts only that the change shows eventually.
        let shown = async {
            while triggers(&store, &room.team.id).await.map(|hooks| hooks.len()) != Some(1) {
                tokio::task::yield_now().await;
            }
        };
        soon("the other's hook shows", shown).await;
    }
}
