//! Members of teams.

use jackfield::model::{TeamMember, UserId};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_missing, new_user, room, room_of, team_member, unknown, user};

each_backend! {
    async fn the_members_of_a_team_are_its_own(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        room_of(&store, bob.clone(), "bakery").await;
        assert_eq!(store.team_member_ids(&room.team.id).await.unwrap(), std::slice::from_ref(&room.user.id));
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let mut ids = store.team_member_ids(&room.team.id).await.unwrap();
        ids.sort();
        assert_eq!(ids, [room.user.id, bob.id]);
    }
}

each_backend! {
    async fn members_are_paged_named_and_counted(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let gone = {
            let mut new = new_user(&store.clock, "gone");
            new.user.delete_at = store.clock.now();
            store.create_user(new).await.unwrap()
        };
        user(&store, "outsider").await;
        let joined = [&bob, &gone].map(|user| team_member(&room.team, user, "team_user"));
        store.join_teams(joined.to_vec()).await.unwrap();
        let first = team_member(&room.team, &room.user, "team_user team_admin");
        let all = [first, joined[0].clone(), joined[1].clone()];
        let team = &room.team.id;
        assert_eq!(store.team_members(team, 0, 9).await.unwrap(), all);
        assert_eq!(store.team_members(team, 1, 1).await.unwrap(), all[1..2]);
        let ids = [gone.id.clone(), unknown::<UserId>(), room.user.id.clone()];
        assert_eq!(store.team_members_by_ids(team, &ids).await.unwrap(), [all[0].clone(), all[2].clone()]);
        assert_eq!(store.team_members_by_ids(team, &[]).await.unwrap(), []);
        assert_eq!(store.team_member_counts(team).await.unwrap(), (3, 2));
        let bakery = room_of(&store, bob.clone(), "bakery").await.team;
        let his = [all[1].clone(), team_member(&bakery, &bob, "team_user team_admin")];
        assert_eq!(store.team_memberships_of(&bob.id).await.unwrap(), his);
    }
}

each_backend! {
    async fn several_members_join_all_or_none(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let good = team_member(&room.team, &bob, "team_user");
        let absent = TeamMember { user_id: unknown::<UserId>(), ..good.clone() };
        assert_missing(store.join_teams(vec![good.clone(), absent]).await);
        assert_eq!(store.team_member(&room.team.id, &bob.id).await.unwrap(), None);
        store.join_teams(vec![good.clone()]).await.unwrap();
        assert_eq!(store.team_member(&room.team.id, &bob.id).await.unwrap(), Some(good));
        assert!(store.is_channel_member(&room.channel.id, &bob.id).await.unwrap());
    }
}

each_backend! {
    async fn roles_are_set_for_members_only(store: TestStore) {
        let room = room(&store).await;
        let (team, hers) = (&room.team.id, &room.user.id);
        assert!(store.set_team_roles(team, hers, "team_user".to_owned()).await.unwrap());
        let expected = team_member(&room.team, &room.user, "team_user");
        assert_eq!(store.team_member(team, hers).await.unwrap(), Some(expected));
        assert!(!store.set_team_roles(team, &unknown::<UserId>(), "team_user".to_owned()).await.unwrap());
    }
}

each_backend! {
    async fn leaving_a_team_leaves_its_channels_and_loses_the_roles(store: TestStore) {
        let room = room(&store).await;
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let (team, hers) = (&room.team.id, &room.user.id);
        assert!(store.leave_team(team, hers, store.clock.now()).await.unwrap());
        assert!(!store.leave_team(team, hers, store.clock.now()).await.unwrap());
        assert_eq!(store.team_member(team, hers).await.unwrap(), None);
        assert_eq!(store.team_members(team, 0, 9).await.unwrap(), []);
        let left = store.past_team_member(team, hers).await.unwrap().unwrap();
        assert!(!left.delete_at.is_never());
        assert_eq!(store.past_team_member(team, &unknown::<UserId>()).await.unwrap(), None);
        let past = store.past_team_memberships_of(hers).await.unwrap();
        assert_eq!(past, [left, team_member(&bakery.team, &room.user, "team_user team_admin")]);
        assert!(!store.is_channel_member(&room.channel.id, hers).await.unwrap());
        assert!(store.is_channel_member(&bakery.channel.id, hers).await.unwrap());
        let back = team_member(&room.team, &room.user, "team_user");
        store.join_team(back.clone()).await.unwrap();
        assert_eq!(store.team_member(team, hers).await.unwrap(), Some(back));
        assert!(!store.set_team_roles(&bakery.team.id, &unknown::<UserId>(), String::new()).await.unwrap());
    }
}
