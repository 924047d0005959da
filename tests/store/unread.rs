//! Read and unread posts.

use std::time::Duration;

use jackfield::model::{
    Changes, ChannelId, ChannelKind, MentionAudience, MentionCounts, MentionTarget, Post, Timestamp, Unread,
    User, UserId,
};
use jackfield_tests::{Backend, TestStore, each_backend};
use serde_json::json;

use super::rows::{channel, channel_member, commit_posts, mention, object, post, room, say, unknown, user};

/// Returns how many messages of a channel count as read for a member, and how many mentions as unread.
async fn counted(store: &TestStore, channel: &ChannelId, user: &UserId) -> (i64, i64) {
    let member = store.channel_member(channel, user).await.unwrap().unwrap();
    (member.msg_count, member.mentions.all)
}

fn listener(user: &User) -> MentionTarget {
    MentionTarget {
        user_id: user.id.clone(),
        username: user.username.clone(),
        first_name: user.first_name.clone(),
        notify_props: user.notify_props.clone(),
        channel_props: object(json!({})),
    }
}

each_backend! {
    async fn a_posts_mentions_and_its_authors_reading_are_committed_with_it(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        store.join_channel(channel_member(&room.channel, &bob)).await.unwrap();
        let (here, hers, his) = (&room.channel.id, &room.user.id, &bob.id);
        let posts: Vec<_> = ["one", "two"].map(|text| post(&store.clock, &room.channel, hers, text)).to_vec();
        let changes = Changes {
            posts,
            mentions: vec![mention(here, his), mention(here, his), mention(here, &unknown::<UserId>())],
            author_views: vec![(here.clone(), hers.clone())],
            ..Changes::default()
        };
        store.commit(changes).await.unwrap();
        assert_eq!(counted(&store, here, his).await, (0, 2));
        assert_eq!(counted(&store, here, hers).await, (2, 0));
    }
}

each_backend! {
    async fn a_post_does_not_mark_later_posts_of_the_same_batch_as_read(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        store.join_channel(channel_member(&room.channel, &bob)).await.unwrap();
        let (here, hers, his) = (&room.channel.id, &room.user.id, &bob.id);
        for round in 0..20_i64 {
            store.clock.advance(Duration::from_millis(2));
            let first = post(&store.clock, &room.channel, hers, "first");
            store.clock.advance(Duration::from_millis(1));
            let second = post(&store.clock, &room.channel, his, "second");
            let said = |said: &Post, by: &UserId| Changes {
                posts: vec![said.clone()],
                author_views: vec![(here.clone(), by.clone())],
                ..Changes::default()
            };
            let mentioning = Changes { mentions: vec![mention(here, hers)], ..said(&second, his) };
            // The first unit keeps the writer busy, so that the others share a batch.
            let absent = unknown::<UserId>();
            let busy = store.view_channels(&absent, vec![here.clone()]);
            let (busy, one, other) =
                tokio::join!(busy, store.commit(said(&first, hers)), store.commit(mentioning));
            busy.unwrap();
            one.unwrap();
            other.unwrap();
            let member = store.channel_member(here, hers).await.unwrap().unwrap();
            let (unread, mentioned) = (2 * (round + 1) - member.msg_count, member.mentions.all);
            if store.backend == Backend::Sqlite {
                assert_eq!((unread, mentioned), (1, 1), "written in the order in which they came");
                assert_eq!(member.last_viewed_at, first.create_at);
            } else {
                assert_eq!(unread, mentioned, "either order");
            }
            store.view_channels(hers, vec![here.clone()]).await.unwrap();
        }
    }
}

each_backend! {
    async fn viewing_marks_all_posts_of_the_members_channels_as_read(store: TestStore) {
        let room = room(&store).await;
        let last = say(&store, &room, "one").await;
        let (here, hers) = (&room.channel.id, &room.user.id);
        let mentions = vec![mention(here, hers)];
        store.commit(Changes { mentions, ..Changes::default() }).await.unwrap();
        assert_eq!(counted(&store, here, hers).await, (0, 1));
        let channels = vec![here.clone(), unknown::<ChannelId>(), room.off_topic.id.clone()];
        let viewed = store.view_channels(hers, channels).await.unwrap();
        assert_eq!(viewed, [(here.clone(), last.create_at), (room.off_topic.id.clone(), Timestamp::NEVER)]);
        assert_eq!(counted(&store, here, hers).await, (1, 0));
        assert_eq!(store.channel_member(here, hers).await.unwrap().unwrap().last_viewed_at, last.create_at);
        assert_eq!(store.view_channels(&unknown::<UserId>(), vec![here.clone()]).await.unwrap(), []);
    }
}

each_backend! {
    async fn marking_a_post_unread_counts_all_posts_from_it(store: TestStore) {
        let room = room(&store).await;
        let (here, hers) = (&room.channel.id, &room.user.id);
        let mut posts = Vec::new();
        for text in ["one", "two", "three"] {
            posts.push(say(&store, &room, text).await);
        }
        store.view_channels(hers, vec![here.clone()]).await.unwrap();
        let marked = store.mark_unread(hers, &posts[1], MentionCounts { all: 7, roots: 5, urgent: 2 }).await.unwrap().unwrap();
        let before = Timestamp::from_millis(posts[1].create_at.as_millis() - 1);
        assert_eq!((marked.msg_count, marked.mentions.all, marked.last_viewed_at), (1, 7, before));
        assert_eq!(store.channel_member(here, hers).await.unwrap(), Some(marked));
        assert_eq!(store.mark_unread(&unknown::<UserId>(), &posts[1], MentionCounts::default()).await.unwrap(), None);
        // Deleted posts do not become unread again.
        let mut gone = post(&store.clock, &room.channel, hers, "gone");
        gone.delete_at = store.clock.now();
        commit_posts(&store, &[gone]).await;
        let marked = store.mark_unread(hers, &posts[2], MentionCounts::default()).await.unwrap().unwrap();
        assert_eq!((marked.msg_count, marked.mentions.all), (3, 0));
        let nowhere = Post { channel_id: unknown::<ChannelId>(), ..posts[2].clone() };
        assert_eq!(store.mark_unread(hers, &nowhere, MentionCounts::default()).await.unwrap(), None);
    }
}

each_backend! {
    async fn posts_since_a_time_are_listed_oldest_first(store: TestStore) {
        let room = room(&store).await;
        let mut posts = Vec::new();
        for text in ["one", "two", "three"] {
            posts.push(say(&store, &room, text).await);
        }
        let mut gone = post(&store.clock, &room.channel, &room.user.id, "gone");
        gone.delete_at = store.clock.now();
        commit_posts(&store, &[gone]).await;
        let (here, at) = (&room.channel.id, posts[1].create_at);
        assert_eq!(store.posts_from(here, at, 9).await.unwrap(), posts[1..]);
        assert_eq!(store.posts_from(here, at, 1).await.unwrap(), posts[1..2]);
        assert_eq!(store.posts_from(&room.off_topic.id, Timestamp::NEVER, 9).await.unwrap(), []);
    }
}

each_backend! {
    async fn unread_counts_are_those_of_team_channels_in_use(store: TestStore) {
        let room = room(&store).await;
        let (here, hers) = (&room.channel.id, &room.user.id);
        for new in [channel(&store.clock, None, "notes"), {
            let mut old = channel(&store.clock, Some(&room.team), "old");
            old.delete_at = store.clock.now();
            old
        }] {
            store.create_channel(new.clone(), channel_member(&new, &room.user)).await.unwrap();
        }
        say(&store, &room, "one").await;
        let mentions = vec![mention(here, hers)];
        store.commit(Changes { mentions, ..Changes::default() }).await.unwrap();
        let muted = object(json!({"mark_unread": "mention"}));
        store.set_channel_notify(&room.off_topic.id, hers, muted.clone(), 9, store.clock.now()).await.unwrap();
        let unread = |channel: &ChannelId, count, notify_props| Unread {
            channel_id: channel.clone(),
            team_id: Some(room.team.id.clone()),
            msg_count: count,
            msg_count_root: count,
            mentions: MentionCounts { all: count, roots: count, urgent: 0 },
            notify_props,
        };
        let expected = [unread(here, 1, object(json!({}))), unread(&room.off_topic.id, 0, muted)];
        assert_eq!(store.unread_in_teams(hers).await.unwrap(), expected);
        assert_eq!(expected.map(|one| one.is_muted()), [false, true]);
    }
}

each_backend! {
    async fn members_of_a_channel_are_found_by_their_names(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob_").await;
        user(&store, "cleo").await;
        store.join_channel(channel_member(&room.channel, &bob)).await.unwrap();
        let named = async |names: &[&str]| {
            let mut found = store.channel_members_named(&room.channel.id, names).await.unwrap();
            found.sort();
            found
        };
        let [anna, bob] = [&room.user, &bob].map(|user| (user.username.clone(), user.id.clone()));
        assert_eq!(named(&["anna", "bob_", "bob", "cleo"]).await, [anna, bob]);
        assert!(named(&[]).await.is_empty());
    }
}

each_backend! {
    async fn an_audience_lists_members_with_notification_settings(store: TestStore) {
        let room = room(&store).await;
        let plain = {
            let mut new = super::rows::new_user(&store.clock, "bob");
            new.user.notify_props = object(json!({}));
            store.create_user(new).await.unwrap()
        };
        let here = &room.channel.id;
        assert_eq!(store.listener(here, &plain.id).await.unwrap(), None);
        store.join_channel(channel_member(&room.channel, &plain)).await.unwrap();
        user(&store, "cleo").await;
        assert_eq!(store.listener(here, &plain.id).await.unwrap(), Some(listener(&plain)));
        let audience = async || store.audience(here).await.unwrap().unwrap();
        // The settings of the room's user are the defaults.
        assert_eq!(*audience().await, MentionAudience { kind: ChannelKind::Public, particular: Vec::new() });
        let said = object(json!({"ignore_channel_mentions": "on"}));
        // Others than those that decide about mentions are left out.
        let other = object(json!({"desktop": "all"}));
        store.set_channel_notify(here, &room.user.id, other, 9, store.clock.now()).await.unwrap();
        store.set_channel_notify(here, &plain.id, said.clone(), 9, store.clock.now()).await.unwrap();
        let particular = MentionTarget { channel_props: said, ..listener(&plain) };
        assert_eq!(audience().await.particular, [particular]);
        assert_eq!(store.audience(&store.clock.id()).await.unwrap(), None);
    }
}
