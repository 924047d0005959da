//! Who is in a team.

use jackfield_tests::{TestStore, each_backend};

use super::rows::{room, room_of, team_member, user};

each_backend! {
    async fn the_members_of_a_team_are_its_own(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        room_of(&store, bob.clone(), "bakery").await;
        assert_eq!(store.team_member_ids(&room.team.id).await.unwrap(), [room.user.id.clone()]);
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let mut ids = store.team_member_ids(&room.team.id).await.unwrap();
        ids.sort();
        assert_eq!(ids, [room.user.id, bob.id]);
    }
}
