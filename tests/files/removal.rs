//! Removal of files that lost their post or were never attached to one.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::pictures::PICTURE;
use super::{kept, kept_becomes, uploaded};
use crate::support::refused;

const ROUND: Duration = Duration::from_mins(10);

fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

each_backend! {
    async fn the_files_of_a_deleted_thread_are_deleted(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let (first, second) = (uploaded(&anna, &place.channel_id, "p.png", &PICTURE).await, uploaded(&anna, &place.channel_id, "b", b"b").await);
        let request = json!({"channel_id": place.channel_id, "message": "", "file_ids": [id(&first)]});
        let root = anna.post("/api/v4/posts", request).await.expect(201);
        let request = json!({"channel_id": place.channel_id, "message": "x", "root_id": id(&root), "file_ids": [id(&second)]});
        anna.post("/api/v4/posts", request).await.expect(201);
        anna.get(&format!("/api/v4/files/{}/thumbnail", id(&first))).await.expect(200);
        assert_eq!(kept(&host), 3);
        let other = uploaded(&anna, &place.channel_id, "c", b"c").await;

        anna.delete(&format!("/api/v4/posts/{}", id(&root))).await.expect(200);
        for file in [&first, &second] {
            refused(&anna.get(&format!("/api/v4/files/{}", id(file))).await, 404);
            refused(&anna.get(&format!("/api/v4/files/{}/info", id(file))).await, 404);
            refused(&anna.get(&format!("/api/v4/files/{}/thumbnail", id(file))).await, 404);
        }
        let since = format!("/api/v4/channels/{}/posts?since=1", place.channel_id);
        let changed = anna.get(&since).await.expect(200);
        let gone = &changed["posts"][id(&root)];
        assert_eq!((&gone["file_ids"], &gone["metadata"]["files"]), (&json!([]), &Value::Null));
        host.clock.advance(ROUND);
        kept_becomes(&host, 1).await;
        anna.get(&format!("/api/v4/files/{}", id(&other))).await.expect(200);
    }
}

each_backend! {
    async fn a_file_that_no_post_attaches_within_a_day_is_deleted(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let (lost, taken) = (uploaded(&anna, &place.channel_id, "a", b"a").await, uploaded(&anna, &place.channel_id, "b", b"b").await);
        host.clock.advance(Duration::from_hours(23));
        let request = |file: &Value| json!({"channel_id": place.channel_id, "message": "x", "file_ids": [id(file)]});
        anna.post("/api/v4/posts", request(&taken)).await.expect(201);
        anna.get(&format!("/api/v4/files/{}", id(&lost))).await.expect(200);
        host.clock.advance(Duration::from_hours(1) + ROUND);
        kept_becomes(&host, 1).await;
        refused(&anna.get(&format!("/api/v4/files/{}", id(&lost))).await, 404);
        assert_eq!(anna.post("/api/v4/posts", request(&lost)).await.expect(201)["file_ids"], json!([]));
        assert_eq!(anna.get(&format!("/api/v4/files/{}", id(&taken))).await.body, b"b");
    }
}

each_backend! {
    async fn removals_interrupted_by_a_stop_finish_after_the_next_start(mut host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let file = uploaded(&anna, &place.channel_id, "a", b"a").await;
        let request = json!({"channel_id": place.channel_id, "message": "", "file_ids": [id(&file)]});
        let post = anna.post("/api/v4/posts", request).await.expect(201);
        anna.delete(&format!("/api/v4/posts/{}", id(&post))).await.expect(200);
        host.restart().await;
        kept_becomes(&host, 0).await;
    }
}
