//! Memberships of channels: roles and notification settings.

use std::time::Duration;

use jackfield::model::{ChannelId, ChannelMember, Membership, Timestamp, UserId};
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::rows::{channel, channel_member, object, room, room_of, team_member, unknown, user};

fn plain(member: ChannelMember) -> Membership {
    Membership { member, notify_props: object(json!({})), last_update_at: Timestamp::NEVER }
}

each_backend! {
    async fn memberships_are_paged_and_named(store: TestStore) {
        let room = room(&store).await;
        let (bob, cleo) = (user(&store, "bob").await, user(&store, "cleo").await);
        for user in [&cleo, &bob] {
            store.join_channel(channel_member(&room.channel, user)).await.unwrap();
        }
        let id = &room.channel.id;
        let all = [&room.user, &bob, &cleo].map(|user| plain(channel_member(&room.channel, user)));
        assert_eq!(store.memberships(id, 0, 9).await.unwrap(), all);
        assert_eq!(store.memberships(id, 1, 1).await.unwrap(), all[1..2]);
        assert_eq!(store.memberships(id, 3, 9).await.unwrap(), []);
        assert_eq!(store.membership(id, &bob.id).await.unwrap(), Some(all[1].clone()));
        assert_eq!(store.membership(&room.off_topic.id, &bob.id).await.unwrap(), None);
        let ids = [cleo.id.clone(), unknown::<UserId>(), room.user.id.clone()];
        assert_eq!(store.memberships_by_ids(id, &ids).await.unwrap(), [all[0].clone(), all[2].clone()]);
        assert_eq!(store.memberships_by_ids(id, &[]).await.unwrap(), []);
    }
}

each_backend! {
    async fn memberships_of_a_user_are_those_of_a_team_and_of_no_team(store: TestStore) {
        let room = room(&store).await;
        room_of(&store, room.user.clone(), "bakery").await;
        let notes = channel(&store.clock, None, "notes");
        store.create_channel(notes.clone(), channel_member(&notes, &room.user)).await.unwrap();
        let mut old = channel(&store.clock, Some(&room.team), "old");
        old.delete_at = store.clock.now();
        store.create_channel(old.clone(), channel_member(&old, &room.user)).await.unwrap();
        let expected =
            [&room.channel, &room.off_topic, &notes, &old].map(|channel| plain(channel_member(channel, &room.user)));
        assert_eq!(store.memberships_of(&room.user.id, &room.team.id).await.unwrap(), expected);
        let named = [notes.id.clone(), unknown::<ChannelId>()];
        assert_eq!(store.joined_among(&room.user.id, &named).await.unwrap(), [notes.id.clone()]);
        assert_eq!(store.joined_among(&unknown::<UserId>(), &named).await.unwrap(), []);
    }
}

each_backend! {
    async fn roles_are_set_for_members_only(store: TestStore) {
        let room = room(&store).await;
        let at = store.clock.now();
        let (channel, user) = (&room.channel.id, &room.user.id);
        let roles = "channel_user channel_admin".to_owned();
        assert!(store.set_channel_roles(channel, user, roles.clone(), at).await.unwrap());
        let mut member = channel_member(&room.channel, &room.user);
        member.membership.roles.clone_from(&roles);
        let expected = Membership { last_update_at: at, ..plain(member) };
        assert_eq!(store.membership(channel, user).await.unwrap(), Some(expected));
        assert!(!store.set_channel_roles(channel, &unknown::<UserId>(), roles.clone(), at).await.unwrap());
        assert!(!store.set_channel_roles(&unknown::<ChannelId>(), user, roles, at).await.unwrap());
    }
}

each_backend! {
    async fn new_notification_settings_are_merged_with_the_old(store: TestStore) {
        let room = room(&store).await;
        let (channel, user) = (&room.channel.id, &room.user.id);
        let early = store.clock.now();
        assert!(store.set_channel_notify(channel, user, object(json!({"push": "all", "desktop": "none"})), 9, early).await.unwrap());
        let late = early.plus(Duration::from_millis(1));
        assert!(store.set_channel_notify(channel, user, object(json!({"desktop": "ü"})), 9, late).await.unwrap());
        let found = store.membership(channel, user).await.unwrap().unwrap();
        assert_eq!((found.notify_props, found.last_update_at), (object(json!({"push": "all", "desktop": "ü"})), late));
        assert!(!store.set_channel_notify(channel, &unknown::<UserId>(), object(json!({})), 9, late).await.unwrap());
        let quiet = store.membership(&room.off_topic.id, user).await.unwrap().unwrap();
        assert_eq!(quiet.notify_props, object(json!({})));
    }
}

each_backend! {
    async fn leaving_a_channel_keeps_the_other_memberships(store: TestStore) {
        let room = room(&store).await;
        assert!(store.leave_channel(&room.channel.id, &room.user.id).await.unwrap());
        assert!(!store.leave_channel(&room.channel.id, &room.user.id).await.unwrap());
        assert!(!store.is_channel_member(&room.channel.id, &room.user.id).await.unwrap());
        assert!(store.is_channel_member(&room.off_topic.id, &room.user.id).await.unwrap());
    }
}

each_backend! {
    async fn memberships_of_all_teams_are_paged_with_their_teams(store: TestStore) {
        let room = room(&store).await;
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let notes = channel(&store.clock, None, "notes");
        store.create_channel(notes.clone(), channel_member(&notes, &room.user)).await.unwrap();
        let all = store.memberships_everywhere(&room.user.id, 0, 9).await.unwrap();
        let channels: Vec<ChannelId> = all.iter().map(|one| one.member.channel_id.clone()).collect();
        let mut expected = [&room.channel, &room.off_topic, &bakery.channel, &bakery.off_topic, &notes].map(|one| one.id.clone());
        expected.sort();
        assert_eq!(channels, expected);
        assert_eq!(store.memberships_everywhere(&room.user.id, 1, 2).await.unwrap(), all[1..3]);
        let mut teams = store.teams_of_channels(&[notes.id, bakery.channel.id, room.channel.id]).await.unwrap();
        teams.sort_by(|a, b| a.name.cmp(&b.name));
        let names: Vec<(&str, &str)> = teams.iter().map(|team| (team.name.as_str(), team.display_name.as_str())).collect();
        assert_eq!(names, [("bakery", "The bakery"), ("kitchen", "The kitchen")]);
    }
}

each_backend! {
    async fn a_mention_does_not_reach_a_member_of_the_team_outside_the_channel(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        user(&store, "cleo").await;
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        store.leave_channel(&room.channel.id, &bob.id).await.unwrap();
        let names = ["anna", "bob", "cleo", "dora"].map(str::to_owned);
        let found = store.mentioned_users(&room.team.id, &room.channel.id, &names).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|one| (one.username, one.is_unreached)).collect();
        assert_eq!(found, [("anna".to_owned(), false), ("bob".to_owned(), true), ("cleo".to_owned(), false)]);
    }
}
