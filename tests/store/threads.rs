//! Who follows a thread, how far it is read, and lists of threads.

use std::time::Duration;

use jackfield::model::{
    Changes, ChannelId, FollowCause, Post, PostId, TeamId, Thread, ThreadFilter, ThreadFollow, ThreadMember,
    ThreadTotals, Timestamp, UserId,
};
use jackfield_tests::{TestStore, each_backend};

use super::audit::note;
use super::rows::{
    Room, channel, channel_member, commit_posts, deletion, post, room, room_of, say, team_member, unknown,
    user,
};

fn follow(post: &Post, user: &UserId, cause: FollowCause, at: Timestamp) -> ThreadFollow {
    ThreadFollow {
        post_id: post.root_id.clone().unwrap_or_else(|| post.id.clone()),
        user_id: user.clone(),
        channel_id: post.channel_id.clone(),
        cause,
        at,
    }
}

/// Creates a reply by `author`, one millisecond later, which mentions these users.
async fn reply(store: &TestStore, place: &Room, root: &Post, author: &UserId, mentioned: &[&UserId]) -> Post {
    store.clock.advance(Duration::from_millis(1));
    let mut reply = post(&store.clock, &place.channel, author, "reply");
    reply.root_id = Some(root.id.clone());
    let mentions = mentioned.iter().map(|user| follow(&reply, user, FollowCause::Mention, reply.create_at));
    let mut follows: Vec<ThreadFollow> = mentions.collect();
    follows.push(follow(&reply, author, FollowCause::Reply, reply.create_at));
    follows.push(follow(root, &root.user_id, FollowCause::Root, root.create_at));
    follows.sort();
    store.commit(Changes { posts: vec![reply.clone()], follows, ..Changes::default() }).await.unwrap();
    reply
}

/// Returns what a member of a thread has unread, and whether they follow it.
async fn state(store: &TestStore, root: &Post, user: &UserId) -> Option<(bool, i64, i64)> {
    let members = store.threads().members(&root.id, std::slice::from_ref(user)).await.unwrap();
    assert!(members.len() < 2);
    let of = |member: &ThreadMember| (member.following, member.unread_replies, member.unread_mentions);
    members.first().map(of)
}

fn in_team(room: &Room) -> ThreadFilter {
    ThreadFilter { team: Some(room.team.id.clone()), ..ThreadFilter::default() }
}

async fn listed(store: &TestStore, user: &UserId, filter: &ThreadFilter, limit: i64) -> Vec<PostId> {
    let threads: Vec<Thread> = store.threads().list(user, filter, limit).await.unwrap();
    threads.into_iter().map(|thread| thread.root.id).collect()
}

each_backend! {
    async fn replies_and_mentions_make_users_follow_a_thread(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        store.join_channel(channel_member(&room.channel, &bob)).await.unwrap();
        let (hers, his) = (&room.user.id, &bob.id);
        let root = say(&store, &room, "root").await;
        assert_eq!(state(&store, &root, hers).await, None);
        let one = reply(&store, &room, &root, his, &[]).await;
        assert_eq!(state(&store, &root, hers).await, Some((true, 1, 0)));
        assert_eq!(state(&store, &root, his).await, Some((true, 0, 0)));
        let two = reply(&store, &room, &root, his, &[hers]).await;
        assert_eq!(state(&store, &root, hers).await, Some((true, 2, 1)));
        let mut followers = store.threads().followers(&root.id).await.unwrap();
        followers.sort();
        let mut both = vec![hers.clone(), his.clone()];
        both.sort();
        assert_eq!(followers, both);
        assert_eq!(store.threads().participants(&[root.id.clone()], 9).await.unwrap(), [(root.id.clone(), his.clone())]);
        for post in [&root, &one, &two] {
            let post = store.post(&post.id).await.unwrap().unwrap();
            assert_eq!(store.threads().reply_count(&post).await.unwrap(), 2);
        }

        store.threads().set_following(&root, hers, false, store.clock.now()).await.unwrap();
        reply(&store, &room, &root, his, &[]).await;
        assert_eq!(state(&store, &root, hers).await.map(|state| state.0), Some(false), "the first post does not count again");
        assert_eq!(store.threads().followed_among(hers, &[root.id.clone()]).await.unwrap(), []);
        reply(&store, &room, &root, hers, &[]).await;
        assert_eq!(state(&store, &root, hers).await, Some((true, 0, 0)));
        assert_eq!(store.threads().followed_among(hers, &[root.id.clone(), unknown()]).await.unwrap(), [root.id.clone()]);
        store.delete_post(deletion(&one, store.clock.now())).await.unwrap();
        store.delete_post(deletion(&two, store.clock.now())).await.unwrap();
        let all = [(root.id.clone(), his.clone()), (root.id.clone(), hers.clone())];
        assert_eq!(store.threads().participants(&[root.id.clone(), unknown()], 9).await.unwrap(), all);
        assert_eq!(store.threads().participants(&[root.id.clone()], 1).await.unwrap(), all[..1]);
    }
}

each_backend! {
    async fn a_thread_is_read_up_to_a_moment(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let (hers, his) = (&room.user.id, &bob.id);
        let root = say(&store, &room, "root").await;
        let mut replies = Vec::new();
        for _ in 0..3 {
            replies.push(reply(&store, &room, &root, his, &[hers]).await);
        }
        assert_eq!(state(&store, &root, hers).await, Some((true, 3, 3)));
        let now = store.clock.now();
        store.threads().read(&root, hers, replies[1].create_at, 1, now).await.unwrap();
        assert_eq!(state(&store, &root, hers).await, Some((true, 1, 1)));
        let here = &room.channel.id;
        let mentions = store.threads().mentions(hers, &room.team.id).await.unwrap();
        assert_eq!(mentions, [(here.clone(), 1)]);
        assert_eq!(store.threads().channels_with_unread(hers, &[here.clone()]).await.unwrap(), [here.clone()]);
        store.threads().read_channels(hers, vec![unknown::<ChannelId>()], now).await.unwrap();
        assert_eq!(state(&store, &root, hers).await, Some((true, 1, 1)));
        store.threads().read_channels(hers, vec![here.clone()], now).await.unwrap();
        assert_eq!(state(&store, &root, hers).await, Some((true, 0, 0)));
        assert_eq!(store.threads().channels_with_unread(hers, &[here.clone()]).await.unwrap(), []);

        store.threads().read(&root, hers, Timestamp::NEVER, 3, now).await.unwrap();
        store.threads().read_team(hers, &unknown::<TeamId>(), now).await.unwrap();
        assert_eq!(state(&store, &root, hers).await, Some((true, 3, 3)));
        store.threads().read_team(hers, &room.team.id, now).await.unwrap();
        assert_eq!(state(&store, &root, hers).await, Some((true, 0, 0)));
        assert_eq!(store.threads().mentions(hers, &room.team.id).await.unwrap(), []);
    }
}

each_backend! {
    async fn threads_are_listed_and_counted_by_their_last_replies(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let (hers, his) = (&room.user.id, &bob.id);
        let mut roots = Vec::new();
        for text in ["a", "b", "c"] {
            let root = say(&store, &room, text).await;
            reply(&store, &room, &root, his, &[hers]).await;
            roots.push(root);
        }
        say(&store, &room, "no thread").await;
        let ids: Vec<PostId> = roots.iter().map(|root| root.id.clone()).collect();
        let newest_first: Vec<PostId> = ids.iter().rev().cloned().collect();
        let filter = in_team(&room);
        assert_eq!(listed(&store, hers, &filter, 9).await, newest_first);
        assert_eq!(listed(&store, hers, &filter, 2).await, newest_first[..2]);
        let before = ThreadFilter { before: Some(ids[2].clone()), ..filter.clone() };
        assert_eq!(listed(&store, hers, &before, 9).await, newest_first[1..]);
        let after = ThreadFilter { after: Some(ids[0].clone()), ..filter.clone() };
        assert_eq!(listed(&store, hers, &after, 9).await, ids[1..]);
        let since = ThreadFilter { since: store.clock.now().plus(Duration::from_millis(1)), ..filter.clone() };
        assert_eq!(listed(&store, hers, &since, 9).await, []);
        let elsewhere = ThreadFilter { team: Some(unknown()), ..filter.clone() };
        assert_eq!(listed(&store, hers, &elsewhere, 9).await, []);
        assert_eq!(listed(&store, his, &filter, 9).await, [], "bob is not in the channel");

        store.threads().read(&roots[1], hers, store.clock.now(), 0, store.clock.now()).await.unwrap();
        let unread = ThreadFilter { only_unread: true, ..filter.clone() };
        assert_eq!(listed(&store, hers, &unread, 9).await, [ids[2].clone(), ids[0].clone()]);
        let totals = |threads, unread| ThreadTotals {
            team_id: Some(room.team.id.clone()),
            threads,
            unread_threads: unread,
            unread_mentions: unread,
            unread_urgent_mentions: 0,
        };
        assert_eq!(store.threads().totals(hers, false).await.unwrap(), [totals(3, 2)]);
        store.delete_post(deletion(&roots[2], store.clock.now())).await.unwrap();
        assert_eq!(listed(&store, hers, &filter, 9).await, newest_first[1..]);
        assert_eq!(store.threads().totals(hers, false).await.unwrap(), [totals(2, 1)]);
        let deleted = ThreadFilter { with_deleted: true, ..filter };
        assert_eq!(listed(&store, hers, &deleted, 9).await, newest_first);
        assert_eq!(store.threads().totals(hers, true).await.unwrap(), [totals(3, 2)]);
    }
}

each_backend! {
    async fn threads_of_direct_channels_are_listed_in_every_team(store: TestStore) {
        let room = room(&store).await;
        let direct = channel(&store.clock, None, "direct");
        store.create_channel(direct.clone(), channel_member(&direct, &room.user)).await.unwrap();
        let root = post(&store.clock, &direct, &room.user.id, "root");
        commit_posts(&store, std::slice::from_ref(&root)).await;
        reply(&store, &Room { channel: direct, ..room }, &root, &root.user_id, &[]).await;
        let filter = ThreadFilter { team: Some(unknown()), ..ThreadFilter::default() };
        assert_eq!(listed(&store, &root.user_id, &filter, 9).await, [root.id.clone()]);
        let without = ThreadFilter { without_direct: true, ..filter };
        assert_eq!(listed(&store, &root.user_id, &without, 9).await, []);
        let totals = ThreadTotals { threads: 1, ..ThreadTotals::default() };
        assert_eq!(store.threads().totals(&root.user_id, false).await.unwrap(), [totals]);
    }
}

each_backend! {
    async fn leaving_a_channel_or_team_ends_following_its_threads(store: TestStore) {
        let room = room(&store).await;
        let (bob, cleo) = (user(&store, "bob").await, user(&store, "cleo").await);
        for member in [&bob, &cleo] {
            store.join_team(team_member(&room.team, member, "team_user")).await.unwrap();
        }
        let root = say(&store, &room, "root").await;
        reply(&store, &room, &root, &bob.id, &[]).await;
        reply(&store, &room, &root, &cleo.id, &[]).await;
        store.leave_channel(&room.channel.id, &bob.id).await.unwrap();
        store.leave_team(&room.team.id, &cleo.id, store.clock.now()).await.unwrap();
        assert_eq!(store.threads().followers(&root.id).await.unwrap(), [room.user.id.clone()]);
        for left in [&bob, &cleo] {
            assert_eq!(state(&store, &root, &left.id).await.map(|state| state.0), Some(false));
        }
        let participants = store.threads().participants(&[root.id.clone()], 9).await.unwrap();
        assert_eq!(participants.len(), 2, "what they wrote stays");
    }
}

each_backend! {
    async fn a_member_whom_a_move_removes_follows_no_thread_of_the_channel(store: TestStore) {
        let room = room(&store).await;
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        let bob = user(&store, "bob").await;
        let ovens = channel(&store.clock, Some(&room.team), "ovens");
        store.create_channel(ovens.clone(), channel_member(&ovens, &room.user)).await.unwrap();
        store.join_channel(channel_member(&ovens, &bob)).await.unwrap();
        let ovens = Room { channel: ovens, ..room };
        let root = say(&store, &ovens, "root").await;
        reply(&store, &ovens, &root, &bob.id, &[]).await;
        let audit = note(&store, "channel.move", &bob.id);
        store.move_channel(&root.channel_id, &bakery.team.id, true, Changes::default(), store.clock.now(), audit).await.unwrap();
        assert_eq!(state(&store, &root, &bob.id).await.map(|state| state.0), Some(false));
        assert_eq!(state(&store, &root, &root.user_id).await.map(|state| state.0), Some(true));
    }
}

each_backend! {
    async fn lists_of_first_posts_hold_no_replies(store: TestStore) {
        let room = room(&store).await;
        let mut roots = Vec::new();
        for text in ["a", "b", "c"] {
            store.clock.advance(Duration::from_millis(1));
            roots.push(say(&store, &room, text).await);
            reply(&store, &room, &roots[0], &room.user.id, &[]).await;
        }
        let (here, changed) = (&room.channel.id, store.clock.now());
        let [a, b, c] = [0, 1, 2].map(|index| roots[index].id.clone());
        let ids = |posts: Vec<Post>| posts.into_iter().map(|post| post.id).collect::<Vec<_>>();
        assert_eq!(ids(store.root_posts(here, 0, 9).await.unwrap()), [c.clone(), b.clone(), a.clone()]);
        assert_eq!(ids(store.root_posts(here, 1, 1).await.unwrap()), [b.clone()]);
        assert_eq!(ids(store.root_posts_before(&roots[2], 0, 1).await.unwrap()), [b.clone()]);
        assert_eq!(ids(store.root_posts_after(&roots[0], 0, 9).await.unwrap()), [c.clone(), b.clone()]);
        let first = store.first_root_post_after(here, roots[0].create_at).await.unwrap();
        assert_eq!(first.map(|post| post.id), Some(b.clone()));
        let before = Timestamp::from_millis(changed.as_millis() - 1);
        assert_eq!(ids(store.root_posts_since(here, before, 9).await.unwrap()), [a.clone()], "a reply changes it");
        assert_eq!(ids(store.root_posts_since(here, Timestamp::NEVER, 9).await.unwrap()), [c, b, a]);
    }
}
