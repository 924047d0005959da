//! Edits of posts, and pending ids that clients give to posts.

use std::time::Duration;

use jackfield::model::{Changes, MAX_VERSIONS, PendingPost, Post, PostEdit, PostMarks, Props, Timestamp};
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::rows::{assert_conflict, assert_missing, deletion, object, post, room, say, unknown, user};

fn edit(of: &Post, at: Timestamp) -> PostEdit {
    PostEdit { id: of.id.clone(), message: None, props: None, is_pinned: None, at, is_edited: false }
}

each_backend! {
    async fn an_edit_changes_only_the_given_fields(store: TestStore) {
        let room = room(&store).await;
        let first = say(&store, &room, "first").await;
        let at = store.clock.now().plus(Duration::from_secs(1));
        let change = PostEdit { message: Some("second".to_owned()), is_edited: true, ..edit(&first, at) };
        let mut expected = Post { message: "second".to_owned(), update_at: at, edit_at: at, ..first.clone() };
        assert_eq!(store.edit_post(change).await.unwrap(), Some(expected.clone()));

        let later = at.plus(Duration::from_secs(1));
        let props = Props::from(object(json!({"a": ["ü"]})));
        let change = PostEdit { props: Some(props.clone()), is_pinned: Some(false), ..edit(&first, later) };
        expected = Post { props, is_pinned: false, update_at: later, ..expected };
        assert_eq!(store.edit_post(change).await.unwrap(), Some(expected.clone()));
        assert_eq!(store.post(&first.id).await.unwrap(), Some(expected));

        let absent = PostEdit { id: unknown(), ..edit(&first, at) };
        assert_eq!(store.edit_post(absent).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_thread_goes_with_its_first_post(store: TestStore) {
        let room = room(&store).await;
        let root = say(&store, &room, "root").await;
        let other = say(&store, &room, "other").await;
        let mut replies = Vec::new();
        for text in ["one", "two"] {
            store.clock.advance(Duration::from_millis(1));
            let reply = post(&store.clock, &room.channel, &room.user.id, text);
            let reply = Post { root_id: Some(root.id.clone()), ..reply };
            store.commit(Changes { posts: vec![reply.clone()], ..Changes::default() }).await.unwrap();
            replies.push(reply);
        }
        let at = store.clock.now().plus(Duration::from_secs(1));
        let gone = store.delete_post(deletion(&replies[1], at)).await.unwrap();
        assert_eq!(gone, Some(Post { delete_at: at, update_at: at, ..replies[1].clone() }));
        let left = store.post(&root.id).await.unwrap().unwrap();
        assert_eq!((left.reply_count, left.last_reply_at, left.update_at), (1, replies[0].create_at, at));

        let later = at.plus(Duration::from_secs(1));
        let gone = store.delete_post(deletion(&root, later)).await.unwrap().unwrap();
        assert_eq!((&gone.id, gone.delete_at), (&root.id, later));
        assert_eq!(store.post(&replies[0].id).await.unwrap(), None);
        assert_eq!(store.post(&root.id).await.unwrap(), None);
        for post in [&root, &replies[0]] {
            let kept = store.post_or_deleted(&post.id).await.unwrap().unwrap();
            let props = object(json!({"deleteBy": room.user.id})).into();
            assert_eq!((kept.delete_at, kept.message.as_str(), kept.props), (later, "", props));
        }
        assert_eq!(store.delete_post(deletion(&root, later)).await.unwrap(), None);
        let late = Post { root_id: Some(root.id.clone()), ..post(&store.clock, &room.channel, &room.user.id, "late") };
        assert_missing(store.commit(Changes { posts: vec![late], ..Changes::default() }).await);
        assert_eq!(store.edit_post(edit(&root, later)).await.unwrap(), None);
        assert_eq!(store.posts(&room.channel.id, 0, 10).await.unwrap(), [other]);
    }
}

each_backend! {
    async fn marks_are_kept(store: TestStore) {
        let room = room(&store).await;
        let plain = post(&store.clock, &room.channel, &room.user.id, "marked");
        let marks = PostMarks { priority: "urgent".to_owned(), requested_ack: true, has_reactions: false };
        let marked = Post { marks, ..plain };
        store.commit(Changes { posts: vec![marked.clone()], ..Changes::default() }).await.unwrap();
        assert_eq!(store.post(&marked.id).await.unwrap(), Some(marked));
    }
}

each_backend! {
    async fn a_pending_name_is_taken_while_it_lasts(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let now = store.clock.now();
        let second = Duration::from_secs(1);
        let make = async |author, at: Timestamp| {
            let post = Post { user_id: author, ..post(&store.clock, &room.channel, &room.user.id, "x") };
            let pending = PendingPost {
                user_id: post.user_id.clone(),
                pending_id: "p".to_owned(),
                post_id: post.id.clone(),
                at,
                expires_at: at.plus(second),
            };
            let changes = Changes { posts: vec![post.clone()], pending: Some(pending), ..Changes::default() };
            (post.id, store.commit(changes).await)
        };
        let (first, made) = make(room.user.id.clone(), now).await;
        made.unwrap();
        let (lost, again) = make(room.user.id.clone(), now.plus(second / 2)).await;
        assert_conflict(again);
        assert_eq!(store.post(&lost).await.unwrap(), None);
        make(bob.id.clone(), now).await.1.unwrap();
        let pending = async |at| store.pending_post(room.user.id.clone(), "p".to_owned(), at).await.unwrap();
        assert_eq!(pending(now).await, Some(first));
        assert_eq!(pending(now.plus(second)).await, None);
        let (second_post, made) = make(room.user.id.clone(), now.plus(second)).await;
        made.unwrap();
        assert_eq!(pending(now.plus(second)).await, Some(second_post));
    }
}

each_backend! {
    async fn units_that_change_the_same_posts_in_another_order_wait_for_each_other(store: TestStore) {
        let room = room(&store).await;
        let (a, b) = (say(&store, &room, "a").await, say(&store, &room, "b").await);
        let text = |of: &Post| PostEdit { message: Some("new".to_owned()), ..edit(of, store.clock.now()) };
        for _ in 0..20 {
            let forth = Changes { edits: vec![text(&a), text(&b)], ..Changes::default() };
            let back = Changes { edits: vec![text(&b), text(&a)], ..Changes::default() };
            let (forth, back) = tokio::join!(store.commit(forth), store.commit(back));
            forth.unwrap();
            back.unwrap();
        }
        let last = store.clock.now();
        let gone = Changes { deletions: vec![deletion(&b, last), deletion(&a, last)], ..Changes::default() };
        store.commit(gone).await.unwrap();
        assert_eq!((store.post(&a.id).await.unwrap(), store.post(&b.id).await.unwrap()), (None, None));
    }
}

each_backend! {
    async fn earlier_texts_of_a_post_are_kept_up_to_a_number_and_go_with_it(store: TestStore) {
        let room = room(&store).await;
        let first = say(&store, &room, "text 0").await;
        let mut at = first.create_at;
        for number in 1..=MAX_VERSIONS + 2 {
            at = at.plus(Duration::from_millis(1));
            let change = PostEdit { message: Some(format!("text {number}")), is_edited: true, ..edit(&first, at) };
            store.edit_post(change).await.unwrap();
        }
        let pinned = PostEdit { is_pinned: Some(false), ..edit(&first, at) };
        store.edit_post(pinned).await.unwrap();
        let versions = store.post_versions(&first.id).await.unwrap();
        let texts: Vec<&str> = versions.iter().map(|version| version.message.as_str()).collect();
        assert_eq!(texts.len(), usize::try_from(MAX_VERSIONS).unwrap());
        let latest = format!("text {}", MAX_VERSIONS + 1);
        assert_eq!((texts.first(), texts.last()), (Some(&latest.as_str()), Some(&"text 2")));
        assert_eq!((versions[0].create_at, versions[0].replaced_at), (first.create_at, at));
        assert_eq!(store.post_versions(&unknown()).await.unwrap(), []);
        store.delete_post(deletion(&first, at)).await.unwrap();
        assert_eq!(store.post_versions(&first.id).await.unwrap(), []);
    }
}
