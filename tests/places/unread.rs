//! Read and unread posts.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, direct, id, say};
use crate::http::hooks::{Hook, accepted};
use crate::support::refused;

/// Returns the numbers of unread messages and mentions of a channel.
pub(super) async fn unread(who: &TestClient, channel: &str) -> (i64, i64) {
    let path = format!("/api/v4/users/me/channels/{channel}/unread");
    counts(&who.get(&path).await.expect(200))
}

#[track_caller]
fn counts(unread: &Value) -> (i64, i64) {
    (unread["msg_count"].as_i64().expect("a number"), unread["mention_count"].as_i64().expect("a number"))
}

pub(super) async fn view(who: &TestClient, channel: &str) -> Value {
    who.post("/api/v4/channels/members/me/view", json!({"channel_id": channel, "prev_channel_id": ""}))
        .await
        .expect(200)
}

each_backend! {
    async fn posts_of_others_are_unread_until_the_channel_is_viewed(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channel = &place.channel_id;
        assert_eq!(unread(&bob, channel).await, (0, 0));
        for text in ["one", "two", "three @bob"] {
            host.clock.advance(Duration::from_millis(5));
            say(&anna, channel, text).await;
        }
        assert_eq!(unread(&bob, channel).await, (3, 1));
        assert_eq!(unread(&anna, channel).await, (0, 0), "one's own posts are read");
        let mut his = host.socket(&bob).await;
        let at = json!(jackfield_tests::START_MILLIS + 15);
        let times = json!({channel.as_str(): at});
        assert_eq!(view(&bob, channel).await, json!({"status": "OK", "last_viewed_at_times": times}));
        let event = his.event("multiple_channels_viewed").await;
        assert_eq!(event["data"], json!({"channel_times": times}));
        let about = ["user_id", "channel_id", "team_id"].map(|key| event["broadcast"][key].as_str().unwrap_or_default());
        assert_eq!(about, [bob.id(), "", ""]);
        assert_eq!(unread(&bob, channel).await, (0, 0));
    }
}

each_backend! {
    async fn a_mention_is_a_name_a_channel_mention_or_a_keyword(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let channel = &place.channel_id;
        let _online = host.socket(&bob).await;
        for (text, mentioned) in [
            ("hello", false),
            ("hello @bob.", true),
            ("@channel", true),
            ("@all", true),
            ("@here", true),
            ("@Bob", true),
            ("bob", false),
            ("x@bob.org", false),
            ("@bobby", false),
        ] {
            say(&anna, channel, text).await;
            assert_eq!(unread(&bob, channel).await, (1, i64::from(mentioned)), "{text}");
            view(&bob, channel).await;
        }
        // Users outside the channel are not mentioned, and authors do not mention themselves.
        let other = host.channel(&anna, &place.team_id, "ovens").await;
        say(&anna, id(&other), "@bob @anna @channel").await;
        assert_eq!(unread(&anna, id(&other)).await, (0, 0));
        let path = format!("/api/v4/channels/{channel}/members/me/notify_props");
        bob.put(&path, json!({"ignore_channel_mentions": "on"})).await.expect(200);
        view(&bob, channel).await;
        say(&admin, channel, "@channel").await;
        assert_eq!(unread(&bob, channel).await, (1, 0));
        say(&admin, channel, "@channel and @bob").await;
        assert_eq!(unread(&bob, channel).await, (2, 1));
    }
}

each_backend! {
    async fn every_direct_message_is_a_mention(host: TestHost) {
        let Three { anna, bob, .. } = Three::new(&host).await;
        let talk = direct(&anna, &bob).await;
        let mut his = host.socket(&bob).await;
        say(&anna, id(&talk), "one").await;
        let event = his.event("posted").await;
        assert_eq!(event["data"]["mentions"], json!(json!([bob.id()]).to_string()));
        say(&anna, id(&talk), "two").await;
        assert_eq!(unread(&bob, id(&talk)).await, (2, 2));
        assert_eq!(unread(&anna, id(&talk)).await, (0, 0));
    }
}

each_backend! {
    async fn a_hooks_post_is_unread_for_its_owner_too(host: TestHost) {
        let hook = Hook::new(&host).await;
        accepted(&hook.send_json(&json!({"text": "x"})).await);
        accepted(&hook.send_json(&json!({"text": "y"})).await);
        assert_eq!(unread(&hook.owner, &hook.place.channel_id).await, (2, 0));
    }
}

each_backend! {
    async fn posts_are_marked_unread_again_with_their_mentions(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channel = &place.channel_id;
        let mut posts = Vec::new();
        for text in ["zero @bob", "one", "two @bob", "three @channel", "four"] {
            host.clock.advance(Duration::from_millis(1));
            posts.push(say(&anna, channel, text).await);
        }
        view(&bob, channel).await;
        let mut his = host.socket(&bob).await;
        let path = format!("/api/v4/users/me/posts/{}/set_unread", id(&posts[1]));
        let marked = bob.post(&path, json!({"collapsed_threads_supported": false})).await.expect(200);
        assert_eq!(counts(&marked), (1, 2));
        assert_eq!(marked["last_viewed_at"], json!(jackfield_tests::START_MILLIS + 1));
        let event = his.event("post_unread").await;
        assert_eq!((counts(&event["data"]), &event["data"]["post_id"]), ((1, 2), &posts[1]["id"]));
        assert_eq!(event["broadcast"]["user_id"], bob.id());
        assert_eq!(unread(&bob, channel).await, (4, 2));
        view(&bob, channel).await;
        assert_eq!(unread(&bob, channel).await, (0, 0));
        let others = format!("/api/v4/users/{}/posts/{}/set_unread", anna.id(), id(&posts[1]));
        refused(&bob.post(&others, json!({})).await, 403);
        refused(&bob.post("/api/v4/users/me/posts/kkkkkkkkkkkkkkkkkkkkkkkkkk/set_unread", json!({})).await, 403);
    }
}

each_backend! {
    async fn a_team_counts_what_is_unread_in_its_channels(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let ovens = host.channel(&anna, &place.team_id, "ovens").await;
        let joined = format!("/api/v4/channels/{}/members", id(&ovens));
        anna.post(&joined, json!({"user_id": bob.id()})).await.expect(201);
        say(&anna, &place.channel_id, "one @bob").await;
        say(&anna, id(&ovens), "two").await;
        say(&anna, id(&direct(&anna, &bob).await), "of no team").await;
        let path = format!("/api/v4/users/me/teams/{}/unread", place.team_id);
        let mine = bob.get(&path).await.expect(200);
        // The second mention is that of being added to a channel.
        assert_eq!((counts(&mine), &mine["team_id"]), ((2, 2), &json!(place.team_id)));
        bob.put(&format!("{joined}/me/notify_props"), json!({"mark_unread": "mention"})).await.expect(200);
        assert_eq!(counts(&bob.get(&path).await.expect(200)), (1, 2), "a muted channel counts its mentions");
        let all = bob.get("/api/v4/users/me/teams/unread").await.expect(200);
        assert_eq!(all, json!([bob.get(&path).await.expect(200)]));
        let except = format!("/api/v4/users/me/teams/unread?exclude_team={}", place.team_id);
        assert_eq!(bob.get(&except).await.expect(200), json!([]));
        refused(&bob.get(&format!("/api/v4/users/{}/teams/unread", anna.id())).await, 403);
        refused(&host.user("cleo").await.get(&path).await, 403);
    }
}

each_backend! {
    async fn users_mark_only_their_own_channels_as_read(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let path = format!("/api/v4/channels/members/{}/view", anna.id());
        refused(&bob.post(&path, json!({"channel_id": place.channel_id})).await, 403);
        refused(&anna.post(&path, json!({"channel_id": "short"})).await, 400);
        // Viewing no channel, or a channel that the user is not in, marks nothing as read.
        let nothing = json!({"status": "OK", "last_viewed_at_times": {}});
        assert_eq!(anna.post(&path, json!({"channel_id": "", "prev_channel_id": null})).await.expect(200), nothing);
        let bobs = host.channel(&bob, &place.team_id, "bobs").await;
        assert_eq!(view(&anna, id(&bobs)).await, nothing);
        refused(&anna.get(&format!("/api/v4/users/me/channels/{}/unread", id(&bobs))).await, 403);
    }
}
