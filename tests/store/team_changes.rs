//! Changes of teams, and finding them.

use std::time::Duration;

use jackfield::model::{Team, TeamChange, TeamId, Timestamp};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{room, room_of, team, team_member, unknown, user};

each_backend! {
    async fn a_change_sets_what_it_says_and_leaves_the_rest(store: TestStore) {
        let room = room(&store).await;
        let at = store.clock.now().plus(Duration::from_secs(1));
        let change = TeamChange { description: Some("new".to_owned()), ..TeamChange::default() };
        let changed = store.change_team(&room.team.id, change, at).await.unwrap();
        let expected = Team { description: "new".to_owned(), update_at: at, ..room.team.clone() };
        assert_eq!(changed, Some(expected.clone()));
        let all = TeamChange {
            display_name: Some("Galley".to_owned()),
            description: Some(String::new()),
            open: Some(false),
            delete_at: Some(at),
        };
        let changed = store.change_team(&room.team.id, all.clone(), at).await.unwrap();
        let expected = Team {
            display_name: "Galley".to_owned(),
            description: String::new(),
            open: false,
            delete_at: at,
            update_at: Timestamp::from_millis(at.as_millis() + 1),
            ..expected
        };
        assert_eq!(changed, Some(expected.clone()));
        assert_eq!(store.team(&room.team.id).await.unwrap(), Some(expected));
        assert_eq!(store.change_team(&unknown::<TeamId>(), all, at).await.unwrap(), None);
    }
}

each_backend! {
    async fn teams_are_found_by_a_part_of_their_names(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let mut closed = team(&store.clock, "a-kitchen");
        closed.open = false;
        store.create_team(closed.clone(), Vec::new(), team_member(&closed, &room.user, "team_user")).await.unwrap();
        let mut old = team(&store.clock, "old-kitchen");
        old.delete_at = store.clock.now();
        store.create_team(old.clone(), Vec::new(), team_member(&old, &room.user, "team_user")).await.unwrap();
        let bakery = room_of(&store, bob.clone(), "bakery").await.team;
        let (hers, his) = (Some(&room.user.id), Some(&bob.id));
        let both = [closed, room.team.clone()];
        assert_eq!(store.search_teams("KITCH", None, true, 0, 9).await.unwrap(), both);
        assert_eq!(store.search_teams("kitch", hers, true, 0, 9).await.unwrap(), both);
        assert_eq!(store.search_teams("kitch", hers, true, 1, 9).await.unwrap(), both[1..]);
        assert_eq!(store.search_teams("kitch", his, true, 0, 9).await.unwrap(), both[1..]);
        assert_eq!(store.search_teams("kitch", his, false, 0, 9).await.unwrap(), []);
        assert_eq!(store.search_teams("the b", his, false, 0, 9).await.unwrap(), std::slice::from_ref(&bakery));
        assert_eq!(store.search_teams("the b", his, true, 0, 9).await.unwrap(), [bakery]);
        assert_eq!(store.search_teams("%", None, true, 0, 9).await.unwrap(), []);
    }
}
