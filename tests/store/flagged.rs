//! Posts somebody saved for later.

use jackfield::model::{ChannelId, Post, Preference, TeamId};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, commit_posts, post, room, unknown};

fn flag(room: &Room, post: &Post, value: &str) -> Preference {
    Preference {
        user_id: room.user.id.clone(),
        category: "flagged_post".to_owned(),
        name: post.id.to_string(),
        value: value.to_owned(),
    }
}

each_backend! {
    async fn flagged_posts_are_paged_newest_first(store: TestStore) {
        let room = room(&store).await;
        let posts = ["a", "b", "c"].map(|text| post(&store.clock, &room.channel, &room.user.id, text));
        commit_posts(&store, &posts).await;
        let [a, b, c] = posts;
        let flags = vec![flag(&room, &a, "true"), flag(&room, &b, "true"), flag(&room, &c, "false")];
        store.save_preferences(flags).await.unwrap();
        let (user, channel, team) = (&room.user.id, &room.channel.id, room.channel.team_id.as_ref());
        let (elsewhere, nowhere) = (unknown::<ChannelId>(), unknown::<TeamId>());
        let found = async |channel, team, page| {
            let posts = store.flagged_posts(user, channel, team, page).await.unwrap();
            posts.into_iter().map(|post| post.id).collect::<Vec<_>>()
        };
        assert_eq!(found(None, None, (0, 9)).await, [b.id.clone(), a.id.clone()]);
        assert_eq!(found(Some(channel), team, (1, 1)).await, vec![a.id.clone()]);
        assert_eq!(found(Some(&elsewhere), None, (0, 9)).await, []);
        assert_eq!(found(None, Some(&nowhere), (0, 9)).await, []);
        store.delete_post(b.id, store.clock.now()).await.unwrap();
        assert_eq!(found(None, None, (0, 9)).await, vec![a.id]);
    }
}
