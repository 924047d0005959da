//! Reactions: permissions, limits, and reactions in responses with posts.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{at, id, say};

each_backend! {
    async fn fact_117_users_react_in_their_own_name(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let post = say(&host, &anna, &place.channel_id, "one").await;
        let request = |user: &str, name: &str| json!({"user_id": user, "post_id": post["id"], "emoji_name": name});
        let now = host.clock.now().as_millis();
        let reaction = bob.post("/api/v4/reactions", request(bob.id(), "+1")).await.expect(200);
        let expected = json!({
            "user_id": bob.id(), "post_id": post["id"], "emoji_name": "+1", "create_at": now, "update_at": now,
            "delete_at": 0, "remote_id": "", "channel_id": place.channel_id,
        });
        assert_eq!(reaction, expected);
        bob.post("/api/v4/reactions", request(anna.id(), "+1")).await.expect(403);
        admin.post("/api/v4/reactions", request(anna.id(), "+1")).await.expect(403);
        for name in ["", ":+1:", "Smile", "a b", "\u{1f44d}"] {
            bob.post("/api/v4/reactions", request(bob.id(), name)).await.expect(400);
        }
        let carl = host.user("carl").await;
        carl.post("/api/v4/reactions", request(carl.id(), "+1")).await.expect(403);
        let nowhere = json!({"user_id": bob.id(), "post_id": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "emoji_name": "+1"});
        bob.post("/api/v4/reactions", nowhere).await.expect(403);
    }
}

each_backend! {
    async fn reactions_come_with_the_post(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let post = say(&host, &anna, &place.channel_id, "one").await;
        let plain = say(&host, &anna, &place.channel_id, "two").await;
        let mut reactions = Vec::new();
        for (client, name) in [(&anna, "tada"), (&bob, "tada"), (&bob, "100")] {
            host.clock.advance(Duration::from_millis(1));
            let request = json!({"user_id": client.id(), "post_id": post["id"], "emoji_name": name});
            reactions.push(client.post("/api/v4/reactions", request).await.expect(200));
        }
        let shown = anna.get(&at(&post)).await.expect(200);
        assert_eq!((&shown["has_reactions"], &shown["metadata"]["reactions"]), (&json!(true), &json!(reactions)));
        assert_eq!(shown["update_at"], json!(host.clock.now().as_millis()));
        assert_eq!(anna.get(&format!("{}/reactions", at(&post))).await.expect(200), json!(reactions));
        assert_eq!(anna.get(&format!("{}/reactions", at(&plain))).await.expect(200), json!([]));
        let request = json!([post["id"], plain["id"]]);
        let by_post = json!({id(&post): reactions, id(&plain): []});
        assert_eq!(bob.post("/api/v4/posts/ids/reactions", request).await.expect(200), by_post);
        let list = anna.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await.expect(200);
        assert_eq!(list["posts"][id(&post)], shown);
        assert_eq!(list["posts"][id(&plain)]["metadata"], json!({}));

        let mine = |user: &str, name: &str| format!("/api/v4/users/{user}/posts/{}/reactions/{name}", id(&post));
        anna.delete(&mine(bob.id(), "tada")).await.expect(403);
        anna.delete(&mine("me", "Tada")).await.expect(404);
        for (client, name) in [(&anna, "tada"), (&bob, "tada"), (&bob, "100"), (&bob, "100")] {
            client.delete(&mine("me", name)).await.expect(200);
        }
        let left = anna.get(&at(&post)).await.expect(200);
        assert_eq!((&left["has_reactions"], &left["metadata"]), (&json!(false), &json!({})));
    }
}

each_backend! {
    async fn a_post_has_at_most_50_different_emoji(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let post = say(&host, &anna, &place.channel_id, "one").await;
        let request = |user: &str, number: u32| {
            json!({"user_id": user, "post_id": post["id"], "emoji_name": format!("e{number}")})
        };
        for number in 0..50 {
            anna.post("/api/v4/reactions", request(anna.id(), number)).await.expect(200);
        }
        anna.post("/api/v4/reactions", request(anna.id(), 50)).await.expect(400);
        bob.post("/api/v4/reactions", request(bob.id(), 49)).await.expect(200);
    }
}
