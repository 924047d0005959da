//! Channels and their members.

use std::time::Duration;

use jackfield::model::{
    Changes, Channel, ChannelChange, ChannelId, ChannelKind, ChannelMember, ChannelMembership,
    ChannelWithCounts, TeamId, Timestamp, User, UserId,
};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{
    assert_conflict, assert_missing, channel, channel_member, new_user, post, room, room_of, say,
    team_member, unknown, user, without_posts,
};

async fn made(store: &TestStore, channel: Channel, creator: &User) -> Channel {
    store.create_channel(channel.clone(), channel_member(&channel, creator)).await.unwrap();
    channel
}

each_backend! {
    async fn a_channel_reads_back_as_it_was_made_with_its_creator_in_it(store: TestStore) {
        let room = room(&store).await;
        let mut new = channel(&store.clock, Some(&room.team), "ovens");
        new.kind = ChannelKind::Private;
        new.creator_id = Some(room.user.id.clone());
        let mut creator = ChannelMember {
            last_viewed_at: store.clock.now(),
            ..channel_member(&new, &room.user)
        };
        creator.membership.roles = "channel_user channel_admin".to_owned();
        store.create_channel(new.clone(), creator.clone()).await.unwrap();
        assert_eq!(store.channel(&new.id).await.unwrap(), Some(new.clone()));
        let counted = ChannelWithCounts::of_new(new.clone());
        assert_eq!(store.channel_with_counts(&new.id).await.unwrap().as_ref(), Some(&counted));
        assert_eq!(store.channel_by_name(&room.team.id, "ovens").await.unwrap(), Some(counted));
        let membership = store.channel_membership(&new.id, &room.user.id).await.unwrap();
        assert_eq!(membership.as_deref(), Some(&creator.membership));
        assert_eq!(store.channel_member(&new.id, &room.user.id).await.unwrap(), Some(creator));
    }
}

each_backend! {
    async fn every_kind_of_channel_is_stored(store: TestStore) {
        let room = room(&store).await;
        for kind in [ChannelKind::Public, ChannelKind::Private, ChannelKind::Direct, ChannelKind::Group] {
            let mut new = channel(&store.clock, Some(&room.team), &format!("kind-{}", kind.letter()));
            new.kind = kind;
            let new = made(&store, new, &room.user).await;
            assert_eq!(store.channel(&new.id).await.unwrap(), Some(new));
        }
    }
}

each_backend! {
    async fn an_unknown_channel_is_not_found(store: TestStore) {
        let room = room(&store).await;
        assert_eq!(store.channel(&unknown::<ChannelId>()).await.unwrap(), None);
        assert_eq!(store.channel_with_counts(&unknown::<ChannelId>()).await.unwrap(), None);
        assert_eq!(store.channel_by_name(&room.team.id, "ovens").await.unwrap(), None);
        assert_eq!(store.channel_by_name(&unknown::<TeamId>(), "town-square").await.unwrap(), None);
        assert_eq!(store.channel_member(&unknown::<ChannelId>(), &room.user.id).await.unwrap(), None);
        assert_eq!(store.channel_membership(&unknown::<ChannelId>(), &room.user.id).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_name_is_taken_within_its_team_only(store: TestStore) {
        let room = room(&store).await;
        let first = made(&store, channel(&store.clock, Some(&room.team), "ovens"), &room.user).await;
        let second = channel(&store.clock, Some(&room.team), "ovens");
        assert_conflict(store.create_channel(second.clone(), channel_member(&second, &room.user)).await);
        assert_eq!(store.channel(&second.id).await.unwrap(), None);
        assert_eq!(store.channel_by_name(&room.team.id, "ovens").await.unwrap().map(|found| found.channel), Some(first));
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let elsewhere = made(&store, channel(&store.clock, Some(&bakery.team), "ovens"), &room.user).await;
        assert_eq!(store.channel_by_name(&bakery.team.id, "ovens").await.unwrap().map(|found| found.channel), Some(elsewhere));
    }
}

each_backend! {
    async fn a_channel_needs_its_team_and_its_creators_account(store: TestStore) {
        let room = room(&store).await;
        let mut teamless = channel(&store.clock, Some(&room.team), "ovens");
        teamless.team_id = Some(unknown::<TeamId>());
        assert_missing(store.create_channel(teamless.clone(), channel_member(&teamless, &room.user)).await);
        let new = channel(&store.clock, Some(&room.team), "ovens");
        let mut absent = channel_member(&new, &room.user);
        absent.membership.user_id = unknown::<UserId>();
        assert_missing(store.create_channel(new.clone(), absent).await);
        assert_eq!(store.channel(&new.id).await.unwrap(), None);
    }
}

each_backend! {
    async fn channels_of_a_user_are_the_teams_and_the_teamless_ones_by_id(store: TestStore) {
        let room = room(&store).await;
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let bob = user(&store, "bob").await;
        let direct = made(&store, channel(&store.clock, None, "anna__bob"), &room.user).await;
        let mut archived = channel(&store.clock, Some(&room.team), "archived");
        archived.delete_at = store.clock.now();
        let archived = made(&store, archived, &room.user).await;
        made(&store, channel(&store.clock, Some(&room.team), "bobs"), &bob).await;
        let expected = without_posts([room.channel.clone(), room.off_topic.clone(), direct.clone()]);
        assert_eq!(store.channels_of(&room.user.id, &room.team.id).await.unwrap(), expected);
        let expected = without_posts([bakery.channel.clone(), bakery.off_topic.clone(), direct]);
        assert_eq!(store.channels_of(&room.user.id, &bakery.team.id).await.unwrap(), expected);
        assert_eq!(store.channel(&archived.id).await.unwrap(), Some(archived.clone()));
        assert_eq!(store.channel_by_name(&room.team.id, "archived").await.unwrap(), Some(ChannelWithCounts::of_new(archived)));
    }
}

each_backend! {
    async fn public_channels_are_paged_by_displayed_name(store: TestStore) {
        let room = room(&store).await;
        let mut listed = Vec::new();
        for (name, display_name, kind, deleted) in [
            ("one", "Zucchini", ChannelKind::Public, false),
            ("two", "Artichokes", ChannelKind::Public, false),
            ("three", "Artichokes", ChannelKind::Public, false),
            ("four", "Beans", ChannelKind::Private, false),
            ("five", "Carrots", ChannelKind::Public, true),
        ] {
            let mut new = channel(&store.clock, Some(&room.team), name);
            (new.display_name, new.kind) = (display_name.to_owned(), kind);
            if deleted {
                new.delete_at = store.clock.now();
            }
            listed.push(made(&store, new, &room.user).await);
        }
        let team = &room.team.id;
        let names = |found: Vec<ChannelWithCounts>| {
            found.into_iter().map(|one| one.channel.name).collect::<Vec<_>>()
        };
        let all = store.public_channels(team, 0, 60).await.unwrap();
        assert_eq!(all[0], ChannelWithCounts::of_new(listed[1].clone()));
        assert_eq!(names(all), ["two", "three", "off-topic", "town-square", "one"]);
        assert_eq!(names(store.public_channels(team, 1, 2).await.unwrap()), ["three", "off-topic"]);
        assert_eq!(names(store.public_channels(team, 4, 2).await.unwrap()), ["one"]);
        assert_eq!(names(store.public_channels(&unknown::<TeamId>(), 0, 60).await.unwrap()), [""; 0]);
    }
}

each_backend! {
    async fn joining_a_channel_again_changes_nothing(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        say(&store, &room, "one").await;
        say(&store, &room, "two").await;
        assert!(!store.is_channel_member(&room.channel.id, &bob.id).await.unwrap());
        let member = ChannelMember { last_viewed_at: store.clock.now(), ..channel_member(&room.channel, &bob) };
        store.join_channel(member.clone()).await.unwrap();
        store.clock.advance(Duration::from_secs(1));
        let roles = "other".to_owned();
        let membership = ChannelMembership { roles, ..member.membership.clone() };
        let again = ChannelMember { membership, last_viewed_at: store.clock.now(), ..member.clone() };
        store.join_channel(again).await.unwrap();
        // Posts from before a member joined count as read.
        let expected = ChannelMember { msg_count: 2, msg_count_root: 2, ..member };
        assert_eq!(store.channel_member(&room.channel.id, &bob.id).await.unwrap(), Some(expected));
        assert!(store.is_channel_member(&room.channel.id, &bob.id).await.unwrap());
        assert!(!store.is_channel_member(&room.off_topic.id, &bob.id).await.unwrap());
    }
}

each_backend! {
    async fn joining_needs_an_account_and_does_nothing_without_a_channel(store: TestStore) {
        let room = room(&store).await;
        let mut absent = channel_member(&room.channel, &room.user);
        absent.membership.user_id = unknown::<UserId>();
        assert_missing(store.join_channel(absent).await);
        let mut nowhere = channel_member(&room.channel, &room.user);
        nowhere.membership.channel_id = unknown::<ChannelId>();
        store.join_channel(nowhere.clone()).await.unwrap();
        assert_eq!(store.channel_member(&nowhere.channel_id, &room.user.id).await.unwrap(), None);
        assert_eq!(store.channel_member_count(&room.channel.id).await.unwrap(), 1);
    }
}

each_backend! {
    async fn members_of_a_channel_are_counted_listed_and_paged_by_id(store: TestStore) {
        let room = room(&store).await;
        let (bob, cleo) = (user(&store, "bob").await, user(&store, "cleo").await);
        user(&store, "dan").await;
        for user in [&cleo, &bob] {
            store.join_channel(channel_member(&room.channel, user)).await.unwrap();
        }
        let channel = &room.channel.id;
        assert_eq!(store.channel_member_count(channel).await.unwrap(), 3);
        assert_eq!(store.channel_member_count(&unknown::<ChannelId>()).await.unwrap(), 0);
        assert_eq!(store.channel_guest_count(channel).await.unwrap(), 0);
        let mut ids = store.channel_member_ids(channel).await.unwrap();
        ids.sort();
        assert_eq!(ids, [room.user.id.clone(), bob.id.clone(), cleo.id.clone()]);
        let people = [room.user.clone(), bob.clone(), cleo.clone()];
        assert_eq!(store.channel_users(channel, None, 60).await.unwrap(), people);
        assert_eq!(store.channel_users(channel, None, 2).await.unwrap(), people[..2]);
        assert_eq!(store.channel_users(channel, Some(&bob.id), 2).await.unwrap(), people[2..]);
        assert_eq!(store.channel_users(channel, Some(&cleo.id), 2).await.unwrap(), []);
        let mut guest = new_user(&store.clock, "gus");
        guest.user.roles = "system_guest".to_owned();
        let guest = store.create_user(guest).await.unwrap();
        store.join_channel(channel_member(&room.channel, &guest)).await.unwrap();
        assert_eq!(store.channel_member_count(channel).await.unwrap(), 4);
        assert_eq!(store.channel_guest_count(channel).await.unwrap(), 1);
    }
}

each_backend! {
    async fn guests_of_a_team_are_not_among_those_around_a_channel_unless_they_are_in_it(store: TestStore) {
        let room = room(&store).await;
        let talk = made(&store, channel(&store.clock, Some(&room.team), "talk"), &room.user).await;
        let bob = user(&store, "bob").await;
        user(&store, "outsider").await;
        let mut guests = Vec::new();
        for name in ["gus", "gil"] {
            let mut guest = new_user(&store.clock, name);
            guest.user.roles = "system_guest".to_owned();
            guests.push(store.create_user(guest).await.unwrap());
        }
        for user in [&bob, &guests[0], &guests[1]] {
            store.join_team(team_member(&room.team, user, "team_user")).await.unwrap();
        }
        store.join_channel(channel_member(&talk, &guests[0])).await.unwrap();
        let mut ids = store.channel_and_team_member_ids(&talk.id).await.unwrap();
        ids.sort();
        assert_eq!(ids, [&room.user, &bob, &guests[0]].map(|user| user.id.clone()));
        assert_eq!(store.channel_and_team_member_ids(&unknown::<ChannelId>()).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_change_sets_the_given_fields_and_keeps_the_others(store: TestStore) {
        let room = room(&store).await;
        let at = store.clock.now().plus(Duration::from_secs(1));
        let header = ChannelChange { header: Some("new".to_owned()), ..ChannelChange::default() };
        let changed = store.change_channel(&room.channel.id, header, Changes::default(), at).await.unwrap();
        let expected = Channel { header: "new".to_owned(), update_at: at, ..room.channel.clone() };
        assert_eq!(changed, Some(ChannelWithCounts::of_new(expected.clone())));
        let all = ChannelChange {
            name: Some("market".to_owned()),
            display_name: Some("Market".to_owned()),
            header: Some(String::new()),
            purpose: Some("selling".to_owned()),
            kind: Some(ChannelKind::Private),
            delete_at: Some(at),
        };
        // The change is in the same millisecond, and still gets a later time.
        let changed = store.change_channel(&room.channel.id, all, Changes::default(), at).await.unwrap();
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
        assert_eq!(changed, Some(ChannelWithCounts::of_new(expected.clone())));
        assert_eq!(store.channel(&room.channel.id).await.unwrap(), Some(expected));
        assert_eq!(store.channel(&room.off_topic.id).await.unwrap(), Some(room.off_topic));
    }
}

each_backend! {
    async fn a_change_and_the_message_about_it_are_written_together_or_not_at_all(store: TestStore) {
        let room = room(&store).await;
        let line = post(&store.clock, &room.channel, &room.user.id, "renamed");
        let named = |name: &str| ChannelChange { name: Some(name.to_owned()), ..ChannelChange::default() };
        let at = store.clock.now();
        assert_conflict(store.change_channel(&room.channel.id, named("off-topic"), Changes::of_posts(vec![line.clone()]), at).await);
        assert_eq!(store.post(&line.id).await.unwrap(), None);
        let changed = store.change_channel(&room.channel.id, named("market"), Changes::of_posts(vec![line.clone()]), at).await.unwrap();
        let changed = changed.expect("the channel is there");
        assert_eq!((changed.name.as_str(), changed.total_msg_count), ("market", 1));
        assert_eq!(store.post(&line.id).await.unwrap(), Some(line));
    }
}

each_backend! {
    async fn a_taken_name_is_a_conflict_and_an_unknown_channel_none(store: TestStore) {
        let room = room(&store).await;
        let change = ChannelChange { name: Some("off-topic".to_owned()), ..ChannelChange::default() };
        let at = store.clock.now();
        assert_conflict(store.change_channel(&room.channel.id, change.clone(), Changes::default(), at).await);
        assert_eq!(store.channel(&room.channel.id).await.unwrap(), Some(room.channel));
        assert_eq!(store.change_channel(&unknown::<ChannelId>(), change, Changes::default(), at).await.unwrap(), None);
    }
}
