//! Custom statuses and the latest ones.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const CUSTOM: &str = "/api/v4/users/me/status/custom";

async fn recent(of: &TestClient) -> Vec<String> {
    let path = "/api/v4/users/me/preferences/custom_status/name/recent_custom_statuses";
    let preference = of.get(path).await.expect(200);
    let list: Value = serde_json::from_str(preference["value"].as_str().unwrap()).unwrap();
    list.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
}

each_backend! {
    async fn a_status_is_published_and_joins_the_five_latest(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let (mut annas, mut bobs) = (host.socket(&anna).await, host.socket(&bob).await);
        anna.put(CUSTOM, json!({"emoji": "tea", "text": "0"})).await.expect(200);
        let event = bobs.event("user_updated").await;
        let status: Value =
            serde_json::from_str(event["data"]["user"]["props"]["customStatus"].as_str().unwrap()).unwrap();
        assert_eq!(status, json!({"emoji": "tea", "text": "0", "duration": "", "expires_at": "0001-01-01T00:00:00Z"}));
        annas.event("user_updated").await;
        annas.event("preferences_changed").await;
        for text in ["1", "2", "3", "4", "5", "2"] {
            anna.put(CUSTOM, json!({"emoji": "tea", "text": text})).await.expect(200);
        }
        assert_eq!(recent(&anna).await, ["2", "5", "4", "3", "1"]);
        let gone = json!({"emoji": "tea", "text": "4"});
        anna.post(&format!("{CUSTOM}/recent/delete"), gone.clone()).await.expect(200);
        assert_eq!(recent(&anna).await, ["2", "5", "3", "1"]);
        refused(&anna.post(&format!("{CUSTOM}/recent/delete"), gone).await, 400);
        anna.delete(CUSTOM).await.expect(200);
        assert_eq!(anna.get("/api/v4/users/me").await.expect(200)["props"], json!({"customStatus": ""}));
    }
}

each_backend! {
    async fn a_status_is_short_and_ends_in_the_future(host: TestHost) {
        let anna = host.user("anna").await;
        let ends = "2026-01-02T04:00:00Z";
        for wrong in [
            json!({}),
            json!({"emoji": ":tea:"}),
            json!({"text": "x", "expires_at": "tomorrow"}),
            json!({"text": "x", "duration": "one_hour"}),
            json!({"text": "x", "duration": "one_year", "expires_at": ends}),
        ] {
            refused(&anna.put(CUSTOM, wrong).await, 400);
        }
        anna.put(CUSTOM, json!({"text": "ü".repeat(101), "expires_at": ends})).await.expect(200);
        let props = &anna.get("/api/v4/users/me").await.expect(200)["props"];
        let status: Value = serde_json::from_str(props["customStatus"].as_str().unwrap()).unwrap();
        let kept = json!({"emoji": "speech_balloon", "text": "ü".repeat(100), "duration": "date_and_time", "expires_at": ends});
        assert_eq!(status, kept);
    }
}
