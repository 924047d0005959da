//! Limits of the rows that an account or team may have.

use futures_util::future::join_all;
use jackfield::model::{Channel, ChannelKind, UserId};
use jackfield::store::{Quota, QuotaKind, StoreError};
use jackfield_tests::{TestStore, each_backend, soon};

use super::rows::{Room, channel, channel_member, hook, room, user};

/// Creates a channel of the room's team, within these limits.
async fn create(
    store: &TestStore,
    room: &Room,
    creator: &UserId,
    name: &str,
    limits: &[Quota],
) -> Result<(), StoreError> {
    let channel =
        Channel { creator_id: Some(creator.clone()), ..channel(&store.clock, Some(&room.team), name) };
    let member = channel_member(&channel, &room.user);
    store.with_quotas(limits.to_vec()).create_channel(channel, member).await
}

#[track_caller]
fn assert_full(result: &Result<(), StoreError>, expected: i64) {
    assert!(
        matches!(result, Err(StoreError::LimitReached { limit, .. }) if *limit == expected),
        "{result:?}"
    );
}

each_backend! {
    async fn concurrent_changes_do_not_pass_a_limit_together(store: TestStore) {
        let room = room(&store).await;
        let names: Vec<String> = (0..8).map(|number| format!("channel-{number}")).collect();
        let limits = [Quota::new(QuotaKind::ChannelsOfAccount, &room.user.id, 3)];
        let made = names.iter().map(|name| create(&store, &room, &room.user.id, name, &limits));
        let made = soon("the channels", join_all(made)).await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 3);
        for refused in made.iter().filter(|made| made.is_err()) {
            assert_full(refused, 3);
        }
    }
}

each_backend! {
    async fn a_limit_counts_the_rows_of_its_owner_only(store: TestStore) {
        let (room, bob) = (room(&store).await, user(&store, "bob").await);
        let of_account = |owner: &UserId, limit: u32| Quota::new(QuotaKind::ChannelsOfAccount, owner, limit);
        let of_team = |limit: u32| Quota::new(QuotaKind::ChannelsOfTeam, &room.team.id, limit);
        let anna = &room.user.id;
        create(&store, &room, anna, "one", &[of_account(anna, 1), of_team(3)]).await.unwrap();
        assert_full(&create(&store, &room, anna, "two", &[of_account(anna, 1)]).await, 1);
        // The team has two first channels, which no account is said to have created here.
        assert_full(&create(&store, &room, &bob.id, "two", &[of_account(&bob.id, 1), of_team(3)]).await, 3);
        create(&store, &room, &bob.id, "two", &[of_account(&bob.id, 1), of_team(4)]).await.unwrap();
        let direct = Channel {
            creator_id: Some(anna.clone()),
            kind: ChannelKind::Direct,
            ..channel(&store.clock, None, "direct")
        };
        let member = channel_member(&direct, &room.user);
        store.create_channel(direct, member).await.unwrap();
        create(&store, &room, anna, "three", &[of_account(anna, 2)]).await.unwrap();
        let teams = Quota::new(QuotaKind::TeamsOfAccount, anna, 1);
        create(&store, &room, anna, "four", &[teams]).await.unwrap();
    }
}

each_backend! {
    async fn a_deleted_webhook_does_not_count(store: TestStore) {
        let room = room(&store).await;
        let limited = store.with_quotas([Quota::new(QuotaKind::HooksOfAccount, &room.user.id, 1)]);
        let first = hook(&store.clock, &room);
        limited.hooks().create(first.clone()).await.unwrap();
        assert_full(&limited.hooks().create(hook(&store.clock, &room)).await, 1);
        store.hooks().delete(&first.id, store.clock.now()).await.unwrap();
        limited.hooks().create(hook(&store.clock, &room)).await.unwrap();
    }
}
