//! Incoming webhooks.

use std::time::Duration;

use jackfield::model::{
    ChannelKind, HookFilter, HookId, HookTarget, IncomingHook, TeamId, Timestamp, User, UserId, Verifier,
};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::{TestStore, each_backend, soon};

use super::rows::{
    Room, assert_conflict, assert_missing, channel, channel_member, hook, installed, plugin_id, room,
    room_of, unknown, user,
};

/// Creates a hook one millisecond after the previous one.
async fn made(store: &TestStore, room: &Room) -> IncomingHook {
    store.clock.advance(Duration::from_millis(1));
    let hook = hook(&store.clock, room);
    store.hooks().create(hook.clone()).await.unwrap();
    hook
}

each_backend! {
    async fn a_hook_reads_back_as_it_was_made(store: TestStore) {
        let room = room(&store).await;
        let plain = made(&store, &room).await;
        assert_eq!(store.hooks().get(&plain.id).await.unwrap(), Some(plain));
        let plugin = installed(&store, "com.acme.deploy", &room.user).await;
        let bridge = IncomingHook {
            bridge: Some((plugin.id, "builds".to_owned())),
            verifier: Verifier::Github,
            sealed_secret: Some((0..=255).collect()),
            channel_locked: false,
            outlives_owner: true,
            ..hook(&store.clock, &room)
        };
        store.hooks().create(bridge.clone()).await.unwrap();
        assert_eq!(store.hooks().get(&bridge.id).await.unwrap(), Some(bridge));
        assert_eq!(store.hooks().get(&unknown::<HookId>()).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_target_contains_the_facts_of_owner_and_channel(store: TestStore) {
        let room = room(&store).await;
        let hook = made(&store, &room).await;
        let target = store.hooks().target(&hook.id).await.unwrap().expect("the hook is there");
        let channel = store.channel(&hook.channel_id).await.unwrap().expect("its channel is there");
        let is_member = store.is_channel_member(&hook.channel_id, &hook.user_id).await.unwrap();
        let expected = HookTarget {
            hook: hook.clone(),
            owner_exists: true,
            owner_is_active: true,
            owner_roles: room.user.roles.clone(),
            owner_is_in_team: store.team_member(&hook.team_id, &hook.user_id).await.unwrap().is_some(),
            owner_is_member: is_member,
            channel_kind: channel.kind,
            channel_is_archived: false,
        };
        assert_eq!(*target, expected);
        store.hooks().delete(&hook.id, store.clock.now()).await.unwrap();
        assert_eq!(store.hooks().target(&hook.id).await.unwrap(), None);
        assert_eq!(store.hooks().target(&unknown::<HookId>()).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_target_changed_by_another_process_shows_in_the_end(store: TestStore) {
        let room = room(&store).await;
        let hook = made(&store, &room).await;
        let tasks = Tasks::default();
        let other = Store::open(store.url(), 1, &tasks).await.unwrap();
        // Both stores have read the hook and may cache it.
        assert!(store.hooks().target(&hook.id).await.unwrap().is_some());
        other.hooks().delete(&hook.id, store.clock.now()).await.unwrap();
        assert_eq!(other.hooks().target(&hook.id).await.unwrap(), None);
        // The store promises a second; the test asserts only that the change shows eventually.
        let gone = async {
            while store.hooks().target(&hook.id).await.unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        };
        soon("the other's change shows", gone).await;
    }
}

each_backend! {
    async fn a_hooks_address_is_unique_and_its_references_exist(store: TestStore) {
        let room = room(&store).await;
        let first = made(&store, &room).await;
        let again = IncomingHook { description: "again".to_owned(), ..first.clone() };
        assert_conflict(store.hooks().create(again).await);
        assert_eq!(store.hooks().get(&first.id).await.unwrap(), Some(first));
        let spoilt: [fn(&mut IncomingHook); 4] = [
            |hook| hook.user_id = unknown(),
            |hook| hook.channel_id = unknown(),
            |hook| hook.team_id = unknown(),
            |hook| hook.bridge = Some((plugin_id("com.acme.absent"), "builds".to_owned())),
        ];
        for spoil in spoilt {
            let mut hook = hook(&store.clock, &room);
            spoil(&mut hook);
            assert_missing(store.hooks().create(hook.clone()).await);
            assert_eq!(store.hooks().get(&hook.id).await.unwrap(), None);
        }
    }
}

each_backend! {
    async fn hooks_are_paged_oldest_first_by_team_and_owner(store: TestStore) {
        let kitchen = room(&store).await;
        let bakery = room_of(&store, user(&store, "bob").await, "bakery").await;
        let mut hooks = Vec::new();
        for room in [&kitchen, &bakery, &kitchen, &bakery] {
            hooks.push(made(&store, room).await);
        }
        // Bob owns this hook in Anna's team.
        let mixed = IncomingHook { user_id: bakery.user.id.clone(), ..hook(&store.clock, &kitchen) };
        store.clock.advance(Duration::from_millis(1));
        let mixed = IncomingHook { create_at: store.clock.now(), ..mixed };
        store.hooks().create(mixed.clone()).await.unwrap();
        hooks.push(mixed);
        let expected = |places: &[usize]| places.iter().map(|place| hooks[*place].clone()).collect::<Vec<_>>();
        let filter = |team: Option<TeamId>, owner: Option<UserId>| HookFilter { team, owner, manager: None };
        let (team, bob) = (Some(kitchen.team.id.clone()), Some(bakery.user.id.clone()));
        for (filter, places) in [
            (filter(None, None), &[0, 1, 2, 3, 4][..]),
            (filter(team.clone(), None), &[0, 2, 4][..]),
            (filter(None, bob.clone()), &[1, 3, 4][..]),
            (filter(team, bob), &[4][..]),
            (filter(Some(unknown()), None), &[][..]),
            (filter(None, Some(unknown())), &[][..]),
        ] {
            let hooks = store.hooks();
            assert_eq!(hooks.list(&filter, 0, 60).await.unwrap(), expected(places), "{filter:?}");
            let rest = places.get(1..2).unwrap_or_default();
            assert_eq!(hooks.list(&filter, 1, 1).await.unwrap(), expected(rest), "{filter:?}");
            assert_eq!(hooks.list(&filter, 0, 0).await.unwrap(), [], "{filter:?}");
            assert_eq!(usize::try_from(hooks.count(&filter).await.unwrap()), Ok(places.len()), "{filter:?}");
        }
    }
}

each_backend! {
    async fn a_teams_hooks_for_a_user_leave_out_private_channels_of_others(store: TestStore) {
        let kitchen = room(&store).await;
        let bob = user(&store, "bob").await;
        let mut secret = channel(&store.clock, Some(&kitchen.team), "secret");
        secret.kind = ChannelKind::Private;
        store.create_channel(secret.clone(), channel_member(&secret, &kitchen.user)).await.unwrap();
        let open = made(&store, &kitchen).await;
        let mut hidden = Vec::new();
        for owner in [&kitchen.user, &bob] {
            store.clock.advance(Duration::from_millis(1));
            let (user_id, channel_id) = (owner.id.clone(), secret.id.clone());
            let hook = IncomingHook { user_id, channel_id, ..hook(&store.clock, &kitchen) };
            store.hooks().create(hook.clone()).await.unwrap();
            hidden.push(hook);
        }
        let all = [&[open.clone()][..], &hidden].concat();
        let of = |team: &TeamId, manager: &User| HookFilter {
            team: Some(team.clone()),
            owner: None,
            manager: Some(manager.id.clone()),
        };
        let (annas, bobs) = (of(&kitchen.team.id, &kitchen.user), of(&kitchen.team.id, &bob));
        assert_eq!(store.hooks().list(&annas, 0, 60).await.unwrap(), all);
        // His own hook is his, wherever it posts.
        assert_eq!(store.hooks().list(&bobs, 0, 60).await.unwrap(), [open, hidden[1].clone()]);
        assert_eq!(store.hooks().list(&annas, 1, 1).await.unwrap(), hidden[..1]);
        assert_eq!((store.hooks().count(&annas).await.unwrap(), store.hooks().count(&bobs).await.unwrap()), (3, 2));
        store.join_channel(channel_member(&secret, &bob)).await.unwrap();
        assert_eq!(store.hooks().list(&bobs, 0, 60).await.unwrap(), all);
        assert_eq!(store.hooks().list(&of(&unknown(), &bob), 0, 60).await.unwrap(), []);
    }
}

each_backend! {
    async fn hooks_of_one_moment_are_paged_by_id(store: TestStore) {
        let room = room(&store).await;
        let mut hooks = Vec::new();
        for _ in 0..5 {
            let hook = hook(&store.clock, &room);
            store.hooks().create(hook.clone()).await.unwrap();
            hooks.push(hook);
        }
        hooks.sort_by(|a, b| a.id.cmp(&b.id));
        let mut paged = store.hooks().list(&HookFilter::default(), 0, 3).await.unwrap();
        paged.extend(store.hooks().list(&HookFilter::default(), 3, 3).await.unwrap());
        assert_eq!(paged, hooks);
    }
}

each_backend! {
    async fn bridges_are_the_hooks_that_plugins_read(store: TestStore) {
        let kitchen = room(&store).await;
        let bob = user(&store, "bob").await;
        let plugin = installed(&store, "com.acme.deploy", &kitchen.user).await;
        made(&store, &kitchen).await;
        let mut bridges = Vec::new();
        for (owner, name) in [(&kitchen.user, "one"), (&bob, "two"), (&kitchen.user, "three")] {
            store.clock.advance(Duration::from_millis(1));
            let bridge = IncomingHook {
                user_id: owner.id.clone(),
                bridge: Some((plugin.id.clone(), name.to_owned())),
                ..hook(&store.clock, &kitchen)
            };
            store.hooks().create(bridge.clone()).await.unwrap();
            bridges.push(bridge);
        }
        let after = |hook: &IncomingHook| Some((hook.create_at, hook.id.clone()));
        assert_eq!(store.hooks().bridges(None, None, 60).await.unwrap(), bridges);
        assert_eq!(store.hooks().bridges(None, after(&bridges[0]).as_ref(), 1).await.unwrap(), bridges[1..2]);
        assert_eq!(store.hooks().bridges(Some(&bob.id), None, 60).await.unwrap(), bridges[1..2]);
        assert_eq!(store.hooks().bridges(Some(&bob.id), after(&bridges[1]).as_ref(), 60).await.unwrap(), []);
        store.hooks().delete(&bridges[0].id, store.clock.now()).await.unwrap();
        assert_eq!(store.hooks().bridges(None, None, 60).await.unwrap(), bridges[1..]);
        assert_eq!(store.hooks().bridges(Some(&kitchen.user.id), None, 60).await.unwrap(), bridges[2..]);
    }
}

each_backend! {
    async fn a_deleted_hook_is_unknown_and_its_address_stays_taken(store: TestStore) {
        let room = room(&store).await;
        let (deleted, kept) = (made(&store, &room).await, made(&store, &room).await);
        store.hooks().delete(&deleted.id, store.clock.now()).await.unwrap();
        store.hooks().delete(&deleted.id, store.clock.now()).await.unwrap();
        store.hooks().delete(&unknown::<HookId>(), store.clock.now()).await.unwrap();
        assert_eq!(store.hooks().get(&deleted.id).await.unwrap(), None);
        assert_eq!(store.hooks().list(&HookFilter::default(), 0, 60).await.unwrap(), [kept]);
        assert_conflict(store.hooks().create(deleted).await);
    }
}

each_backend! {
    async fn an_update_writes_the_settings_of_a_hook_that_is_not_deleted(store: TestStore) {
        let room = room(&store).await;
        let hook = made(&store, &room).await;
        let changed = IncomingHook {
            channel_id: room.off_topic.id.clone(),
            display_name: "new".to_owned(),
            description: "d".to_owned(),
            username: "ci".to_owned(),
            icon_url: "https://example.org/i.png".to_owned(),
            channel_locked: !hook.channel_locked,
            update_at: Timestamp::from_millis(hook.update_at.as_millis() + 1),
            ..hook.clone()
        };
        // The owner stays.
        let sent = IncomingHook { user_id: unknown(), ..changed.clone() };
        assert!(store.hooks().update(sent).await.unwrap());
        assert_eq!(store.hooks().get(&hook.id).await.unwrap(), Some(changed));
        store.hooks().delete(&hook.id, store.clock.now()).await.unwrap();
        assert!(!store.hooks().update(hook.clone()).await.unwrap());
        assert_eq!(store.hooks().get(&hook.id).await.unwrap(), None);
    }
}
