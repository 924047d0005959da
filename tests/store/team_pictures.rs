//! Pictures of teams.

use std::collections::HashSet;

use jackfield::model::FileId;
use jackfield_tests::{TestStore, each_backend};

use super::rows::room;

each_backend! {
    async fn a_team_has_its_last_picture(store: TestStore) {
        let room = room(&store).await;
        let (team, at) = (&room.team.id, store.clock.stamp());
        let [first, second]: [FileId; 2] = [store.clock.id(), store.clock.id()];
        assert_eq!(store.set_team_picture(team, Some(first.clone()), at).await.unwrap(), None);
        assert_eq!(store.team(team).await.unwrap().unwrap().picture_at, at);
        let earlier = store.set_team_picture(team, Some(second.clone()), at).await.unwrap();
        assert_eq!((earlier, store.team_picture(team).await.unwrap()), (Some(first.clone()), Some(second.clone())));
        let known = store.known_team_pictures(&[first, second.clone()]).await.unwrap();
        assert_eq!(known, HashSet::from([second.clone()]));
        assert_eq!(store.set_team_picture(team, None, at).await.unwrap(), Some(second));
        assert_eq!(store.team_picture(team).await.unwrap(), None);
        assert!(store.team(team).await.unwrap().unwrap().picture_at.is_never());
    }
}
