//! Drafts: the user's own, in channels they may post in.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{id, say};

const DRAFTS: &str = "/api/v4/drafts";

each_backend! {
    async fn a_draft_is_seen_by_its_user_alone(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let mut socket = host.socket(&anna).await;
        let request = |text: &str| json!({"channel_id": place.channel_id, "message": text, "user_id": bob.id()});
        let made = anna.post(DRAFTS, request("one")).await.expect(201);
        assert_eq!((&made["user_id"], &made["message"]), (&json!(anna.id()), &json!("one")));
        anna.post(DRAFTS, request("two")).await.expect(201);
        for (name, text) in [("draft_created", "one"), ("draft_updated", "two")] {
            let event = socket.event(name).await;
            let draft: Value = serde_json::from_str(event["data"]["draft"].as_str().unwrap()).unwrap();
            assert_eq!((&draft["message"], &event["broadcast"]["user_id"]), (&json!(text), &json!(anna.id())));
        }
        let list = format!("/api/v4/users/me/teams/{}/drafts", place.team_id);
        assert_eq!(anna.get(&list).await.expect(200)[0]["message"], "two");
        assert_eq!(bob.get(&list).await.expect(200), json!([]));
        bob.get(&list.replace("me", anna.id())).await.expect(403);
        let delete = format!("/api/v4/users/me/channels/{}/drafts", place.channel_id);
        bob.delete(&delete.replace("me", anna.id())).await.expect(403);
        bob.delete(&delete).await.expect(200);
        assert_eq!(anna.get(&list).await.expect(200).as_array().map(Vec::len), Some(1));
        anna.delete(&delete).await.expect(200);
        socket.event("draft_deleted").await;
        anna.delete(&delete).await.expect(200);
        assert_eq!(anna.get(&list).await.expect(200), json!([]));
    }
}

each_backend! {
    async fn a_draft_is_as_limited_as_a_post(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        bob.post(DRAFTS, json!({"channel_id": secret["id"], "message": "x"})).await.expect(403);
        bob.post(DRAFTS, json!({"channel_id": "short", "message": "x"})).await.expect(403);
        let elsewhere = json!({"channel_id": secret["id"], "message": "x", "root_id": root["id"]});
        anna.post(DRAFTS, elsewhere).await.expect(400);
        let long = json!({"channel_id": place.channel_id, "message": "x".repeat(16_384)});
        anna.post(DRAFTS, long).await.expect(400);
        let large = json!({"channel_id": place.channel_id, "props": {"a": "x".repeat(70_000)}});
        anna.post(DRAFTS, large).await.expect(400);

        let below = json!({"channel_id": place.channel_id, "message": "x", "root_id": root["id"]});
        bob.post(DRAFTS, below).await.expect(201);
        let list = format!("/api/v4/users/me/teams/{}/drafts", place.team_id);
        assert_eq!(bob.get(&list).await.expect(200)[0]["root_id"], root["id"]);
        anna.delete(&format!("/api/v4/posts/{}", id(&root))).await.expect(200);
        assert_eq!(bob.get(&list).await.expect(200), json!([]), "it goes with its thread");
    }
}

each_backend! {
    async fn a_draft_describes_files_of_its_user_until_a_post_takes_them(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let upload = format!("/api/v4/files?channel_id={}&filename=x.txt", place.channel_id);
        let file = async |by: &jackfield_tests::TestClient| {
            by.post_raw(&upload, None, "words").await.expect(201)["file_infos"][0]["id"].clone()
        };
        let (mine, bobs) = (file(&anna).await, file(&bob).await);
        let request = json!({"channel_id": place.channel_id, "message": "", "file_ids": [bobs, mine]});
        let draft = anna.post(DRAFTS, request).await.expect(201);
        assert_eq!(draft["file_ids"], json!([mine]));
        assert_eq!(draft["metadata"]["files"][0]["name"], "x.txt");
        let post = json!({"channel_id": place.channel_id, "message": "x", "file_ids": [mine]});
        anna.post("/api/v4/posts", post).await.expect(201);
        let list = anna.get(&format!("/api/v4/users/me/teams/{}/drafts", place.team_id)).await.expect(200);
        assert_eq!(list[0]["metadata"], json!({}));
    }
}
