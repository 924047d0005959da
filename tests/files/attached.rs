//! Posts with files.

use jackfield_tests::{TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use super::pictures::PICTURE;
use super::uploaded;
use crate::support::{posts, refused};

async fn post(by: &TestClient, channel_id: &str, message: &str, files: &[&Value]) -> TestResponse {
    by.post("/api/v4/posts", json!({"channel_id": channel_id, "message": message, "file_ids": files})).await
}

each_backend! {
    async fn a_post_attaches_files_and_every_read_returns_them(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let mut socket = host.socket(&bob).await;
        let text = uploaded(&anna, &place.channel_id, "a.txt", b"a").await;
        let picture = uploaded(&anna, &place.channel_id, "p.png", &PICTURE).await;
        // The order differs from the order of the uploads, and the post has no text.
        let made = post(&anna, &place.channel_id, "", &[&picture["id"], &text["id"]]).await.expect(201);
        assert_eq!(made["file_ids"], json!([picture["id"], text["id"]]));
        let files = made["metadata"]["files"].as_array().expect("files");
        assert_eq!((&files[0]["name"], &files[1]["name"]), (&json!("p.png"), &json!("a.txt")));
        assert_eq!(files[0]["post_id"], made["id"]);

        let event = socket.event("posted").await;
        assert_eq!((&event["data"]["otherFile"], &event["data"]["image"]), (&json!("true"), &json!("true")));
        let received: Value = serde_json::from_str(event["data"]["post"].as_str().expect("a text")).expect("JSON");
        assert_eq!(received["file_ids"], made["file_ids"]);
        assert_eq!(received["metadata"]["files"], made["metadata"]["files"]);
        let id = made["id"].as_str().expect("an id");
        let read = bob.get(&format!("/api/v4/posts/{id}")).await.expect(200);
        assert_eq!(read["metadata"]["files"], made["metadata"]["files"]);
        let listed = posts(&bob, &place.channel_id).await;
        assert_eq!(listed.last().map(|post| &post["file_ids"]), Some(&made["file_ids"]));
        let infos = bob.get(&format!("/api/v4/posts/{id}/files/info")).await.expect(200);
        assert_eq!(infos, made["metadata"]["files"]);
        let stats = bob.get(&format!("/api/v4/channels/{}/stats", place.channel_id)).await.expect(200);
        assert_eq!(stats["files_count"], 2);
        // Everyone who can read the channel can now read the file.
        let file = text["id"].as_str().expect("an id");
        assert_eq!(bob.get(&format!("/api/v4/files/{file}")).await.body, b"a");
    }
}

each_backend! {
    async fn a_post_without_files_has_an_empty_list(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let made = post(&anna, &place.channel_id, "hi", &[]).await.expect(201);
        assert_eq!((&made["file_ids"], &made["metadata"]["files"]), (&json!([]), &Value::Null));
        let id = made["id"].as_str().expect("an id");
        assert_eq!(anna.get(&format!("/api/v4/posts/{id}/files/info")).await.expect(200), json!([]));
        let nulls = json!({"channel_id": place.channel_id, "message": "x", "file_ids": null});
        anna.post("/api/v4/posts", nulls).await.expect(201);
    }
}

each_backend! {
    async fn files_of_others_and_of_other_posts_are_left_out_and_too_many_refused(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let other = host.channel(&anna, &place.team_id, "other").await;
        let other = other["id"].as_str().expect("an id");
        let mine = uploaded(&anna, &place.channel_id, "mine", b"x").await["id"].clone();
        let bobs = uploaded(&bob, &place.channel_id, "bobs", b"x").await["id"].clone();
        let elsewhere = uploaded(&anna, other, "there", b"x").await["id"].clone();
        let unknown = json!("a".repeat(26));
        let error = refused(&post(&anna, &place.channel_id, "no", &[&mine; 11]).await, 400);
        assert_eq!(error["id"], "model.post.is_valid.file_ids.app_error");
        refused(&post(&anna, &place.channel_id, "", &[&bobs]).await, 400);
        let files = [&bobs, &unknown, &json!("x"), &mine, &mine, &elsewhere];
        let made = post(&anna, &place.channel_id, "some", &files).await.expect(201);
        assert_eq!(made["file_ids"], json!([mine, elsewhere]));
        // A file goes to the channel of its post.
        assert_eq!(made["metadata"]["files"][1]["channel_id"], place.channel_id.as_str());
        let again = post(&anna, &place.channel_id, "again", &[&mine]).await.expect(201);
        assert_eq!(again["file_ids"], json!([]));
        assert!(posts(&anna, &place.channel_id).await.iter().all(|post| post["message"] != "no"));
    }
}

each_backend! {
    async fn a_file_is_as_private_as_its_channel(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await["id"].clone();
        let secret = secret.as_str().expect("an id");
        let file = uploaded(&anna, secret, "x", b"x").await["id"].clone();
        let made = post(&anna, secret, "here", &[&file]).await.expect(201);
        let (file, made) = (file.as_str().expect("an id"), made["id"].as_str().expect("an id"));
        refused(&bob.get(&format!("/api/v4/files/{file}")).await, 403);
        refused(&bob.get(&format!("/api/v4/files/{file}/info")).await, 403);
        refused(&bob.get(&format!("/api/v4/posts/{made}/files/info")).await, 403);
    }
}

each_backend! {
    async fn an_edit_keeps_the_files_and_may_empty_the_text(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let file = uploaded(&anna, &place.channel_id, "x", b"x").await["id"].clone();
        let made = post(&anna, &place.channel_id, "here", &[&file]).await.expect(201);
        let path = format!("/api/v4/posts/{}", made["id"].as_str().expect("an id"));
        for change in [json!({"message": "there"}), json!({"message": ""}), json!({"is_pinned": true, "file_ids": []})] {
            let changed = anna.put(&format!("{path}/patch"), change).await.expect(200);
            assert_eq!((&changed["file_ids"], &changed["metadata"]["files"]), (&made["file_ids"], &made["metadata"]["files"]));
        }
        let plain = post(&anna, &place.channel_id, "here", &[]).await.expect(201);
        let plain = format!("/api/v4/posts/{}/patch", plain["id"].as_str().expect("an id"));
        refused(&anna.put(&plain, json!({"message": ""})).await, 400);
    }
}

each_backend! {
    async fn a_post_with_files_sent_again_is_the_same_post(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let file = uploaded(&anna, &place.channel_id, "x", b"x").await["id"].clone();
        let request = json!({"channel_id": place.channel_id, "message": "", "file_ids": [file], "pending_post_id": "one"});
        let first = anna.post("/api/v4/posts", request.clone()).await.expect(201);
        assert_eq!(anna.post("/api/v4/posts", request).await.expect(201), first);
    }
}

each_backend! {
    async fn an_ephemeral_post_has_no_files(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let file = uploaded(&admin, &place.channel_id, "x", b"x").await["id"].clone();
        let request = |message: &str| {
            let post = json!({"channel_id": place.channel_id, "message": message, "file_ids": [file]});
            json!({"user_id": admin.id(), "post": post})
        };
        refused(&admin.post("/api/v4/posts/ephemeral", request("")).await, 400);
        let shown = admin.post("/api/v4/posts/ephemeral", request("x")).await.expect(201);
        assert_eq!(shown["file_ids"], json!([]));
        post(&admin, &place.channel_id, "x", &[&file]).await.expect(201);
    }
}
