//! Retention of notices. The tests move the clock, which triggers the cleaning.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::json;

use super::{path, send, titles, until};

const DAY: Duration = Duration::from_hours(24);
const ROUND: Duration = Duration::from_mins(10);

async fn cleaned(of: &TestClient, left: &[&str]) {
    until("old notices are removed", async || titles(of).await == left).await;
}

each_backend! {
    with |config| {
        config.notices.keep_days = 9;
        config.notices.keep_read_days = 2;
        config.access.session_hours = 10_000;
    }
    async fn notices_expire_sooner_once_they_are_read(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let read = send(&admin, "read", &[&anna, &admin]).await;
        send(&admin, "unread", &[&anna]).await;
        host.clock.advance(DAY);
        send(&admin, "later", &[&anna]).await;
        anna.post(&path(&format!("/{read}/read")), json!({})).await.expect(200);
        host.clock.advance(2 * DAY);
        assert_eq!(titles(&anna).await, ["later", "unread", "read"]);
        host.clock.advance(ROUND);
        cleaned(&anna, &["later", "unread"]).await;
        assert_eq!(titles(&admin).await, ["read"]);
        host.clock.advance(6 * DAY + ROUND);
        cleaned(&anna, &["later"]).await;
        cleaned(&admin, &[]).await;
        host.clock.advance(DAY);
        cleaned(&anna, &[]).await;
    }
}

each_backend! {
    with |config| { config.notices.max_per_user = 2 }
    async fn the_oldest_notices_above_the_limit_are_removed_in_the_next_period(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        for title in ["one", "two", "three"] {
            send(&admin, title, &[&anna]).await;
        }
        send(&admin, "his", &[&admin]).await;
        host.clock.advance(ROUND);
        cleaned(&anna, &["three", "two"]).await;
        assert_eq!(anna.get(&path("")).await.expect(200)["pending"], 2);
        assert_eq!(titles(&admin).await, ["his"]);
    }
}
