//! Posts keep their order though the server's clock is set back.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::Value;

use super::{at, id, reply_to, say, texts};

const DAY: Duration = Duration::from_hours(24);

#[track_caller]
fn moment(post: &Value, key: &str) -> i64 {
    post[key].as_i64().unwrap_or_else(|| panic!("no {key}: {post}"))
}

each_backend! {
    async fn new_posts_follow_old_ones_though_the_clock_is_set_back(mut host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let channel = &place.channel_id;
        let first = say(&host, &anna, channel, "first").await;
        host.clock.set_back(DAY);
        let second = say(&host, &anna, channel, "second").await;
        assert_eq!(moment(&second, "create_at"), moment(&first, "create_at") + 1);
        let reply = reply_to(&host, &anna, &first, "reply").await;
        host.restart().await;
        let third = say(&host, &anna, channel, "third").await;
        let moments = [&first, &second, &reply, &third].map(|post| moment(post, "create_at"));
        assert!(moments.is_sorted_by(|a, b| a < b), "{moments:?}");
        let path = format!("/api/v4/channels/{channel}/posts");
        assert_eq!(texts(&anna.get(&path).await.expect(200)), ["third", "reply", "second", "first"]);
        let after = anna.get(&format!("{path}?after={}", id(&first))).await.expect(200);
        assert_eq!(texts(&after), ["third", "reply", "second"]);
        // Once the clock has caught up, posts have its time again.
        host.clock.advance(2 * DAY);
        let fourth = say(&host, &anna, channel, "fourth").await;
        assert_eq!(moment(&fourth, "create_at"), host.clock.now().as_millis());
    }
}

each_backend! {
    async fn changes_are_newer_than_the_last_ones_though_the_clock_is_set_back(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let [edited, deleted, last] = ["edited", "deleted", "last"];
        let edited = say(&host, &anna, &place.channel_id, edited).await;
        let deleted = say(&host, &anna, &place.channel_id, deleted).await;
        let last = say(&host, &anna, &place.channel_id, last).await;
        host.clock.set_back(DAY);
        anna.put(&format!("{}/patch", at(&edited)), serde_json::json!({"message": "changed"})).await.expect(200);
        anna.delete(&at(&deleted)).await.expect(200);
        // A client that has read up to the last post is sent both changes.
        let since = moment(&last, "create_at");
        let path = format!("/api/v4/channels/{}/posts?since={since}", place.channel_id);
        let changes = anna.get(&path).await.expect(200);
        assert_eq!(changes["posts"][id(&edited)]["message"], "changed");
        assert!(moment(&changes["posts"][id(&deleted)], "delete_at") > since);
    }
}
