//! Flagged posts.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{id, say, texts};
use crate::support::refused;

fn flag(user: &str, post: &Value, value: &str) -> Value {
    json!([{"user_id": user, "category": "flagged_post", "name": id(post), "value": value}])
}

each_backend! {
    async fn flagged_posts_are_listed_from_the_users_own_channels(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let other = host.channel(&anna, &place.team_id, "other").await;
        let direct = anna.post("/api/v4/channels/direct", json!([anna.id(), bob.id()])).await.expect(201);
        let team = host.team(&anna, "bakery").await;
        let away = host.channel(&anna, id(&team), "ovens").await;
        let mut posts = Vec::new();
        for (channel, text) in [(place.channel_id.as_str(), "one"), (id(&other), "two"), (id(&direct), "three"), (id(&away), "four"), (id(&other), "five"), (id(&other), "six")] {
            posts.push(say(&host, &anna, channel, text).await);
        }
        for post in &posts[..5] {
            anna.put("/api/v4/users/me/preferences", flag(anna.id(), post, "true")).await.expect(200);
        }
        let list = async |query: String| texts(&anna.get(&format!("/api/v4/users/me/posts/flagged?{query}")).await.expect(200));
        assert_eq!(list(String::new()).await, ["five", "four", "three", "two", "one"]);
        assert_eq!(list("page=1&per_page=2".into()).await, ["three", "two"]);
        assert_eq!(list(format!("channel_id={}", id(&other))).await, ["five", "two"]);
        // Direct channels belong to no team.
        assert_eq!(list(format!("team_id={}", place.team_id)).await, ["five", "three", "two", "one"]);
        assert_eq!(list(format!("team_id={}&channel_id={}", id(&team), id(&other))).await, [""; 0]);
        anna.delete(&format!("/api/v4/posts/{}", id(&posts[0]))).await.expect(200);
        anna.put("/api/v4/users/me/preferences", flag(anna.id(), &posts[1], "false")).await.expect(200);
        anna.delete(&format!("/api/v4/channels/{}/members/me", id(&away))).await.expect(200);
        assert_eq!(list(String::new()).await, ["five", "three"]);
        // A flag on a post that the user may not read lists nothing.
        bob.put("/api/v4/users/me/preferences", flag(bob.id(), &posts[4], "true")).await.expect(200);
        let bobs = format!("/api/v4/users/{}/posts/flagged", bob.id());
        assert_eq!(bob.get(&bobs).await.expect(200)["order"], json!([]));
        refused(&anna.get(&bobs).await, 403);
        refused(&anna.get("/api/v4/users/me/posts/flagged?channel_id=x").await, 400);
        refused(&host.anonymous().get("/api/v4/users/me/posts/flagged").await, 401);
    }
}
