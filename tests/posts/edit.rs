//! Editing, pinning and deleting posts, and the permissions for it.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{at, id, reply_to, say, texts};

each_backend! {
    async fn an_author_edits_a_post(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let post = say(&host, &anna, &place.channel_id, "first").await;
        host.clock.advance(std::time::Duration::from_secs(1));
        let now = host.clock.now().as_millis();

        let request = json!({"id": post["id"], "message": "second #tag", "has_reactions": true, "props": null});
        let edited = anna.put(&at(&post), request).await.expect(200);
        assert_eq!((&edited["message"], &edited["hashtags"]), (&json!("second #tag"), &json!("#tag")));
        assert_eq!((&edited["edit_at"], &edited["update_at"]), (&json!(now), &json!(now)));
        assert_eq!((&edited["create_at"], &edited["has_reactions"]), (&post["create_at"], &json!(false)));

        host.clock.advance(std::time::Duration::from_secs(1));
        let patch = format!("{}/patch", at(&post));
        let patched = anna.put(&patch, json!({"props": {"a": 1, "from_webhook": "true"}, "is_pinned": true})).await;
        let patched = patched.expect(200);
        assert_eq!((&patched["message"], &patched["props"]), (&json!("second #tag"), &json!({"a": 1})));
        assert_eq!((&patched["is_pinned"], &patched["edit_at"]), (&json!(true), &json!(now)));
        assert_eq!(patched["update_at"], json!(now + 1000));
        assert_eq!(anna.get(&at(&post)).await.expect(200), patched);
    }
}

each_backend! {
    async fn an_edit_has_the_limits_of_a_post(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let post = say(&host, &anna, &place.channel_id, "first").await;
        let other = say(&host, &anna, &place.channel_id, "other").await;
        anna.put(&at(&post), json!({"id": other["id"], "message": "x"})).await.expect(400);
        anna.put(&at(&post), json!({"message": "x"})).await.expect(400);
        let patch = format!("{}/patch", at(&post));
        for message in ["x".repeat(16_384), " ".to_owned(), "a\u{0}b".to_owned()] {
            anna.put(&patch, json!({"message": message})).await.expect(400);
        }
        anna.put(&patch, json!({"props": {"a": "\u{0}"}})).await.expect(400);
        anna.put("/api/v4/posts/short/patch", json!({"message": "x"})).await.expect(400);
        anna.put("/api/v4/posts/aaaaaaaaaaaaaaaaaaaaaaaaaa/patch", json!({"message": "x"})).await.expect(403);
        assert_eq!(anna.get(&at(&post)).await.expect(200), post);
    }
}

each_backend! {
    async fn only_authors_and_administrators_edit(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let post = say(&host, &anna, &place.channel_id, "hers").await;
        let patch = format!("{}/patch", at(&post));
        bob.put(&patch, json!({"message": "his"})).await.expect(403);
        host.place(&bob).await;
        bob.put(&patch, json!({"message": "his"})).await.expect(403);
        let edited = admin.put(&patch, json!({"message": "the administrator's"})).await.expect(200);
        assert_eq!(edited["user_id"], anna.id());
        host.anonymous().put(&patch, json!({"message": "x"})).await.expect(401);
    }
}

each_backend! {
    async fn the_owner_of_a_hook_edits_its_posts(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let hook = anna.post("/api/v4/hooks/incoming", json!({"channel_id": place.channel_id})).await.expect(201);
        let path = format!("/hooks/{}", hook["id"].as_str().unwrap());
        assert_eq!(host.anonymous().post(&path, json!({"text": "built"})).await.status, 200);
        let list = anna.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await.expect(200);
        let post = &list["posts"][list["order"][0].as_str().unwrap()];
        let edited = anna.put(&format!("{}/patch", at(post)), json!({"message": "broken", "props": {}})).await;
        let edited = edited.expect(200);
        assert_eq!(edited["message"], "broken");
        assert_eq!(edited["props"]["from_webhook"], "true", "who spoke is not the editor's to change");
    }
}

each_backend! {
    async fn deleting_the_first_post_deletes_the_thread(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let channel = format!("/api/v4/channels/{}/posts", place.channel_id);
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let first = reply_to(&host, &anna, &root, "first").await;
        let second = reply_to(&host, &anna, &root, "second").await;
        let before = host.clock.now();
        host.clock.advance(std::time::Duration::from_secs(1));

        assert_eq!(anna.delete(&at(&second)).await.expect(200), json!({"status": "OK"}));
        let left = anna.get(&format!("{}?collapsedThreads=true", at(&root))).await.expect(200);
        assert_eq!((&left["reply_count"], &left["last_reply_at"]), (&json!(1), &first["create_at"]));
        anna.delete(&at(&second)).await.expect(403);

        anna.delete(&at(&root)).await.expect(200);
        for post in [&root, &first, &second] {
            anna.get(&at(post)).await.expect(404);
        }
        let late = json!({"channel_id": place.channel_id, "message": "late", "root_id": root["id"]});
        anna.post("/api/v4/posts", late).await.expect(400);
        assert_eq!(texts(&anna.get(&channel).await.expect(200)), [""; 0]);
        let since = anna.get(&format!("{channel}?since={}", before.as_millis())).await.expect(200);
        assert_eq!(texts(&since), ["", "", ""]);
        assert_eq!(since["order"], json!([second["id"], first["id"], root["id"]]));
        assert_eq!(since["posts"][id(&root)]["delete_at"], json!(host.clock.now().as_millis()));
    }
}

each_backend! {
    async fn authors_and_administrators_delete_posts(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let mut posts = Vec::new();
        for text in ["a", "b", "c"] {
            posts.push(say(&host, &anna, &place.channel_id, text).await);
        }
        let his = say(&host, &bob, &place.channel_id, "his").await;
        bob.delete(&at(&posts[0])).await.expect(403);
        anna.delete(&at(&posts[0])).await.expect(200);
        admin.delete(&at(&posts[1])).await.expect(200);
        // Anna created the team, so she is its administrator.
        anna.delete(&at(&his)).await.expect(200);
        host.anonymous().delete(&at(&posts[2])).await.expect(401);
        anna.get(&at(&posts[2])).await.expect(200);
    }
}

each_backend! {
    async fn a_pin_is_visible_to_all_members(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let pinned = format!("/api/v4/channels/{}/pinned", place.channel_id);
        let first = say(&host, &anna, &place.channel_id, "first").await;
        let second = say(&host, &anna, &place.channel_id, "second").await;
        for post in [&first, &second] {
            assert_eq!(bob.post(&format!("{}/pin", at(post)), json!(null)).await.expect(200), json!({"status": "OK"}));
        }
        assert_eq!(texts(&anna.get(&pinned).await.expect(200)), ["second", "first"]);
        anna.post(&format!("{}/unpin", at(&second)), json!(null)).await.expect(200);
        let list = bob.get(&pinned).await.expect(200);
        assert_eq!(texts(&list), ["first"]);
        assert_eq!(list["posts"][id(&first)]["edit_at"], 0);
        let carl = host.user("carl").await;
        carl.get(&pinned).await.expect(403);
        carl.post(&format!("{}/pin", at(&second)), json!(null)).await.expect(403);
    }
}
