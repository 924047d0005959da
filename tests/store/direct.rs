//! Channels that belong to no team.

use jackfield::model::{Channel, ChannelWithCounts, User};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{channel, channel_member, user};

fn between(
    store: &TestStore,
    name: &str,
    people: &[&User],
) -> (Channel, Vec<jackfield::model::ChannelMember>) {
    let new = channel(&store.clock, None, name);
    let members = people.iter().map(|user| channel_member(&new, user)).collect();
    (new, members)
}

each_backend! {
    async fn a_teamless_channel_is_unique_by_name(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        assert_eq!(store.teamless_channel("a__b").await.unwrap(), None);
        let (first, members) = between(&store, "a__b", &[&anna, &bob]);
        assert_eq!(store.open_teamless_channel(first.clone(), members).await.unwrap(), (ChannelWithCounts::of_new(first.clone()), true));
        let (second, members) = between(&store, "a__b", &[&anna]);
        assert_eq!(store.open_teamless_channel(second.clone(), members).await.unwrap(), (ChannelWithCounts::of_new(first.clone()), false));
        assert_eq!(store.channel(&second.id).await.unwrap(), None);
        assert_eq!(store.teamless_channel("a__b").await.unwrap(), Some(ChannelWithCounts::of_new(first.clone())));
        assert_eq!(store.channel_member_count(&first.id).await.unwrap(), 2);
        let (other, members) = between(&store, "a__c", &[&anna]);
        assert_eq!(store.open_teamless_channel(other.clone(), members).await.unwrap(), (ChannelWithCounts::of_new(other), true));
    }
}

each_backend! {
    async fn concurrent_requests_create_a_channel_once(store: TestStore) {
        let anna = user(&store, "anna").await;
        let asked: Vec<_> = (0..8).map(|_| between(&store, "a__a", &[&anna])).collect();
        let opened = asked.into_iter().map(|(channel, members)| store.open_teamless_channel(channel, members));
        let opened: Vec<(ChannelWithCounts, bool)> =
            futures_util::future::join_all(opened).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(opened.iter().filter(|(_, made)| *made).count(), 1);
        assert!(opened.iter().all(|(channel, _)| channel.id == opened[0].0.id));
    }
}
