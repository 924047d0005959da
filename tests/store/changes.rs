//! A unit of work is written whole or not at all.

use std::time::Duration;

use jackfield::model::{
    Changes, ChannelId, Post, PostDeletion, PostEdit, PostId, Reaction, ReactionChange, ReceiptOutcome,
    Timestamp,
};
use jackfield_tests::{TestStore, each_backend};

use super::jobs::{claim, ids, job};
use super::rows::{
    Room, apply, assert_conflict, assert_missing, change, commit_posts, deletion, hook, installed, post,
    receipt, record, room, say, unknown, value,
};

/// The rows that a unit of work writes: a post, a value, a job and a key.
struct Traces {
    post: PostId,
    plugin: jackfield::model::PluginId,
}

/// Returns a unit of work that writes every kind of row. Each test makes one part of it fail.
async fn everything(store: &TestStore, room: &Room) -> (Changes, Traces) {
    let plugin = installed(store, "com.acme.deploy", &room.user).await.id;
    let new = post(&store.clock, &room.channel, &room.user.id, "hello");
    let traces = Traces { post: new.id.clone(), plugin: plugin.clone() };
    let changes = Changes {
        once: vec![("key".to_owned(), new.id.clone())],
        jobs: vec![job(&store.clock, "anna")],
        values: vec![change(store, &plugin, "counter", Some(0), Some(value(b"1", 1)))],
        ephemeral: vec![(
            room.user.id.clone(),
            post(&store.clock, &room.channel, &room.user.id, "only for you"),
        )],
        posts: vec![new],
        ..Changes::default()
    };
    (changes, traces)
}

async fn assert_nothing(store: &TestStore, room: &Room, traces: &Traces) {
    assert_eq!(store.post(&traces.post).await.unwrap(), None);
    assert_eq!(store.values().get(&traces.plugin, "counter", store.clock.now()).await.unwrap(), None);
    assert_eq!(claim(store, 10).await, []);
    let channel = store.channel_with_counts(&room.channel.id).await.unwrap().unwrap();
    assert_eq!((channel.total_msg_count, channel.last_post_at), (0, Timestamp::NEVER));
}

each_backend! {
    async fn a_unit_of_work_is_written_whole(store: TestStore) {
        let room = room(&store).await;
        let (mut changes, traces) = everything(&store, &room).await;
        let hook = hook(&store.clock, &room);
        store.hooks().create(hook.clone()).await.unwrap();
        changes.receipt = Some(receipt(&store.clock, &hook, Some("delivery"), ReceiptOutcome::Posted));
        let (new, ephemeral) = (changes.posts[0].clone(), changes.ephemeral[0].1.id.clone());
        let expected_job = changes.jobs[0].id.clone();
        store.commit(changes).await.unwrap();
        assert_eq!(store.post(&new.id).await.unwrap(), Some(new.clone()));
        assert_eq!(store.post(&ephemeral).await.unwrap(), None);
        assert_eq!(store.post_made_once("key").await.unwrap(), Some(new.id));
        let now = store.clock.now();
        assert_eq!(store.values().get(&traces.plugin, "counter", now).await.unwrap(), Some(value(b"1", 1)));
        assert_eq!(ids(&claim(&store, 10).await), [expected_job]);
        assert!(store.hooks().was_delivered(&hook.id, "delivery").await.unwrap());
    }
}

each_backend! {
    async fn an_empty_unit_of_work_succeeds(store: TestStore) {
        store.commit(Changes::default()).await.unwrap();
        assert_eq!(claim(&store, 10).await, []);
    }
}

each_backend! {
    async fn a_channel_counts_its_posts_and_knows_the_last(store: TestStore) {
        let room = room(&store).await;
        let (clock, author) = (&store.clock, &room.user.id);
        let early = post(clock, &room.channel, author, "early");
        clock.advance(Duration::from_secs(1));
        let late = post(clock, &room.channel, author, "late");
        let aside = post(clock, &room.off_topic, author, "aside");
        // The posts are in one unit and out of order.
        commit_posts(&store, &[late.clone(), aside.clone(), early.clone()]).await;
        let counted = async |id: &ChannelId| {
            let channel = store.channel_with_counts(id).await.unwrap().unwrap();
            (channel.total_msg_count, channel.last_post_at)
        };
        assert_eq!(counted(&room.channel.id).await, (2, late.create_at));
        assert_eq!(counted(&room.off_topic.id).await, (1, aside.create_at));
        // An older post is counted, but does not change the time of the last post.
        let older = Post { create_at: early.create_at, ..post(clock, &room.channel, author, "older") };
        commit_posts(&store, &[older]).await;
        assert_eq!(counted(&room.channel.id).await, (3, late.create_at));
    }
}

each_backend! {
    async fn a_value_of_another_version_undoes_the_whole_unit(store: TestStore) {
        let room = room(&store).await;
        let (mut changes, traces) = everything(&store, &room).await;
        changes.values.push(change(&store, &traces.plugin, "other", Some(7), Some(value(b"x", 8))));
        assert_conflict(store.commit(changes).await);
        assert_nothing(&store, &room, &traces).await;
        assert_eq!(store.post_made_once("key").await.unwrap(), None);
    }
}

each_backend! {
    async fn a_taken_key_undoes_the_whole_unit(store: TestStore) {
        let room = room(&store).await;
        let (changes, traces) = everything(&store, &room).await;
        let first = post(&store.clock, &room.off_topic, &room.user.id, "first");
        let once = vec![("key".to_owned(), first.id.clone())];
        store.commit(Changes { posts: vec![first.clone()], once, ..Changes::default() }).await.unwrap();
        assert_conflict(store.commit(changes).await);
        assert_nothing(&store, &room, &traces).await;
        assert_eq!(store.post_made_once("key").await.unwrap(), Some(first.id));
    }
}

each_backend! {
    async fn a_repeated_delivery_undoes_the_whole_unit(store: TestStore) {
        let room = room(&store).await;
        let (mut changes, traces) = everything(&store, &room).await;
        let hook = hook(&store.clock, &room);
        store.hooks().create(hook.clone()).await.unwrap();
        record(&store, receipt(&store.clock, &hook, Some("delivery"), ReceiptOutcome::Failed)).await.unwrap();
        changes.receipt = Some(receipt(&store.clock, &hook, Some("delivery"), ReceiptOutcome::Posted));
        assert_conflict(store.commit(changes).await);
        assert_nothing(&store, &room, &traces).await;
        let counts = store.hooks().receipt_counts(&hook.id).await.unwrap();
        assert_eq!((counts.posted, counts.failed), (0, 1));
    }
}

each_backend! {
    async fn a_post_id_is_used_once(store: TestStore) {
        let room = room(&store).await;
        let first = post(&store.clock, &room.channel, &room.user.id, "first");
        commit_posts(&store, std::slice::from_ref(&first)).await;
        let posts = vec![Post { message: "second".to_owned(), ..first.clone() }];
        assert_conflict(store.commit(Changes { posts, ..Changes::default() }).await);
        assert_eq!(store.post(&first.id).await.unwrap(), Some(first));
        assert_eq!(store.channel_with_counts(&room.channel.id).await.unwrap().unwrap().total_msg_count, 1);
    }
}

each_backend! {
    async fn a_unit_refers_to_existing_rows_only(store: TestStore) {
        let room = room(&store).await;
        let (changes, traces) = everything(&store, &room).await;
        let spoilt: [fn(&mut Post); 3] = [
            |post| post.channel_id = unknown(),
            |post| post.user_id = unknown(),
            |post| post.root_id = Some(unknown()),
        ];
        for spoil in spoilt {
            let mut changes = changes.clone();
            let mut second = post(&store.clock, &room.channel, &room.user.id, "second");
            spoil(&mut second);
            changes.posts.push(second);
            assert_missing(store.commit(changes).await);
            assert_nothing(&store, &room, &traces).await;
        }
        let mut nobodys = change(&store, &traces.plugin, "x", None, Some(value(b"1", 1)));
        nobodys.plugin = super::rows::plugin_id("com.acme.absent");
        assert_missing(apply(&store, nobodys).await);
    }
}

fn edit(of: &Post, message: &str, at: Timestamp) -> PostEdit {
    let message = Some(message.to_owned());
    PostEdit { id: of.id.clone(), message, props: None, is_pinned: None, at, is_edited: true }
}

fn add_reaction(to: &Post, name: &str, limit: i64) -> ReactionChange {
    let (post_id, user_id, create_at) = (to.id.clone(), to.user_id.clone(), to.create_at);
    let reaction = Reaction { post_id, user_id, emoji_name: name.parse().unwrap(), create_at };
    ReactionChange::Add { reaction, limit }
}

each_backend! {
    async fn edits_reactions_and_deletions_are_written_with_their_unit(store: TestStore) {
        let room = room(&store).await;
        let edited = say(&store, &room, "edited").await;
        let reacted = say(&store, &room, "reacted").await;
        let deleted = say(&store, &room, "deleted").await;
        store.commit(Changes { reactions: vec![add_reaction(&reacted, "tada", 2)], ..Changes::default() }).await.unwrap();
        let at = store.clock.now().plus(Duration::from_secs(1));
        let new = post(&store.clock, &room.channel, &room.user.id, "new");
        let (post_id, user_id) = (reacted.id.clone(), room.user.id.clone());
        let changes = Changes {
            posts: vec![new.clone()],
            // A unit of work may edit and delete its own posts.
            edits: vec![edit(&edited, "again", at), edit(&new, "newer", at)],
            reactions: vec![
                ReactionChange::Remove { post_id, user_id, emoji_name: "tada".parse().unwrap(), at },
                add_reaction(&reacted, "+1", 1),
                // The reaction exists already, which is not a failure.
                add_reaction(&reacted, "+1", 1),
            ],
            deletions: vec![deletion(&deleted, at), PostDeletion { id: unknown(), ..deletion(&deleted, at) }],
            ..Changes::default()
        };
        store.commit(changes).await.unwrap();
        let message = async |id: &PostId| store.post(id).await.unwrap().map(|post| (post.message, post.edit_at));
        assert_eq!(message(&edited.id).await, Some(("again".to_owned(), at)));
        assert_eq!(message(&new.id).await, Some(("newer".to_owned(), at)));
        assert_eq!(message(&deleted.id).await, None);
        let reactions = store.reactions(std::slice::from_ref(&reacted.id), 10).await.unwrap();
        assert_eq!(reactions.iter().map(|reaction| reaction.emoji_name.as_str()).collect::<Vec<_>>(), ["+1"]);
    }
}

each_backend! {
    async fn changing_an_absent_post_undoes_the_whole_unit(store: TestStore) {
        let room = room(&store).await;
        let deleted = say(&store, &room, "deleted").await;
        let full = say(&store, &room, "full").await;
        let at = store.clock.now();
        store.delete_post(deletion(&deleted, at)).await.unwrap();
        store.commit(Changes { reactions: vec![add_reaction(&full, "tada", 1)], ..Changes::default() }).await.unwrap();
        for spoilt in [
            Changes { edits: vec![edit(&deleted, "again", at)], ..Changes::default() },
            Changes { reactions: vec![add_reaction(&deleted, "tada", 1)], ..Changes::default() },
            Changes { reactions: vec![add_reaction(&full, "+1", 1)], ..Changes::default() },
        ] {
            let new = post(&store.clock, &room.channel, &room.user.id, "new");
            assert_conflict(store.commit(Changes { posts: vec![new.clone()], ..spoilt }).await);
            assert_eq!(store.post(&new.id).await.unwrap(), None);
        }
    }
}
