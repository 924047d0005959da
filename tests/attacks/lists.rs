//! Lists of the largest things that an account can store, requested many times at once.

use futures_util::future::join_all;
use jackfield_tests::{TestResponse, each_backend};
use serde_json::json;

use super::target::{Target, text};

/// Posts in the attacked channel, and requests at once.
const POSTS: usize = 50;
const READERS: usize = 12;

/// No list is larger, in bytes.
const MAX_LIST: usize = 16 << 20;

/// Asserts that a list is bounded, or refused because other lists have the memory for longer than it waits.
#[track_caller]
fn answered(response: &TestResponse) {
    assert!(matches!(response.status, 200 | 503), "status {}", response.status);
    assert!(response.body.len() < MAX_LIST, "{} bytes", response.body.len());
}

each_backend! {
    async fn lists_of_the_largest_posts_stay_within_memory(target: Target) {
        let eve = target.member("eve").await;
        // As a tree of values, a list of numbers takes many times its text.
        let props = json!({"a": vec![0; 30_000]});
        let post = |root: &str| {
            json!({"channel_id": target.channel_id, "message": "x".repeat(16_000), "props": props, "root_id": root})
        };
        let root = text(&eve.post("/api/v4/posts", post("")).await.expect(201), "id");
        for _ in 0..POSTS {
            eve.post("/api/v4/posts", post(&root)).await.expect(201);
        }
        let paths = [
            format!("/api/v4/channels/{}/posts?per_page=200", target.channel_id),
            format!("/api/v4/channels/{}/posts?since=1", target.channel_id),
            format!("/api/v4/posts/{root}/thread"),
        ];
        let requests = (0..READERS).map(|number| eve.get(&paths[number % paths.len()]));
        for response in join_all(requests).await {
            answered(&response);
        }
        target.survives().await;
    }
}

each_backend! {
    async fn preferences_of_the_largest_size_stay_within_memory(target: Target) {
        let eve = target.member("eve").await;
        let path = "/api/v4/users/me/preferences";
        // Control characters take six times their size as JSON.
        let value = "\u{1}".repeat(2000);
        let mut number = 0;
        loop {
            let one = |number: usize| json!({"category": "c", "name": number.to_string(), "value": value});
            let response = eve.put(path, (number..number + 20).map(one).collect()).await;
            if response.status == 400 {
                break;
            }
            response.expect(200);
            number += 20;
            assert!(number < 1000, "{number} preferences of {} bytes", value.len());
        }
        for response in join_all((0..READERS / 3).map(|_| eve.get(path))).await {
            answered(&response);
        }
        target.survives().await;
    }
}
