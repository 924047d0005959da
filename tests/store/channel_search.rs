//! Searches for channels, and counts of their members.

use jackfield::model::{
    Channel, ChannelFilter, ChannelId, ChannelKind, ChannelWithCounts, ChannelWithTeam, Sight, Timestamp,
};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, channel, channel_member, room, room_of, team_member, unknown, user};

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

fn names(channels: &[ChannelWithCounts]) -> String {
    channels.iter().map(|channel| channel.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn names_with_teams(channels: &[ChannelWithTeam]) -> String {
    let named = channels.iter().map(|one| format!("{}/{}", one.team_name, one.channel.name));
    named.collect::<Vec<_>>().join(" ")
}

each_backend! {
    async fn a_search_in_a_team_finds_public_archived_or_own_channels(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let now = store.clock.now();
        made(&store, &room, "oven-a", ChannelKind::Public, Timestamp::NEVER).await;
        made(&store, &room, "oven-b", ChannelKind::Private, Timestamp::NEVER).await;
        made(&store, &room, "oven-c", ChannelKind::Public, now).await;
        made(&store, &room, "oven-d", ChannelKind::Private, now).await;
        let (team, hers, his) = (&room.team.id, &room.user.id, &bob.id);
        assert_eq!(names(&store.search_public_channels(team, "OVEN", 9).await.unwrap()), "oven-a");
        assert_eq!(names(&store.search_public_channels(team, "o%n", 9).await.unwrap()), "");
        let archived = async |who, public| {
            names(&store.search_archived_channels(team, who, public, "oven", 9).await.unwrap())
        };
        assert_eq!(archived(hers, true).await, "oven-c oven-d");
        assert_eq!((archived(his, true).await, archived(his, false).await), ("oven-c".to_owned(), String::new()));
        let mut direct = channel(&store.clock, None, "pair");
        direct.kind = ChannelKind::Direct;
        let members = [&room.user, &bob].map(|user| channel_member(&direct, user)).to_vec();
        store.open_teamless_channel(direct, members).await.unwrap();
        let own = async |who, text| names(&store.search_own_channels(team, who, text, 9).await.unwrap());
        assert_eq!(own(hers, "oven").await, "oven-a oven-b oven-c oven-d");
        assert_eq!((own(hers, "bob").await, own(his, "bob").await), ("pair".to_owned(), String::new()));
    }
}

each_backend! {
    async fn a_search_over_teams_finds_what_the_user_sees(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let bakery = room_of(&store, bob.clone(), "bakery").await;
        made(&store, &room, "oven-a", ChannelKind::Public, Timestamp::NEVER).await;
        made(&store, &room, "oven-b", ChannelKind::Private, Timestamp::NEVER).await;
        made(&store, &bakery, "oven-c", ChannelKind::Public, Timestamp::NEVER).await;
        made(&store, &room, "oven-d", ChannelKind::Public, store.clock.now()).await;
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let seen = async |who, public| {
            names_with_teams(&store.search_channels_of_teams(who, public, "oven", 9).await.unwrap())
        };
        assert_eq!(seen(&bob.id, true).await, "kitchen/oven-a bakery/oven-c");
        assert_eq!(seen(&room.user.id, true).await, "kitchen/oven-a kitchen/oven-b");
        assert_eq!(seen(&bob.id, false).await, "bakery/oven-c");
        let all = ChannelFilter {
            text: "oven".to_owned(),
            public: true,
            private: true,
            active: true,
            archived: true,
            ..ChannelFilter::default()
        };
        for (filter, expected) in [
            (all.clone(), "kitchen/oven-a kitchen/oven-b bakery/oven-c kitchen/oven-d"),
            (ChannelFilter { private: false, ..all.clone() }, "kitchen/oven-a bakery/oven-c kitchen/oven-d"),
            (ChannelFilter { archived: false, ..all.clone() }, "kitchen/oven-a kitchen/oven-b bakery/oven-c"),
            (ChannelFilter { active: false, ..all.clone() }, "kitchen/oven-d"),
            (ChannelFilter { teams: vec![bakery.team.id.clone()], ..all.clone() }, "bakery/oven-c"),
            (ChannelFilter { text: "nothing".to_owned(), ..all.clone() }, ""),
            (
                ChannelFilter { text: "nothing".to_owned(), id: Some(room.channel.id.clone()), ..all.clone() },
                "kitchen/town-square",
            ),
            (
                ChannelFilter { text: String::new(), without_first: true, ..all.clone() },
                "kitchen/oven-a kitchen/oven-b bakery/oven-c kitchen/oven-d",
            ),
        ] {
            assert_eq!(names_with_teams(&store.filter_channels(&filter, 0, 9).await.unwrap()), expected);
            let count = expected.split_whitespace().count();
            assert_eq!(store.filtered_channel_count(&filter).await.unwrap(), i64::try_from(count).unwrap());
        }
        assert_eq!(names_with_teams(&store.filter_channels(&all, 1, 1).await.unwrap()), "kitchen/oven-b");
    }
}

each_backend! {
    async fn groups_are_found_by_each_word_of_their_members(store: TestStore) {
        let room = room(&store).await;
        let (bob, cleo) = (user(&store, "bob").await, user(&store, "cleo").await);
        let mut group = channel(&store.clock, None, "group");
        group.kind = ChannelKind::Group;
        let members = [&room.user, &bob, &cleo].map(|user| channel_member(&group, user)).to_vec();
        store.open_teamless_channel(group, members).await.unwrap();
        let found = async |who, words| names(&store.search_groups(who, words, 9).await.unwrap());
        assert_eq!(found(&room.user.id, ["bo", "", ""]).await, "group");
        assert_eq!(found(&bob.id, ["bob", "cle", ""]).await, "group");
        assert_eq!(found(&bob.id, ["bob", "dave", ""]).await, "");
        let dave = user(&store, "dave").await;
        assert_eq!(found(&dave.id, ["bob", "", ""]).await, "");
    }
}

each_backend! {
    async fn members_are_counted_where_the_user_sees_the_channel(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let public = made(&store, &room, "a", ChannelKind::Public, Timestamp::NEVER).await;
        let private = made(&store, &room, "b", ChannelKind::Private, Timestamp::NEVER).await;
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let ids = [public.id.clone(), private.id.clone(), room.channel.id.clone(), unknown::<ChannelId>()];
        let counts = async |who, (all, public)| {
            let sight = Sight { all, public };
            let mut counts = store.member_counts(who, sight, &ids).await.unwrap();
            counts.sort();
            let mut seen = store.seen_among(who, sight, &ids).await.unwrap();
            seen.sort();
            assert_eq!(seen, counts.iter().map(|(channel, _)| channel.clone()).collect::<Vec<_>>());
            counts
        };
        let expected = |list: &[(&Channel, i64)]| {
            let mut list: Vec<_> = list.iter().map(|(channel, count)| (channel.id.clone(), *count)).collect();
            list.sort();
            list
        };
        let town = (&room.channel, 2);
        assert_eq!(counts(&bob.id, (false, true)).await, expected(&[(&public, 1), town]));
        assert_eq!(counts(&bob.id, (false, false)).await, expected(&[town]));
        assert_eq!(counts(&bob.id, (true, false)).await, expected(&[(&public, 1), (&private, 1), town]));
        let all = Sight { all: true, public: true };
        assert_eq!(store.member_counts(&bob.id, all, &[]).await.unwrap(), []);
    }
}
