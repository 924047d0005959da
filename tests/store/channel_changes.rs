//! Changes of channels.

use std::time::Duration;

use jackfield::model::{Channel, ChannelChange, ChannelId, ChannelKind, Timestamp};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_conflict, room, unknown};

each_backend! {
    async fn a_change_sets_what_it_says_and_leaves_the_rest(store: TestStore) {
        let room = room(&store).await;
        let at = store.clock.now().plus(Duration::from_secs(1));
        let header = ChannelChange { header: Some("new".to_owned()), ..ChannelChange::default() };
        let changed = store.change_channel(&room.channel.id, header, at).await.unwrap();
        let expected = Channel { header: "new".to_owned(), update_at: at, ..room.channel.clone() };
        assert_eq!(changed, Some(expected.clone()));
        let all = ChannelChange {
            name: Some("market".to_owned()),
            display_name: Some("Market".to_owned()),
            header: Some(String::new()),
            purpose: Some("selling".to_owned()),
            kind: Some(ChannelKind::Private),
            delete_at: Some(at),
        };
        // In the same millisecond, and yet later.
        let changed = store.change_channel(&room.channel.id, all, at).await.unwrap();
        let expected = Channel {
            name: "market".to_owned(),
            display_name: "Market".to_owned(),
            header: String::new(),
            purpose: "selling".to_owned(),
            kind: ChannelKind::Private,
            delete_at: at,
            update_at: Timestamp::from_millis(at.as_millis() + 1),
            ..expected
        };
        assert_eq!(changed, Some(expected.clone()));
        assert_eq!(store.channel(&room.channel.id).await.unwrap(), Some(expected));
        assert_eq!(store.channel(&room.off_topic.id).await.unwrap(), Some(room.off_topic));
    }
}

each_backend! {
    async fn a_taken_name_is_a_conflict_and_an_unknown_channel_none(store: TestStore) {
        let room = room(&store).await;
        let change = ChannelChange { name: Some("off-topic".to_owned()), ..ChannelChange::default() };
        let at = store.clock.now();
        assert_conflict(store.change_channel(&room.channel.id, change.clone(), at).await);
        assert_eq!(store.channel(&room.channel.id).await.unwrap(), Some(room.channel));
        assert_eq!(store.change_channel(&unknown::<ChannelId>(), change, at).await.unwrap(), None);
    }
}
