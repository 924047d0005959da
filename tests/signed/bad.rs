//! Bad requests: each gets the documented reply, and nothing is stored.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{App, fails, notices, refusal};
use crate::support::posts;

struct Bad {
    app: App,
    anna: TestClient,
    channel: String,
    gid: String,
}

impl Bad {
    async fn new(host: &TestHost) -> Self {
        let anna = host.user("anna").await;
        let channel = host.place(&anna).await.channel_id;
        let app = App::create(host, json!({})).await;
        let gid = app.gid("Town Square").await;
        Self { app, anna, channel, gid }
    }

    /// Sends a body in both dialects; both fail with this text.
    async fn fails(&self, also: Value, text: &str) {
        let mut body = json!({"users": ["anna"], "gid": self.gid, "title": "Hi", "sender": {"name": "CI"}});
        body.as_object_mut().expect("an object").extend(also.as_object().expect("an object").clone());
        assert_eq!(self.app.notice(body.clone()).await, fails(text), "{also}");
        assert_eq!(self.app.say(body).await, fails(text), "{also}");
    }

    /// Asserts that the only posts are those created by joining.
    async fn nothing_stored(&self) {
        assert_eq!(notices(&self.anna).await, [Value::Null; 0]);
        let said = posts(&self.anna, &self.channel).await;
        assert!(said.iter().all(|post| post["props"]["notice"].is_null()), "{said:?}");
    }
}

each_backend! {
    async fn bad_bodies_fail_and_store_nothing(host: TestHost) {
        let bad = Bad::new(&host).await;
        for body in ["", "{broken", "[]", "\"x\"", "null", "<xml/>", "\u{feff}{}"] {
            let path = bad.app.signed(&bad.app.query("sendNotification"));
            let response = bad.app.client.post_raw(&path, Some("text/plain"), body).await;
            assert_eq!(response.expect(200), fails("Should set user list."), "{body}");
            let path = bad.app.signed(&bad.app.query("sendChatMessage"));
            let response = bad.app.client.post_raw(&path, None, body).await;
            assert_eq!(response.expect(200), fails("Should set chat group."), "{body}");
        }
        let path = bad.app.signed(&bad.app.query("sendNotification"));
        let large = json!({"users": ["anna"], "title": "Hi", "sender": {"name": "CI"}, "content": "x".repeat(300_000)});
        let response = bad.app.client.post(&path, large).await;
        assert_eq!(refusal(&response), (413, "The body is larger than 262144 bytes.".to_owned()));
        bad.nothing_stored().await;
    }
}

each_backend! {
    async fn too_many_users_fail_as_a_whole(host: TestHost) {
        let bad = Bad::new(&host).await;
        let mut users = vec![json!("anna")];
        users.extend((0..1000).map(|n| json!(format!("u{n}"))));
        let body = json!({"users": users, "title": "Hi", "sender": {"name": "CI"}});
        assert_eq!(bad.app.notice(body).await, fails("At most 1000 users per call."));
        // A hundred thousand users exceed the body limit.
        let body = json!({"users": vec![1; 100_000], "title": "Hi", "sender": {"name": "CI"}});
        assert_eq!(bad.app.notice(body).await, fails("At most 1000 users per call."));
        let path = bad.app.signed(&bad.app.query("sendNotification"));
        let long = json!({"users": vec!["anna"; 100_000], "title": "Hi", "sender": {"name": "CI"}});
        assert_eq!(refusal(&bad.app.client.post(&path, long).await).0, 413);
        bad.nothing_stored().await;
    }
}

each_backend! {
    async fn bad_fields_are_named_and_store_nothing(host: TestHost) {
        let bad = Bad::new(&host).await;
        let url = |field: &str| format!("{field} must begin with http://, https:// or xxc: and have no spaces.");
        for address in ["javascript:alert(1)", "data:text/html,x", "//x", "file:///etc/passwd", "https://a b"] {
            bad.fails(json!({"url": address}), &url("url")).await;
            let actions = json!([{"label": "Open", "url": address}]);
            bad.fails(json!({"actions": actions}), &url("actions[].url")).await;
        }
        let markup = |field: &str| format!("{field} must not hold < or > or control characters.");
        bad.fails(json!({"sender": {"name": "<img src=x onerror=alert(1)>"}}), &markup("sender.name")).await;
        let label = json!([{"label": "<b>", "url": "https://x"}]);
        bad.fails(json!({"actions": label}), &markup("actions[].label")).await;
        bad.fails(json!({"sender": {"name": "x".repeat(65)}}), "sender.name is longer than 64.").await;
        let label = json!([{"label": "x".repeat(65), "url": "https://x"}]);
        bad.fails(json!({"actions": label}), "actions[].label is longer than 64.").await;
        let many = vec![json!({"label": "x", "url": "https://x"}); 11];
        bad.fails(json!({"actions": many}), "At most 10 actions.").await;
        bad.fails(json!({"actions": "x"}), "actions must be a list.").await;
        bad.fails(json!({"actions": [{"url": "https://x"}]}), "Every action needs a label.").await;
        bad.fails(json!({"contentType": "image"}), "contentType must be text or plain.").await;
        bad.fails(json!({"title": "x".repeat(251)}), "title is longer than 250.").await;
        bad.fails(json!({"title": {"a": 1}}), "title must be a text.").await;
        bad.fails(json!({"subtitle": "x".repeat(251)}), "subtitle is longer than 250.").await;
        bad.fails(json!({"content": "x".repeat(65_536)}), "content is longer than 65535.").await;
        bad.fails(json!({"content": ["x"]}), "content must be a text.").await;
        bad.fails(json!({"content": "a\u{0}b"}), "No text may hold a NUL character.").await;
        bad.fails(json!({"users": ["a\u{0}"]}), "No text may hold a NUL character.").await;
        bad.nothing_stored().await;
    }
}
