//! Preferences, and the events of their changes for the user's other clients.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const MINE: &str = "/api/v4/users/me/preferences";

fn preference(of: &TestClient, category: &str, name: &str, value: &str) -> Value {
    json!({"user_id": of.id(), "category": category, "name": name, "value": value})
}

each_backend! {
    async fn preferences_are_read_all_by_category_and_by_name(host: TestHost) {
        let anna = host.user("anna").await;
        assert_eq!(anna.get(MINE).await.expect(200), json!([]));
        let theme = preference(&anna, "theme", "", "{\"a\":\"ü\"}");
        let (shown, hidden) = (preference(&anna, "shown", "x", "true"), preference(&anna, "shown", "y", "false"));
        let saved = anna.put(MINE, json!([shown, theme, hidden])).await.expect(200);
        assert_eq!(saved, json!({"status": "OK"}));
        assert_eq!(anna.get(MINE).await.expect(200), json!([shown, hidden, theme]));
        let by_id = format!("/api/v4/users/{}/preferences", anna.id());
        assert_eq!(anna.get(&format!("{by_id}/shown")).await.expect(200), json!([shown, hidden]));
        assert_eq!(anna.get(&format!("{by_id}/shown/name/y")).await.expect(200), hidden);
        let changed = preference(&anna, "shown", "y", "maybe");
        anna.put(MINE, json!([changed])).await.expect(200);
        assert_eq!(anna.get(&format!("{MINE}/shown/name/y")).await.expect(200), changed);
        refused(&anna.get(&format!("{MINE}/shown/name/z")).await, 400);
        refused(&anna.get(&format!("{MINE}/nothing")).await, 404);
    }
}

each_backend! {
    async fn deleted_preferences_are_not_listed(host: TestHost) {
        let anna = host.user("anna").await;
        let (one, two) = (preference(&anna, "shown", "x", "true"), preference(&anna, "shown", "y", "true"));
        anna.put(MINE, json!([one, two])).await.expect(200);
        let gone = anna.post(&format!("{MINE}/delete"), json!([one, preference(&anna, "never", "was", "")])).await;
        assert_eq!(gone.expect(200), json!({"status": "OK"}));
        assert_eq!(anna.get(MINE).await.expect(200), json!([two]));
    }
}

each_backend! {
    async fn preferences_of_another_account_are_refused(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        anna.put(MINE, json!([preference(&anna, "shown", "x", "true")])).await.expect(200);
        let annas = format!("/api/v4/users/{}/preferences", anna.id());
        refused(&bob.get(&annas).await, 403);
        refused(&bob.get(&format!("{annas}/shown")).await, 403);
        refused(&bob.get(&format!("{annas}/shown/name/x")).await, 403);
        refused(&bob.put(&annas, json!([preference(&anna, "shown", "x", "no")])).await, 403);
        refused(&bob.post(&format!("{annas}/delete"), json!([preference(&anna, "shown", "x", "")])).await, 403);
        // A list for one user must not contain preferences of another.
        refused(&bob.put(MINE, json!([preference(&anna, "shown", "x", "no")])).await, 403);
        assert_eq!(host.admin().await.get(&annas).await.expect(200)[0]["value"], "true");
        refused(&host.anonymous().get(MINE).await, 401);
    }
}

each_backend! {
    async fn a_list_holds_up_to_1000_entries_within_their_lengths(host: TestHost) {
        let anna = host.user("anna").await;
        let list = |n: usize| -> Value {
            (0..n).map(|n| preference(&anna, "many", &n.to_string(), "")).collect()
        };
        anna.put(MINE, json!([])).await.expect(200);
        refused(&anna.put(MINE, list(1001)).await, 400);
        assert_eq!(anna.get(MINE).await.expect(200), json!([]));
        anna.put(MINE, list(1000)).await.expect(200);
        for (category, name, value) in [("", "x", ""), (&"c".repeat(33), "x", ""), ("c", &"n".repeat(33), ""), ("c", "n", &"v".repeat(2_001))] {
            refused(&anna.put(MINE, json!([preference(&anna, category, name, value)])).await, 400);
        }
        refused(&anna.put(MINE, json!({"category": "x"})).await, 400);
        anna.put(MINE, json!([{"user_id": null, "category": "c", "name": "n", "value": null}])).await.expect(200);
    }
}

each_backend! {
    async fn the_last_value_of_a_name_counts(host: TestHost) {
        let anna = host.user("anna").await;
        let (first, last) = (preference(&anna, "c", "n", "first"), preference(&anna, "c", "n", "last"));
        anna.put(MINE, json!([first, last])).await.expect(200);
        assert_eq!(anna.get(MINE).await.expect(200), json!([last]));
    }
}

each_backend! {
    async fn only_a_post_that_its_owner_reads_is_saved_for_later(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let den = host.private_channel(&anna, &place.team_id, "den").await;
        let post = json!({"channel_id": den["id"], "message": "hidden"});
        let post = anna.post("/api/v4/posts", post).await.expect(201);
        let id = post["id"].as_str().unwrap();
        anna.put(MINE, json!([preference(&anna, "flagged_post", id, "true")])).await.expect(200);
        for unknown in ["kkkkkkkkkkkkkkkkkkkkkkkkkk", "no id"] {
            refused(&anna.put(MINE, json!([preference(&anna, "flagged_post", unknown, "true")])).await, 400);
        }
        let secret = json!([preference(&bob, "flagged_post", id, "true")]);
        refused(&bob.put(MINE, secret.clone()).await, 403);
        // An administrator who acts for bob saves no more for him than he reads.
        let bobs = format!("/api/v4/users/{}/preferences", bob.id());
        let by_admin = admin.put(&bobs, secret).await;
        assert_eq!(by_admin.status, 403, "{by_admin:?}");
    }
}

each_backend! {
    async fn a_change_is_published_to_the_owners_clients_only(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let (mut annas, mut bobs) = (host.socket(&anna).await, host.socket(&bob).await);
        let mine = json!([preference(&anna, "shown", "x", "true")]);
        anna.put(MINE, mine.clone()).await.expect(200);
        anna.post(&format!("{MINE}/delete"), mine.clone()).await.expect(200);
        for name in ["preferences_changed", "preferences_deleted"] {
            let event = annas.event(name).await;
            let received = event["data"]["preferences"].as_str().expect("a text of JSON");
            assert_eq!(serde_json::from_str::<Value>(received).expect("JSON"), mine);
            assert_eq!(event["broadcast"]["user_id"], anna.id());
        }
        bob.put(MINE, json!([preference(&bob, "shown", "x", "true")])).await.expect(200);
        bobs.event("preferences_changed").await;
    }
}
