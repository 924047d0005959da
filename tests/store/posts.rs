//! Reading posts: pages, changes since a time, and threads.

use std::time::Duration;

use jackfield::model::{Changes, ChannelId, Post, PostId, Timestamp};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, commit_posts, post, room, say, unknown};

fn texts(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.message.as_str()).collect()
}

/// Creates a reply in the thread of `first`, one millisecond later.
async fn reply_to(store: &TestStore, room: &Room, first: &Post, message: &str) -> Post {
    store.clock.advance(Duration::from_millis(1));
    let mut reply = post(&store.clock, &room.channel, &room.user.id, message);
    reply.root_id = Some(first.id.clone());
    commit_posts(store, std::slice::from_ref(&reply)).await;
    reply
}

each_backend! {
    async fn a_post_reads_back_as_it_was_written(store: TestStore) {
        let room = room(&store).await;
        let mut written = post(&store.clock, &room.channel, &room.user.id, "Grüße 🦊\n'quoted' \"twice\" \\ %_");
        written.edit_at = store.clock.now();
        commit_posts(&store, std::slice::from_ref(&written)).await;
        let ids = [written.id.clone(), unknown::<PostId>()];
        let place = (written.id.clone(), room.channel.id.clone());
        assert_eq!(store.channels_of_posts(&ids).await.unwrap(), [place]);
        assert_eq!(store.post(&written.id).await.unwrap(), Some(written));
        assert_eq!(store.post(&unknown::<PostId>()).await.unwrap(), None);
    }
}

each_backend! {
    async fn the_newest_stamp_is_that_of_the_last_post_or_notice(store: TestStore) {
        assert_eq!(store.newest_stamp().await.unwrap(), None);
        let room = room(&store).await;
        say(&store, &room, "first").await;
        // An imported post may have any time.
        let imported = post(&store.clock, &room.channel, &room.user.id, "imported");
        let past = Timestamp::from_millis(1);
        commit_posts(&store, &[Post { create_at: past, update_at: past, ..imported }]).await;
        assert_eq!(store.newest_stamp().await.unwrap(), Some(store.clock.now()));
        let notice = super::notices::send(&store, "later", &[&room.user]).await;
        assert_eq!(store.newest_stamp().await.unwrap(), Some(notice.create_at));
    }
}

each_backend! {
    async fn a_channel_is_paged_newest_first(store: TestStore) {
        let room = room(&store).await;
        for message in ["one", "two", "three", "four"] {
            say(&store, &room, message).await;
        }
        // The posts have the same time, so the ids decide.
        let same = ["five", "six"].map(|text| post(&store.clock, &room.channel, &room.user.id, text));
        commit_posts(&store, &same).await;
        let elsewhere = post(&store.clock, &room.off_topic, &room.user.id, "elsewhere");
        commit_posts(&store, &[elsewhere]).await;
        let channel = &room.channel.id;
        assert_eq!(texts(&store.posts(channel, 0, 60).await.unwrap()), ["six", "five", "four", "three", "two", "one"]);
        assert_eq!(texts(&store.posts(channel, 1, 3).await.unwrap()), ["five", "four", "three"]);
        assert_eq!(texts(&store.posts(channel, 5, 3).await.unwrap()), ["one"]);
        assert_eq!(store.posts(channel, 6, 3).await.unwrap(), []);
        assert_eq!(store.posts(&unknown::<ChannelId>(), 0, 60).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_deleted_post_is_listed_only_among_changes(store: TestStore) {
        let room = room(&store).await;
        let kept = say(&store, &room, "kept").await;
        store.clock.advance(Duration::from_millis(1));
        let mut deleted = post(&store.clock, &room.channel, &room.user.id, "deleted");
        deleted.delete_at = store.clock.now();
        commit_posts(&store, std::slice::from_ref(&deleted)).await;
        assert_eq!(store.post(&deleted.id).await.unwrap(), None);
        assert_eq!(store.posts(&room.channel.id, 0, 60).await.unwrap(), std::slice::from_ref(&kept));
        let since = store.posts_since(&room.channel.id, Timestamp::NEVER, 60).await.unwrap();
        assert_eq!(since, [deleted, kept]);
    }
}

each_backend! {
    async fn changes_since_a_time_are_newest_first_and_limited(store: TestStore) {
        let room = room(&store).await;
        let one = say(&store, &room, "one").await;
        let two = say(&store, &room, "two").await;
        let three = say(&store, &room, "three").await;
        let channel = &room.channel.id;
        let since = store.posts_since(channel, one.update_at, 60).await.unwrap();
        assert_eq!(since, [three.clone(), two.clone()]);
        assert_eq!(store.posts_since(channel, three.update_at, 60).await.unwrap(), []);
        assert_eq!(store.posts_since(channel, Timestamp::NEVER, 2).await.unwrap(), [three.clone(), two]);
        // A reply changes its root post.
        let four = reply_to(&store, &room, &one, "four").await;
        assert_eq!(texts(&store.posts_since(channel, three.update_at, 60).await.unwrap()), ["four", "one"]);
        assert_eq!(store.posts_since(&room.off_topic.id, Timestamp::NEVER, 60).await.unwrap(), []);
        assert_eq!(store.posts_since(channel, four.update_at, 60).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_root_counts_its_replies(store: TestStore) {
        let room = room(&store).await;
        let root = say(&store, &room, "root").await;
        say(&store, &room, "aside").await;
        reply_to(&store, &room, &root, "first").await;
        let second = reply_to(&store, &room, &root, "second").await;
        let at = second.create_at;
        let counted = Post { reply_count: 2, last_reply_at: at, update_at: at, ..root.clone() };
        assert_eq!(store.post(&root.id).await.unwrap(), Some(counted));
    }
}

each_backend! {
    async fn a_post_is_found_by_its_idempotency_key(store: TestStore) {
        let room = room(&store).await;
        let made = post(&store.clock, &room.channel, &room.user.id, "once");
        let once = vec![("plugin:com.acme.deploy:ü".to_owned(), made.id.clone())];
        store.commit(Changes { posts: vec![made.clone()], once, ..Changes::default() }).await.unwrap();
        assert_eq!(store.post_made_once("plugin:com.acme.deploy:ü").await.unwrap(), Some(made.id));
        assert_eq!(store.post_made_once("plugin:com.acme.deploy:").await.unwrap(), None);
    }
}
