//! Lists of channels.

use jackfield::model::{Channel, ChannelFilter, ChannelKind, ChannelWithCounts, ChannelWithTeam, Timestamp};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, channel, channel_member, commit_posts, post, room, room_of, user, without_posts};

/// Creates a channel of the room's team, with the room's account in it.
async fn made(
    store: &TestStore,
    room: &Room,
    name: &str,
    kind: ChannelKind,
    delete_at: Timestamp,
) -> Channel {
    let mut new = channel(&store.clock, Some(&room.team), name);
    (new.kind, new.delete_at) = (kind, delete_at);
    store.create_channel(new.clone(), channel_member(&new, &room.user)).await.unwrap();
    new
}

fn names(channels: &[ChannelWithCounts]) -> Vec<&str> {
    channels.iter().map(|channel| channel.name.as_str()).collect()
}

each_backend! {
    async fn all_channels_of_a_user_include_those_of_no_team(store: TestStore) {
        let room = room(&store).await;
        let now = store.clock.now();
        let old = made(&store, &room, "old", ChannelKind::Public, now).await;
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let notes = channel(&store.clock, None, "notes");
        store.create_channel(notes.clone(), channel_member(&notes, &room.user)).await.unwrap();
        let bob = room_of(&store, user(&store, "bob").await, "bobs").await;
        let mut expected =
            without_posts([room.channel, room.off_topic, bakery.channel, bakery.off_topic, notes]);
        assert_eq!(store.all_channels_of(&room.user.id, None).await.unwrap(), expected);
        let later = Timestamp::from_millis(now.as_millis() + 1);
        assert_eq!(store.all_channels_of(&room.user.id, Some(later)).await.unwrap(), expected);
        expected.insert(2, ChannelWithCounts::of_new(old));
        assert_eq!(store.all_channels_of(&room.user.id, Some(now)).await.unwrap(), expected);
        let his = store.all_channels_of(&bob.user.id, Some(Timestamp::NEVER)).await.unwrap();
        assert_eq!(names(&his), ["town-square", "off-topic"]);
    }
}

each_backend! {
    async fn own_channels_in_a_team_include_those_archived_since(store: TestStore) {
        let room = room(&store).await;
        made(&store, &room, "early", ChannelKind::Public, Timestamp::from_millis(5)).await;
        made(&store, &room, "late", ChannelKind::Public, Timestamp::from_millis(9)).await;
        let own = async |since: Option<i64>| {
            let since = since.map(Timestamp::from_millis);
            let found = store.own_channels_in(&room.user.id, &room.team.id, since).await.unwrap();
            let mut names: Vec<_> = names(&found).into_iter().map(str::to_owned).collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(own(None).await, "off-topic town-square");
        assert_eq!(own(Some(0)).await, "early late off-topic town-square");
        assert_eq!(own(Some(6)).await, "late off-topic town-square");
    }
}

each_backend! {
    async fn archived_and_private_channels_are_paged_by_displayed_name(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let now = store.clock.now();
        for (name, kind, delete_at) in [
            ("b", ChannelKind::Public, now),
            ("a", ChannelKind::Private, now),
            ("d", ChannelKind::Private, Timestamp::NEVER),
            ("c", ChannelKind::Private, Timestamp::NEVER),
        ] {
            made(&store, &room, name, kind, delete_at).await;
        }
        let team = &room.team.id;
        assert_eq!(names(&store.archived_channels(team, None, true, 0, 9).await.unwrap()), ["a", "b"]);
        assert_eq!(names(&store.archived_channels(team, None, true, 1, 9).await.unwrap()), ["b"]);
        assert_eq!(names(&store.archived_channels(team, Some(&room.user.id), true, 0, 9).await.unwrap()), ["a", "b"]);
        assert_eq!(names(&store.archived_channels(team, Some(&bob.id), true, 0, 9).await.unwrap()), ["b"]);
        assert_eq!(names(&store.archived_channels(team, Some(&room.user.id), false, 0, 9).await.unwrap()), ["a", "b"]);
        assert_eq!(names(&store.archived_channels(team, Some(&bob.id), false, 0, 9).await.unwrap()), [""; 0]);
        assert_eq!(names(&store.private_channels(team, 0, 9).await.unwrap()), ["c", "d"]);
        assert_eq!(names(&store.private_channels(team, 1, 1).await.unwrap()), ["d"]);
    }
}

each_backend! {
    async fn only_public_channels_of_the_team_are_found_by_id(store: TestStore) {
        let room = room(&store).await;
        let now = store.clock.now();
        let secret = made(&store, &room, "secret", ChannelKind::Private, Timestamp::NEVER).await;
        let old = made(&store, &room, "old", ChannelKind::Public, now).await;
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let ids = [&bakery.channel, &old, &secret, &room.off_topic, &room.channel].map(|one| one.id.clone());
        let expected = without_posts([room.channel, room.off_topic]);
        assert_eq!(store.public_channels_by_ids(&room.team.id, &ids).await.unwrap(), expected);
        assert_eq!(store.public_channels_by_ids(&room.team.id, &ids[..3]).await.unwrap(), []);
        assert_eq!(store.public_channels_by_ids(&room.team.id, &[]).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_search_takes_its_text_literally_and_in_any_case(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        made(&store, &room, "ovens", ChannelKind::Public, Timestamp::NEVER).await;
        made(&store, &room, "oven_secret", ChannelKind::Private, Timestamp::NEVER).await;
        made(&store, &room, "oven-old", ChannelKind::Public, store.clock.now()).await;
        let (team, hers, his) = (&room.team.id, &room.user.id, &bob.id);
        let found = async |who, text, limit| {
            let found = store.search_channels(team, who, true, text, limit).await.unwrap();
            names(&found).join(" ")
        };
        assert_eq!(found(his, "OVEN", 9).await, "ovens");
        assert_eq!(found(hers, "oven", 9).await, "oven_secret ovens");
        assert_eq!(found(hers, "oven", 1).await, "oven_secret");
        assert_eq!(found(hers, "oven_", 9).await, "oven_secret");
        assert_eq!(found(his, "purpose of off", 9).await, "off-topic");
        let own = async |who| names(&store.search_channels(team, who, false, "oven", 9).await.unwrap()).join(" ");
        assert_eq!((own(hers).await, own(his).await), ("oven_secret ovens".to_owned(), String::new()));
        for nothing in ["%", "\\", "o%s", "x\0y"] {
            assert_eq!(found(his, nothing, 9).await, "", "{nothing:?}");
        }
    }
}

each_backend! {
    async fn all_channels_are_shown_with_their_teams(store: TestStore) {
        let room = room(&store).await;
        let old = made(&store, &room, "old", ChannelKind::Public, store.clock.now()).await;
        let notes = channel(&store.clock, None, "notes");
        store.create_channel(notes.clone(), channel_member(&notes, &room.user)).await.unwrap();
        let placed = |channel: &Channel| ChannelWithTeam {
            channel: ChannelWithCounts::of_new(channel.clone()),
            team_name: room.team.name.clone(),
            team_display_name: room.team.display_name.clone(),
            team_update_at: room.team.update_at,
        };
        let expected = [&room.off_topic, &old, &room.channel].map(placed);
        let active = ChannelFilter { public: true, private: true, active: true, ..ChannelFilter::default() };
        let all = ChannelFilter { archived: true, ..active.clone() };
        assert_eq!(store.filter_channels(&all, 0, 9).await.unwrap(), expected);
        assert_eq!(store.filter_channels(&all, 1, 1).await.unwrap(), expected[1..2]);
        assert_eq!(
            store.filter_channels(&active, 0, 9).await.unwrap(),
            [expected[0].clone(), expected[2].clone()]
        );
        assert_eq!(store.filtered_channel_count(&all).await.unwrap(), 3);
        assert_eq!(store.filtered_channel_count(&active).await.unwrap(), 2);
    }
}

each_backend! {
    async fn pinned_posts_are_counted_unless_deleted(store: TestStore) {
        let room = room(&store).await;
        let mut posts: Vec<_> =
            ["a", "b", "c", "d"].iter().map(|text| post(&store.clock, &room.channel, &room.user.id, text)).collect();
        posts[1].is_pinned = false;
        posts[2].delete_at = store.clock.now();
        commit_posts(&store, &posts).await;
        assert_eq!(store.pinned_count(&room.channel.id).await.unwrap(), 2);
        assert_eq!(store.pinned_count(&room.off_topic.id).await.unwrap(), 0);
    }
}

each_backend! {
    async fn a_named_public_channel_is_found_in_the_team_of_the_naming_one(store: TestStore) {
        let room = room(&store).await;
        for (name, kind, delete_at) in [
            ("ovens", ChannelKind::Public, Timestamp::NEVER),
            ("secret", ChannelKind::Private, Timestamp::NEVER),
            ("old", ChannelKind::Public, store.clock.now()),
        ] {
            made(&store, &room, name, kind, delete_at).await;
        }
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let from = |channel: &Channel, name: &str| (channel.id.clone(), name.to_owned());
        let named = ["ovens", "secret", "old", "none"].map(|name| from(&room.channel, name));
        let linked = store.linked_channels(&named).await.unwrap();
        let [link] = linked.as_slice() else { panic!("{linked:?}") };
        assert_eq!((&link.from_channel, link.name.as_str()), (&room.channel.id, "ovens"));
        assert_eq!(link.team_name, room.team.name);
        assert!(store.linked_channels(&[from(&bakery.channel, "ovens")]).await.unwrap().is_empty());
    }
}
