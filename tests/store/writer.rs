//! Concurrent units of work. On SQLite they share transactions, but each one still succeeds or fails on its own.

use futures_util::FutureExt;
use futures_util::future::join_all;
use jackfield::model::{Changes, IncomingHook, PluginId, Post, Reaction, ReactionChange, ReceiptOutcome};
use jackfield::store::{MAX_BATCH, NewUser};
use jackfield_tests::{Backend, TestStore, each_backend, soon};

use super::rows::{
    Room, assert_conflict, change, commit_posts, deletion, hook, installed, mention, new_user, post, receipt,
    room, user, value,
};

/// More units of work than one SQLite transaction holds.
const WRITERS: usize = MAX_BATCH + 44;

/// The number of times that a plugin's call is retried.
const RACERS: usize = 4;

each_backend! {
    async fn all_concurrent_writes_succeed(store: TestStore) {
        let news: Vec<NewUser> = (0..WRITERS).map(|n| new_user(&store.clock, &format!("user{n}"))).collect();
        let writing = join_all(news.into_iter().map(|new| store.create_user(new)));
        let made = soon("many writers", writing).await;
        let mut numbers = Vec::new();
        for user in made {
            let user = user.unwrap();
            assert_eq!(store.user(&user.id).await.unwrap().as_ref(), Some(&user));
            numbers.push(usize::try_from(user.number).unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=WRITERS).collect::<Vec<_>>());
    }
}

each_backend! {
    async fn failing_units_among_many_fail_alone(store: TestStore) {
        user(&store, "taken").await;
        let news: Vec<NewUser> = (0..200)
            .map(|n| {
                let mut new = new_user(&store.clock, &format!("user{n}"));
                if n % 50 == 7 {
                    "taken".clone_into(&mut new.user.username);
                }
                new
            })
            .collect();
        let writing = join_all(news.into_iter().map(|new| store.create_user(new)));
        let outcomes = soon("two hundred writers", writing).await;
        let mut numbers = Vec::new();
        for (n, outcome) in outcomes.into_iter().enumerate() {
            if n % 50 == 7 {
                assert_conflict(outcome);
                assert_eq!(store.user_by_username(&format!("user{n}")).await.unwrap(), None);
            } else {
                let user = outcome.unwrap();
                assert_eq!(store.user_by_username(&format!("user{n}")).await.unwrap().as_ref(), Some(&user));
                numbers.push(user.number);
            }
        }
        numbers.sort_unstable();
        // The failed units used no number, wherever they were in a transaction.
        assert_eq!(numbers, (2..=197).collect::<Vec<i64>>());
    }
}

each_backend! {
    async fn concurrent_posts_are_counted_and_failing_ones_fail_alone(store: TestStore) {
        let room = room(&store).await;
        let taken = post(&store.clock, &room.channel, &room.user.id, "taken");
        commit_posts(&store, std::slice::from_ref(&taken)).await;
        for posted_at_once in [2, 7, 63, WRITERS] {
            let before = count(&store, &room).await;
            let said: Vec<Post> = (0..posted_at_once)
                .map(|n| match n % 40 {
                    1 => taken.clone(),
                    _ => post(&store.clock, &room.channel, &room.user.id, "said"),
                })
                .collect();
            let written = said.iter().map(|said| {
                store.commit(Changes { posts: vec![said.clone()], ..Changes::default() })
            });
            let outcomes = soon("many posts", join_all(written)).await;
            let mut landed = 0;
            for (said, outcome) in said.into_iter().zip(outcomes) {
                if said.id == taken.id {
                    assert_conflict(outcome);
                } else {
                    outcome.unwrap();
                    assert_eq!(store.post(&said.id).await.unwrap(), Some(said));
                    landed += 1;
                }
            }
            assert_eq!(count(&store, &room).await, before + landed);
        }
    }
}

each_backend! {
    async fn concurrent_posts_are_counted_in_their_channels(store: TestStore) {
        let room = room(&store).await;
        for posted_at_once in [2, 9, 40, 64, 130] {
            let before = [&room.channel, &room.off_topic].map(|channel| channel.id.clone());
            let mut counted = Vec::new();
            for channel in &before {
                counted.push(store.channel_with_counts(channel).await.unwrap().unwrap().total_msg_count);
            }
            let said: Vec<Post> = (0..posted_at_once)
                .map(|n| {
                    let channel = if n % 3 == 0 { &room.off_topic } else { &room.channel };
                    post(&store.clock, channel, &room.user.id, &format!("{n} of {posted_at_once}"))
                })
                .collect();
            let written = said.iter().map(|said| {
                store.commit(Changes { posts: vec![said.clone()], ..Changes::default() })
            });
            // No unit fails, so that every batch is written at once.
            for outcome in soon("many posts", join_all(written)).await {
                outcome.unwrap();
            }
            for said in said {
                assert_eq!(store.post(&said.id).await.unwrap(), Some(said));
            }
            let off_topic = (posted_at_once + 2) / 3;
            for (channel, (counted, new)) in
                before.iter().zip(counted.into_iter().zip([posted_at_once - off_topic, off_topic]))
            {
                let now = store.channel_with_counts(channel).await.unwrap().unwrap().total_msg_count;
                assert_eq!(now, counted + new, "{posted_at_once} at once");
            }
        }
    }
}

each_backend! {
    async fn a_retry_reads_the_row_it_conflicted_with(store: TestStore) {
        let room = room(&store).await;
        let plugin = installed(&store, "com.acme.deploy", &room.user).await.id;
        for round in 0..25 {
            let key = format!("counter{round}");
            // Each round has one winner, which then stops, so no racer can lose as often as there are racers.
            let raced = (0..RACERS).map(|_| async {
                for _ in 0..RACERS {
                    let held = store.values().get(&plugin, &key, store.clock.now()).await.unwrap();
                    let version = held.map_or(0, |held| held.version);
                    let next = value(b"x", version + 1);
                    let values = vec![change(&store, &plugin, &key, Some(version), Some(next))];
                    match store.commit(Changes { values, ..Changes::default() }).await {
                        Ok(()) => return true,
                        lost => assert_conflict(lost),
                    }
                }
                false
            });
            let won = soon("racers", join_all(raced)).await;
            assert_eq!(won, [true; RACERS], "round {round}");
        }
    }
}

/// Returns units of work of every kind for one batch; every seventh is refused.
fn mixed(
    store: &TestStore,
    room: &Room,
    old: &[Post],
    plugin: &PluginId,
    hook: &IncomingHook,
) -> Vec<Changes> {
    let at = store.clock.now();
    let unit = |(n, old): (usize, &Post)| {
        let mut new = post(&store.clock, &room.channel, &room.user.id, &format!("new {n}"));
        let (key, expected) = (format!("key{n}"), Some(if n % 7 == 6 { 9 } else { 0 }));
        let values = vec![change(store, plugin, &key, expected, Some(value(b"x", 1)))];
        let reaction = Reaction {
            post_id: old.id.clone(),
            user_id: room.user.id.clone(),
            emoji_name: "tada".parse().unwrap(),
            create_at: at,
        };
        let mut unit = Changes { values, ..Changes::default() };
        match n % 6 {
            0 => unit.reactions = vec![ReactionChange::Add { reaction, limit: 1 }],
            1 => unit.deletions = vec![deletion(old, at)],
            2 => new.root_id = Some(old.id.clone()),
            3 => unit.mentions = vec![mention(&room.channel.id, &room.user.id)],
            4 => unit.receipt = Some(receipt(&store.clock, hook, Some(&key), ReceiptOutcome::Posted)),
            _ => unit.once = vec![(key, new.id.clone())],
        }
        unit.posts = vec![new];
        unit
    };
    old.iter().enumerate().map(unit).collect()
}

each_backend! {
    async fn concurrent_units_are_written_whole_or_fail_alone(store: TestStore) {
        let room = room(&store).await;
        let plugin = installed(&store, "com.acme.deploy", &room.user).await.id;
        let hook = hook(&store.clock, &room);
        store.hooks().create(hook.clone()).await.unwrap();
        let old: Vec<Post> =
            (0..80).map(|n| post(&store.clock, &room.channel, &room.user.id, &format!("old {n}"))).collect();
        commit_posts(&store, &old).await;
        let units = mixed(&store, &room, &old, &plugin, &hook);
        let outcomes = soon("a mixed batch", join_all(units.iter().map(|unit| store.commit(unit.clone())))).await;
        let (mut written, mut mentions, mut receipts) = (0, 0, 0);
        for (n, (unit, outcome)) in units.iter().zip(outcomes).enumerate() {
            let (new, old) = (&unit.posts[0], store.post(&old[n].id).await.unwrap());
            if n % 7 == 6 {
                assert_conflict(outcome);
                assert_eq!(store.post(&new.id).await.unwrap(), None, "{n}");
                let old = old.unwrap();
                assert_eq!((old.reply_count, old.marks.has_reactions), (0, false), "{n}");
                continue;
            }
            outcome.unwrap();
            written += 1;
            mentions += i64::try_from(unit.mentions.len()).unwrap();
            receipts += i64::from(unit.receipt.is_some());
            assert_eq!(store.post(&new.id).await.unwrap().as_ref(), Some(new), "{n}");
            let stored = store.values().get(&plugin, &format!("key{n}"), store.clock.now()).await.unwrap();
            assert_eq!(stored, Some(value(b"x", 1)), "{n}");
            assert_eq!(old.is_none(), n % 6 == 1, "{n}");
            if let Some(old) = old {
                assert_eq!((old.reply_count, old.marks.has_reactions), (i64::from(n % 6 == 2), n % 6 == 0), "{n}");
            }
            if let Some((key, id)) = unit.once.first() {
                assert_eq!(store.post_made_once(key).await.unwrap().as_ref(), Some(id), "{n}");
            }
        }
        let channel = store.channel_with_counts(&room.channel.id).await.unwrap().unwrap();
        assert_eq!(channel.total_msg_count, 80 + written);
        let member = store.channel_member(&room.channel.id, &room.user.id).await.unwrap().unwrap();
        assert_eq!(member.mentions.all, mentions);
        assert_eq!(store.hooks().receipt_counts(&hook.id).await.unwrap().posted, receipts);
    }
}

/// Returns the channel's number of posts.
async fn count(store: &TestStore, room: &Room) -> i64 {
    store.channel_with_counts(&room.channel.id).await.unwrap().unwrap().total_msg_count
}

each_backend! {
    async fn a_unit_whose_caller_is_dropped_is_whole(store: TestStore) {
        let room = room(&store).await;
        let plugin = installed(&store, "com.acme.deploy", &room.user).await.id;
        let said = post(&store.clock, &room.channel, &room.user.id, "said");
        let values = vec![change(&store, &plugin, "key", Some(0), Some(value(b"x", 1)))];
        let changes = Changes { posts: vec![said.clone()], values, ..Changes::default() };
        // One poll hands the unit to the writer; then the future is dropped.
        assert!(store.commit(changes).now_or_never().is_none_or(|outcome| outcome.is_ok()));
        // The next unit finds no transaction left open.
        user(&store, "bob").await;
        let post = store.post(&said.id).await.unwrap();
        let value = store.values().get(&plugin, "key", store.clock.now()).await.unwrap();
        let count = store.channel_with_counts(&room.channel.id).await.unwrap().unwrap().total_msg_count;
        assert_eq!((post.is_some(), count), (value.is_some(), i64::from(value.is_some())));
        if store.backend == Backend::Sqlite {
            assert_eq!(post, Some(said), "what the writing task was given is written");
        }
    }
}

each_backend! {
    async fn a_caller_reads_its_own_write(store: TestStore) {
        for n in 0..50 {
            let made = user(&store, &format!("user{n}")).await;
            assert_eq!(store.user(&made.id).await.unwrap(), Some(made));
        }
    }
}
