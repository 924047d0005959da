//! Custom and standard emoji.

use jackfield_tests::{TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use crate::files::pictures::{BOMB, PICTURE};
use crate::files::post_form;
use crate::support::{refused, refused_problem};

const EMOJI: &str = "/api/v4/emoji";
const STANDARD: &str = "/api/jackfield/v1/emoji.json";

pub(crate) async fn create(by: &TestClient, name: &str, picture: &[u8]) -> TestResponse {
    let described = json!({"creator_id": by.id(), "name": name}).to_string();
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("emoji", None, described.as_bytes()), ("image", Some("x.png"), picture)];
    post_form(by, EMOJI, &parts).await
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|emoji| emoji["name"].as_str()).collect()
}

each_backend! {
    async fn a_new_emoji_is_found_served_and_published_to_every_user(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let mut socket = host.socket(&bob).await;
        let made = create(&anna, "partyparrot", &PICTURE).await.expect(200);
        let now = host.clock.now().as_millis();
        assert_eq!(made, json!({
            "id": made["id"], "create_at": now, "update_at": now, "delete_at": 0, "creator_id": anna.id(),
            "name": "partyparrot",
        }));
        let event = socket.event("emoji_added").await;
        let received: Value = serde_json::from_str(event["data"]["emoji"].as_str().expect("a text")).expect("JSON");
        assert_eq!(received, made);
        let id = made["id"].as_str().expect("an id");
        assert_eq!(bob.get(&format!("{EMOJI}/{id}")).await.expect(200), made);
        assert_eq!(bob.get(&format!("{EMOJI}/name/partyparrot")).await.expect(200), made);
        let image = bob.get(&format!("{EMOJI}/{id}/image")).await;
        assert_eq!((image.header("content-type"), image.body.as_slice()), (Some("image/png"), PICTURE.as_slice()));
        refused(&host.anonymous().get(&format!("{EMOJI}/{id}/image")).await, 401);
        for unknown in [format!("{EMOJI}/{}", "a".repeat(26)), format!("{EMOJI}/name/nothere"), format!("{EMOJI}/{}/image", "a".repeat(26))] {
            refused(&bob.get(&unknown).await, 404);
        }
        refused(&bob.get(&format!("{EMOJI}/nonsense")).await, 400);
    }
}

each_backend! {
    async fn emoji_are_listed_and_searched(host: TestHost) {
        let anna = host.user("anna").await;
        assert_eq!(anna.get(EMOJI).await.expect(200), json!([]));
        for name in ["partyparrot", "kube", "big_kube", "bigckube"] {
            create(&anna, name, &PICTURE).await.expect(200);
        }
        assert_eq!(names(&anna.get(EMOJI).await.expect(200)), ["partyparrot", "kube", "big_kube", "bigckube"]);
        let page = anna.get(&format!("{EMOJI}?sort=name&page=1&per_page=2")).await.expect(200);
        assert_eq!(names(&page), ["kube", "partyparrot"]);
        assert_eq!(anna.get(&format!("{EMOJI}?page=9")).await.expect(200), json!([]));
        refused(&anna.get(&format!("{EMOJI}?sort=size")).await, 400);
        let search = async |request: Value| anna.post(&format!("{EMOJI}/search"), request).await;
        let mut found = search(json!({"term": "KUBE"})).await.expect(200);
        found.as_array_mut().expect("a list").sort_by_key(|emoji| emoji["name"].to_string());
        assert_eq!(names(&found), ["big_kube", "bigckube", "kube"]);
        assert_eq!(names(&search(json!({"term": "kube", "prefix_only": true})).await.expect(200)), ["kube"]);
        // `_` matches only itself, not any character.
        assert_eq!(names(&search(json!({"term": "g_k"})).await.expect(200)), ["big_kube"]);
        assert_eq!(search(json!({"term": "%"})).await.expect(200), json!([]));
        assert_eq!(search(json!({"term": "%_".repeat(100_000)})).await.expect(200), json!([]));
        refused(&search(json!({"term": ""})).await, 400);
        assert_eq!(names(&anna.get(&format!("{EMOJI}/autocomplete?name=par")).await.expect(200)), ["partyparrot"]);
        refused(&anna.get(&format!("{EMOJI}/autocomplete")).await, 400);
        let named = anna.post(&format!("{EMOJI}/names"), json!(["partyparrot", "nothere", "kube"])).await.expect(200);
        assert_eq!(names(&named), ["kube", "partyparrot"]);
        refused(&anna.post(&format!("{EMOJI}/names"), json!([])).await, 400);
        refused(&anna.post(&format!("{EMOJI}/names"), json!(vec!["x"; 201])).await, 400);
    }
}

each_backend! {
    async fn an_invalid_emoji_is_refused(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        create(&anna, "partyparrot", &PICTURE).await.expect(200);
        let (malformed, standard) = ("model.emoji.name.app_error", "model.emoji.system_emoji_name.app_error");
        for (name, id) in [
            ("", malformed),
            ("PartyParrot", malformed),
            ("a b", malformed),
            (&"x".repeat(65), malformed),
            ("tada", standard),
            ("+1", standard),
            ("partyparrot", "api.emoji.create.duplicate.app_error"),
        ] {
            assert_eq!(refused(&create(&anna, name, &PICTURE).await, 400)["id"], id, "{name}");
        }
        for picture in [b"<svg/>".as_slice(), &BOMB, b""] {
            refused(&create(&anna, "other", picture).await, 400);
        }
        let error = refused(&create(&anna, "other", &vec![0; 524_289]).await, 413);
        assert_eq!(error["message"], "a file may have at most 524288 bytes here; send a smaller one");
        let others = json!({"creator_id": bob.id(), "name": "other"}).to_string();
        let parts: [(&str, Option<&str>, &[u8]); 2] = [("emoji", None, others.as_bytes()), ("image", Some("x"), &PICTURE)];
        refused(&post_form(&anna, EMOJI, &parts).await, 403);
        refused(&post_form(&anna, EMOJI, &parts[..1]).await, 400);
        refused(&post_form(&anna, EMOJI, &parts[1..]).await, 400);
        refused(&post_form(&anna, EMOJI, &[parts[0], parts[1], ("more", None, b"")]).await, 400);
        refused(&anna.post(EMOJI, json!({"name": "x"})).await, 400);
        assert_eq!(names(&anna.get(EMOJI).await.expect(200)), ["partyparrot"]);
    }
}

each_backend! {
    async fn creators_and_administrators_delete_emoji(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        for (name, by) in [("uno", &anna), ("dos", &host.admin().await)] {
            let made = create(&anna, name, &PICTURE).await.expect(200);
            let address = format!("{EMOJI}/{}", made["id"].as_str().expect("an id"));
            refused(&bob.delete(&address).await, 403);
            assert_eq!(by.delete(&address).await.expect(200), json!({"status": "OK"}));
            refused(&anna.get(&address).await, 404);
            refused(&anna.get(&format!("{address}/image")).await, 404);
            refused(&by.delete(&address).await, 404);
        }
        create(&bob, "uno", &PICTURE).await.expect(200);
    }
}

each_backend! {
    async fn the_standard_emoji_have_a_tag(host: TestHost) {
        let anna = host.user("anna").await;
        let first = anna.get(STANDARD).await;
        let list = first.expect(200);
        let tada = list["emoji"].as_array().expect("a list").iter().find(|emoji| emoji["name"] == "tada");
        assert_eq!(tada.map(|emoji| &emoji["unicode"]), Some(&json!("🎉")));
        let tag = first.header("etag").expect("a tag").to_owned();
        assert_eq!(first.header("cache-control"), Some("private, no-cache"));
        let again = anna.request("GET", STANDARD, &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let named = anna.get(&format!("{STANDARD}?digest={}", tag.trim_matches('"'))).await;
        assert_eq!(named.header("cache-control"), Some("private, max-age=31536000, immutable"));
        let other = anna.get(&format!("{STANDARD}?digest=other")).await;
        assert_eq!(other.header("cache-control"), Some("private, no-cache"));
        refused_problem(&host.anonymous().get(STANDARD).await, 401);
    }
}

each_backend! {
    async fn custom_emoji_in_texts_and_reactions_come_with_the_post(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let parrot = create(&anna, "partyparrot", &PICTURE).await.expect(200);
        let kube = create(&anna, "kube", &PICTURE).await.expect(200);
        let mut socket = host.socket(&bob).await;
        let said = json!({"channel_id": place.channel_id, "message": "look :partyparrot: :tada: :nothere: :partyparrot:"});
        let made = anna.post("/api/v4/posts", said).await.expect(201);
        assert_eq!(made["metadata"], json!({"emojis": [parrot]}));
        let event = socket.event("posted").await;
        let received: Value = serde_json::from_str(event["data"]["post"].as_str().expect("a text")).expect("JSON");
        assert_eq!(received["metadata"], made["metadata"]);
        let reaction = json!({"user_id": bob.id(), "post_id": made["id"], "emoji_name": "kube"});
        bob.post("/api/v4/reactions", reaction).await.expect(200);
        let post = format!("/api/v4/posts/{}", made["id"].as_str().expect("an id"));
        assert_eq!(bob.get(&post).await.expect(200)["metadata"]["emojis"], json!([kube, parrot]));
        let plain = json!({"channel_id": place.channel_id, "message": "at 12:30:45 :tada:"});
        assert_eq!(anna.post("/api/v4/posts", plain).await.expect(201)["metadata"], json!({}));
        anna.delete(&format!("/api/v4/emoji/{}", parrot["id"].as_str().expect("an id"))).await.expect(200);
        assert_eq!(bob.get(&post).await.expect(200)["metadata"]["emojis"], json!([kube]));
    }
}
