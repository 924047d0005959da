//! Ordered lists of posts from a position.

use std::time::Duration;

use jackfield::model::{Changes, ChannelId, Post, PostEdit, PostId, Preference, TeamId, Timestamp};
use jackfield::store::PreferenceLimits;
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, commit_posts, deletion, post, room, say, unknown};

fn ids(posts: &[Post]) -> Vec<&PostId> {
    posts.iter().map(|post| &post.id).collect()
}

each_backend! {
    async fn posts_are_paged_before_and_after_a_post(store: TestStore) {
        let room = room(&store).await;
        let mut posts = Vec::new();
        for text in ["0", "1", "2"] {
            posts.push(say(&store, &room, text).await);
        }
        // The posts have the same time, so their ids decide.
        let same = ["3", "4"].map(|text| post(&store.clock, &room.channel, &room.user.id, text));
        commit_posts(&store, &same).await;
        posts.extend(same);
        let before = async |at: usize, offset, limit| store.posts_before(&posts[at], offset, limit).await.unwrap();
        let after = async |at: usize, offset, limit| store.posts_after(&posts[at], offset, limit).await.unwrap();
        let order = |numbers: &[usize]| numbers.iter().map(|n| &posts[*n].id).collect::<Vec<_>>();
        assert_eq!(ids(&before(4, 0, 10).await), order(&[3, 2, 1, 0]));
        assert_eq!(ids(&before(4, 1, 2).await), order(&[2, 1]));
        assert_eq!(ids(&before(0, 0, 10).await), order(&[]));
        assert_eq!(ids(&after(1, 0, 2).await), order(&[3, 2]));
        assert_eq!(ids(&after(1, 2, 2).await), order(&[4]));
        let first = async |moment| store.first_post_after(&room.channel.id, moment).await.unwrap();
        assert_eq!(first(posts[0].create_at).await, Some(posts[1].clone()));
        assert_eq!(first(Timestamp::NEVER).await, Some(posts[0].clone()));
        assert_eq!(first(posts[4].create_at).await, None);
    }
}

each_backend! {
    async fn posts_are_found_by_their_ids(store: TestStore) {
        let room = room(&store).await;
        let first = say(&store, &room, "first").await;
        let gone = say(&store, &room, "gone").await;
        store.delete_post(deletion(&gone, store.clock.now())).await.unwrap();
        let found = store.posts_by_id(&[unknown(), gone.id, first.id.clone()]).await.unwrap();
        assert_eq!(found, [first]);
        assert_eq!(store.posts_by_id(&[]).await.unwrap(), []);
    }
}

each_backend! {
    async fn pinned_posts_are_listed_newest_first(store: TestStore) {
        let room = room(&store).await;
        let first = say(&store, &room, "first").await;
        let second = say(&store, &room, "second").await;
        let third = say(&store, &room, "third").await;
        let at = store.clock.now();
        let id = second.id.clone();
        let unpin = PostEdit { id, message: None, props: None, is_pinned: Some(false), at, is_edited: false };
        store.edit_post(unpin).await.unwrap();
        assert_eq!(store.pinned_posts(&room.channel.id, 10).await.unwrap(), [third.clone(), first]);
        assert_eq!(store.pinned_posts(&room.channel.id, 1).await.unwrap(), [third]);
        assert_eq!(store.pinned_posts(&room.off_topic.id, 10).await.unwrap(), []);
    }
}

each_backend! {
    async fn replies_are_paged_before_and_after_a_position(store: TestStore) {
        let room = room(&store).await;
        let root = say(&store, &room, "root").await;
        let mut replies = Vec::new();
        for text in ["0", "1", "2", "3"] {
            store.clock.advance(Duration::from_millis(1));
            let reply = post(&store.clock, &room.channel, &room.user.id, text);
            let reply = Post { root_id: Some(root.id.clone()), ..reply };
            store.commit(Changes { posts: vec![reply.clone()], ..Changes::default() }).await.unwrap();
            replies.push(reply);
        }
        let place = (replies[2].create_at, replies[2].id.as_str());
        let up = store.replies(&root.id, place, false, 10).await.unwrap();
        assert_eq!(ids(&up), [&replies[1].id, &replies[0].id]);
        let down = store.replies(&root.id, place, true, 10).await.unwrap();
        assert_eq!(down, [replies[3].clone()]);
        let first = store.replies(&root.id, (Timestamp::NEVER, ""), true, 2).await.unwrap();
        assert_eq!(ids(&first), [&replies[0].id, &replies[1].id]);
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(ids(&store.replies(&root.id, (end, ""), false, 1).await.unwrap()), [&replies[3].id]);
    }
}

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
        let limits = PreferenceLimits { count: 3, bytes: 1000 };
        store.save_preferences(room.user.id.clone(), flags, limits).await.unwrap();
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
        store.delete_post(deletion(&b, store.clock.now())).await.unwrap();
        assert_eq!(found(None, None, (0, 9)).await, vec![a.id]);
    }
}

each_backend! {
    async fn lists_with_deleted_posts_miss_none(store: TestStore) {
        let room = room(&store).await;
        let mut posts = Vec::new();
        for text in ["0", "1", "2"] {
            posts.push(say(&store, &room, text).await);
        }
        let reply = Post {
            root_id: Some(posts[0].id.clone()),
            ..post(&store.clock, &room.channel, &room.user.id, "reply")
        };
        commit_posts(&store, std::slice::from_ref(&reply)).await;
        posts.push(reply);
        let deletions = vec![deletion(&posts[1], store.clock.now())];
        store.commit(Changes { deletions, ..Changes::default() }).await.unwrap();
        let channel = &room.channel.id;
        let order = |numbers: &[usize]| numbers.iter().map(|n| &posts[*n].id).collect::<Vec<_>>();
        let page = async |roots, offset| store.posts_with_deleted(channel, roots, offset, 9).await.unwrap();
        assert_eq!(ids(&page(false, 0).await), order(&[3, 2, 1, 0]));
        assert_eq!(ids(&page(true, 0).await), order(&[2, 1, 0]));
        assert_eq!(ids(&page(true, 2).await), order(&[0]));
        let before = async |roots| store.posts_with_deleted_before(&posts[3], roots, 1, 2).await.unwrap();
        assert_eq!(ids(&before(false).await), order(&[1, 0]));
        assert_eq!(ids(&before(true).await), order(&[1, 0]));
        let after = async |roots| store.posts_with_deleted_after(&posts[0], roots, 0, 9).await.unwrap();
        assert_eq!(ids(&after(false).await), order(&[3, 2, 1]));
        assert_eq!(ids(&after(true).await), order(&[2, 1]));
    }
}
