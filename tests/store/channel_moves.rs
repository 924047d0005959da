//! Moving channels between teams.

use jackfield::model::Changes;
use jackfield::store::MoveOutcome;
use jackfield_tests::{TestStore, each_backend};

use super::audit::note;
use super::rows::{assert_conflict, channel, channel_member, room, room_of, team_member, user};

each_backend! {
    async fn a_moved_channel_keeps_the_members_of_its_new_team(store: TestStore) {
        let room = room(&store).await;
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let bob = user(&store, "bob").await;
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let ovens = channel(&store.clock, Some(&room.team), "ovens");
        store.create_channel(ovens.clone(), channel_member(&ovens, &room.user)).await.unwrap();
        store.join_channel(channel_member(&ovens, &bob)).await.unwrap();
        let (id, team, at) = (&ovens.id, &bakery.team.id, store.clock.now());
        let moved = store.move_channel(id, team, false, Changes::default(), at, note(&store, "channel.move", &bob.id)).await.unwrap();
        assert_eq!(moved, MoveOutcome::Strangers);
        assert_eq!(store.channel(id).await.unwrap().unwrap(), ovens);
        let moved = store.move_channel(id, team, true, Changes::default(), at, note(&store, "channel.move", &bob.id)).await.unwrap();
        assert_eq!(moved, MoveOutcome::Moved(vec![bob.id.clone()]));
        assert_eq!(store.channel(id).await.unwrap().unwrap().team_id.as_ref(), Some(team));
        assert!(store.is_channel_member(id, &room.user.id).await.unwrap());
        assert!(!store.is_channel_member(id, &bob.id).await.unwrap());
        let other = channel(&store.clock, Some(&room.team), "ovens");
        store.create_channel(other.clone(), channel_member(&other, &room.user)).await.unwrap();
        assert_conflict(store.move_channel(&other.id, team, true, Changes::default(), at, note(&store, "channel.move", &bob.id)).await);
        assert_eq!(store.channel(&other.id).await.unwrap().unwrap(), other);
    }
}
