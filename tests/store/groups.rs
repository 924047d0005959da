//! Channels and accounts under the names of the signed API.

use jackfield::model::{ChannelKind, NumberedUser, User};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{channel, channel_member, room_of, user};

fn person(user: &User) -> NumberedUser {
    NumberedUser {
        id: user.id.clone(),
        number: user.number,
        username: user.username.clone(),
        nickname: user.nickname.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
    }
}

each_backend! {
    async fn groups_are_channels_of_several_members_that_are_not_archived(store: TestStore) {
        let anna = user(&store, "anna").await;
        let room = room_of(&store, anna.clone(), "main").await;
        let mut group = channel(&store.clock, None, "group");
        group.kind = ChannelKind::Group;
        let direct = channel(&store.clock, None, "direct");
        let mut archived = channel(&store.clock, Some(&room.team), "archived");
        archived.delete_at = store.clock.now();
        for one in [&group, &direct, &archived] {
            store.create_channel(one.clone(), channel_member(one, &anna)).await.unwrap();
        }
        let known = [&room.channel, &room.off_topic, &group];
        let expected: Vec<(String, String)> =
            known.iter().map(|one| (one.gid.clone(), one.display_name.clone())).collect();
        assert_eq!(store.groups(None, 60).await.unwrap(), expected);
        assert_eq!(store.groups(None, 1).await.unwrap(), expected[..1]);
        assert_eq!(store.groups(Some(&anna.id), 60).await.unwrap(), expected);
        let bob = user(&store, "bob").await;
        store.join_channel(channel_member(&group, &bob)).await.unwrap();
        assert_eq!(store.groups(Some(&bob.id), 60).await.unwrap(), expected[2..]);
        assert_eq!(store.group(&group.gid).await.unwrap().map(|found| found.channel), Some(group.clone()));
        for other in [direct.gid.as_str(), archived.gid.as_str(), "absent", ""] {
            assert_eq!(store.group(other).await.unwrap(), None);
            assert_eq!(store.group_users(other, 60).await.unwrap(), []);
        }
        assert_eq!(store.group_users(&group.gid, 60).await.unwrap(), [person(&anna), person(&bob)]);
    }
}

each_backend! {
    async fn members_are_listed_by_number(store: TestStore) {
        let (anna, bob, cleo) = (user(&store, "anna").await, user(&store, "bob").await, user(&store, "cleo").await);
        let room = room_of(&store, anna.clone(), "main").await;
        let direct = channel(&store.clock, None, "direct");
        store.create_channel(direct.clone(), channel_member(&direct, &bob)).await.unwrap();
        let [a, b, c] = [&anna, &bob, &cleo].map(person);
        assert_eq!(store.group_users(&room.channel.gid, 60).await.unwrap(), std::slice::from_ref(&a));
        assert_eq!(store.users_in_any_channel(None, 60).await.unwrap(), [a.clone(), b.clone()]);
        assert_eq!(store.users_in_any_channel(None, 1).await.unwrap(), std::slice::from_ref(&a));
        assert_eq!(store.users_in_any_channel(Some(&bob.id), 60).await.unwrap(), std::slice::from_ref(&b));
        assert_eq!(store.users_in_any_channel(Some(&cleo.id), 60).await.unwrap(), []);
        let numbers = [cleo.number, 4711, anna.number];
        assert_eq!(store.users_by_numbers(&numbers).await.unwrap(), [a, c.clone()]);
        assert_eq!(store.users_by_numbers(&[]).await.unwrap(), []);
        let names = ["cleo", "absent", "bob"].map(str::to_owned);
        assert_eq!(store.users_by_usernames(&names).await.unwrap(), [b, c]);
        assert_eq!(store.users_by_usernames(&[]).await.unwrap(), []);
    }
}

each_backend! {
    async fn members_of_group_channels_are_listed_to_members(store: TestStore) {
        let (anna, bob, cleo) = (user(&store, "anna").await, user(&store, "bob").await, user(&store, "cleo").await);
        let mut group = channel(&store.clock, None, "group");
        group.kind = ChannelKind::Group;
        let direct = channel(&store.clock, None, "direct");
        for one in [&group, &direct] {
            store.create_channel(one.clone(), channel_member(one, &anna)).await.unwrap();
            store.join_channel(channel_member(one, &bob)).await.unwrap();
        }
        let ids = [group.id.clone(), direct.id];
        let found = store.members_of_groups(&anna.id, &ids).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|member| (member.channel_id, member.user.username)).collect();
        assert_eq!(found, [(group.id.clone(), "anna".to_owned()), (group.id, "bob".to_owned())]);
        assert_eq!(store.members_of_groups(&cleo.id, &ids).await.unwrap(), []);
    }
}
