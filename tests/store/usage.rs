//! How much the server is used.

use jackfield::store::{Counts, Usage};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{room, room_of, user};

each_backend! {
    async fn an_empty_server_has_nothing_and_a_team_its_own_numbers(store: TestStore) {
        assert_eq!(store.server_usage().await.unwrap(), Usage { posts: 0, file_bytes: 0, teams: 0 });
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        room_of(&store, bob, "bakery").await;
        let all = Counts { public_channels: 4, private_channels: 0, posts: 0, users: 2, inactive_users: 0, teams: 2 };
        assert_eq!(store.server_counts(None).await.unwrap(), all);
        let kitchen = Counts { public_channels: 2, users: 1, ..all };
        assert_eq!(store.server_counts(Some(&room.team.id)).await.unwrap(), kitchen);
        assert_eq!(store.server_usage().await.unwrap().teams, 2);
    }
}
