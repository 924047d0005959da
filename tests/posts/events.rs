//! Events of changed posts.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{at, id, say};

fn object(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("a JSON text")).expect("JSON")
}

each_backend! {
    async fn edits_pins_and_deletions_are_published_to_the_channel(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let post = say(&host, &bob, &place.channel_id, "one").await;
        let mut socket = host.socket(&anna).await;

        let edited = bob.put(&format!("{}/patch", at(&post)), json!({"message": "two"})).await.expect(200);
        let event = socket.event("post_edited").await;
        assert_eq!(object(&event["data"]["post"]), edited);
        assert_eq!(event["data"].get("team_id"), None);
        assert_eq!(event["broadcast"]["channel_id"], json!(place.channel_id));

        bob.post(&format!("{}/pin", at(&post)), json!({})).await.expect(200);
        let event = socket.event("post_edited").await;
        assert_eq!(object(&event["data"]["post"])["is_pinned"], json!(true));

        anna.delete(&at(&post)).await.expect(200);
        let event = socket.event("post_deleted").await;
        let deleted = object(&event["data"]["post"]);
        assert_eq!((&deleted["id"], &event["data"]["delete_by"]), (&post["id"], &json!(anna.id())));
        assert_eq!((&deleted["message"], &deleted["delete_at"]), (&json!("two"), &json!(0)));
        assert_eq!(event["broadcast"]["contains_sanitized_data"], true);

        let own = say(&host, &bob, &place.channel_id, "own").await;
        socket.event("posted").await;
        bob.delete(&at(&own)).await.expect(200);
        assert_eq!(socket.event("post_deleted").await["data"].get("delete_by"), None);
    }
}

each_backend! {
    async fn reactions_are_published_to_the_channel(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let post = say(&host, &anna, &place.channel_id, "one").await;
        let mut socket = host.socket(&anna).await;
        let request = json!({"user_id": bob.id(), "post_id": post["id"], "emoji_name": "+1"});
        let reaction = bob.post("/api/v4/reactions", request.clone()).await.expect(200);
        let event = socket.event("reaction_added").await;
        assert_eq!(object(&event["data"]["reaction"]), reaction);
        assert_eq!(event["broadcast"]["channel_id"], json!(place.channel_id));
        // A repeated reaction changes nothing and publishes nothing.
        assert_eq!(bob.post("/api/v4/reactions", request).await.expect(200), reaction);
        bob.delete(&format!("/api/v4/users/me/posts/{}/reactions/+1", id(&post))).await.expect(200);
        let event = socket.event("reaction_removed").await;
        assert_eq!(object(&event["data"]["reaction"])["emoji_name"], "+1");
    }
}

each_backend! {
    async fn fact_118_an_ephemeral_post_is_sent_to_one_user(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        host.place(&bob).await;
        let (mut hers, mut his) = (host.socket(&admin).await, host.socket(&bob).await);
        let request = json!({"user_id": bob.id(), "post": {"channel_id": place.channel_id, "message": "psst"}});
        let post = admin.post("/api/v4/posts/ephemeral", request).await.expect(201);
        assert_eq!((&post["type"], &post["message"]), (&json!("system_ephemeral"), &json!("psst")));
        let event = his.event("ephemeral_message").await;
        assert_eq!(object(&event["data"]["post"]), post);
        assert_eq!(event["broadcast"]["user_id"], json!(bob.id()));
        // The author's next event is the next post, so the ephemeral post was not sent to its author.
        say(&host, &anna, &place.channel_id, "loud").await;
        hers.event("posted").await;
        anna.get(&at(&post)).await.expect(404);
        let list = bob.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await.expect(200);
        assert_eq!(super::texts(&list), ["loud"]);

        let carl = host.user("carl").await;
        let to_carl = json!({"user_id": carl.id(), "post": {"channel_id": place.channel_id, "message": "psst"}});
        admin.post("/api/v4/posts/ephemeral", to_carl).await.expect(400);
        admin.post("/api/v4/posts/ephemeral", json!({"user_id": bob.id(), "post": null})).await.expect(400);
        // Clients show such a post as the server's, so neither a member nor an outsider may create one.
        let to_bob = json!({"user_id": bob.id(), "post": {"channel_id": place.channel_id, "message": "expired"}});
        for client in [&anna, &carl] {
            client.post("/api/v4/posts/ephemeral", to_bob.clone()).await.expect(403);
        }
    }
}

each_backend! {
    async fn an_author_learns_which_mentions_reached_no_member(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let cleo = host.user("cleo").await;
        host.place(&cleo).await;
        host.user("dan").await;
        let ovens = host.channel(&anna, &place.team_id, "ovens").await;
        let mut hers = host.socket(&anna).await;
        // A member of the channel and a user outside the team are not reported.
        for text in ["@anna", "hello", "@dan", "@unknown"] {
            say(&host, &anna, id(&ovens), text).await;
            hers.event("posted").await;
        }
        let root = say(&host, &anna, id(&ovens), "ask @bob").await;
        hers.event("posted").await;
        let report = object(&hers.event("ephemeral_message").await["data"]["post"]);
        let shown = ["type", "channel_id", "root_id", "message"].map(|key| report[key].as_str().expect("a text"));
        let text = "@bob did not get notified by this mention because they are not in the channel.";
        assert_eq!(shown, ["system_ephemeral", id(&ovens), "", text]);
        assert_eq!(report["props"]["add_channel_member"], json!({
            "post_id": report["id"], "usernames": ["bob"], "not_in_channel_usernames": ["bob"],
            "user_ids": [bob.id()], "not_in_channel_user_ids": [bob.id()],
            "not_in_groups_usernames": [], "not_in_groups_user_ids": [],
        }));
        // An edit cannot forge the link that adds users.
        let props = json!({"add_channel_member": {"user_ids": [bob.id()]}, "card": "c"});
        let edited = anna.put(&format!("{}/patch", at(&root)), json!({"props": props})).await.expect(200);
        assert_eq!(edited["props"], json!({"card": "c"}));
        let both = json!({"channel_id": id(&ovens), "message": "@cleo, @bob!", "root_id": root["id"]});
        anna.post("/api/v4/posts", both).await.expect(201);
        for name in ["post_edited", "posted", "thread_updated"] {
            hers.event(name).await;
        }
        let report = object(&hers.event("ephemeral_message").await["data"]["post"]);
        let text = "@cleo and @bob did not get notified by this mention because they are not in the channel.";
        assert_eq!((&report["message"], &report["root_id"]), (&json!(text), &root["id"]));
        // The report is not stored.
        anna.get(&at(&report)).await.expect(404);
    }
}
