//! The dialect that signs only a time, which must rise with each call.

use std::time::Duration;

use jackfield_tests::{START_MILLIS, TestHost, TestResponse, each_backend};
use serde_json::json;

use super::{App, is_refused, md5_hex};

/// Sends a call that signs a time.
async fn at(app: &App, time: &str) -> TestResponse {
    let token = md5_hex(&format!("{}{}{time}", app.code, app.key));
    let query = app.query("getGroupChats");
    app.client.get(&format!("/api.php?{query}&time={time}&token={token}")).await
}

async fn passes(app: &App, time: &str) -> bool {
    at(app, time).await.expect(200)["result"] == "success"
}

each_backend! {
    async fn t52_a_time_passes_once_and_must_rise(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        assert!(passes(&app, "1700000000").await);
        is_refused(&at(&app, "1700000000").await, 405, "Token has expired");
        is_refused(&at(&app, "1699999999").await, 405, "Token has expired");
        for wrong in ["4000000000", "170000000", "", "17000000a0"] {
            is_refused(&at(&app, wrong).await, 407, "Timestamp Error");
        }
        assert!(passes(&app, "1700000001").await);
    }
}

each_backend! {
    async fn t53_milliseconds_are_signed_and_compared_by_the_second(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        assert!(passes(&app, "1700000000123").await);
        is_refused(&at(&app, "1700000000999").await, 405, "Token has expired");
        is_refused(&at(&app, "1700000000").await, 405, "Token has expired");
        assert!(passes(&app, "1700000001000").await);
        let token = md5_hex(&format!("{}{}1700000005", app.code, app.key));
        let query = app.query("getGroupChats");
        let longer = app.client.get(&format!("/api.php?{query}&time=1700000005123&token={token}")).await;
        is_refused(&longer, 401, "Invalid token.");
    }
}

each_backend! {
    async fn t54_one_of_two_simultaneous_calls_with_the_same_time_passes(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        for round in 0..5 {
            let time = format!("17000000{round}0");
            let responses = futures_util::future::join_all((0..8).map(|_| at(&app, &time))).await;
            let passed = responses.iter().filter(|response| response.expect(200)["result"] == "success").count();
            assert_eq!(passed, 1, "{responses:?}");
        }
    }
}

each_backend! {
    async fn t55_a_time_in_the_far_future_locks_no_later_call_out(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let now = START_MILLIS / 1000;
        is_refused(&at(&app, &(now + 301).to_string()).await, 407, "Timestamp Error");
        is_refused(&at(&app, "3999999999").await, 407, "Timestamp Error");
        assert!(passes(&app, &now.to_string()).await);
        assert!(passes(&app, &(now + 300).to_string()).await);
        host.clock.advance(Duration::from_secs(1));
        assert!(passes(&app, &(now + 301).to_string()).await);
    }
}

each_backend! {
    with |config| { config.signed.rate_per_second = 0; }
    async fn calls_pass_after_the_servers_clock_was_set_back(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let (then, now) = (START_MILLIS / 1000 + 86_400, START_MILLIS / 1000);
        host.clock.advance(Duration::from_hours(24));
        assert!(passes(&app, &then.to_string()).await);
        host.clock.set_back(Duration::from_hours(24));
        // The rate is off, because its buckets are empty then. What was recorded earlier does not pass again.
        is_refused(&at(&app, &(now - 301).to_string()).await, 405, "Token has expired");
        assert!(passes(&app, &now.to_string()).await);
        is_refused(&at(&app, &now.to_string()).await, 405, "Token has expired");
        assert!(passes(&app, &(now + 1).to_string()).await);
        is_refused(&at(&app, &then.to_string()).await, 407, "Timestamp Error");
    }
}

each_backend! {
    async fn a_time_that_the_token_does_not_cover_is_a_parameter(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let admin = host.admin().await;
        host.place(&admin).await;
        // The first parameter of the method is the group, under any name; this group is unknown.
        let query = format!("{}&time=1700000000", app.query("getChatUsers"));
        assert_eq!(app.get(&query).await.text(), r#"{"result":"success","data":[]}"#);
        let token = md5_hex(&format!("{}{}1700000000", app.code, app.key));
        let response = app.client.get(&format!("/api.php?{query}&token={token}")).await;
        assert_eq!(response.expect(200)["data"]["1"], "admin");
    }
}

each_backend! {
    async fn a_dialect_can_be_switched_off_for_an_application(host: TestHost) {
        let app = App::create(&host, json!({"dialects": ["d1"]})).await;
        is_refused(&at(&app, "1700000000").await, 403, "This way of signing is switched off for this application.");
        assert_eq!(app.get(&app.query("getGroupChats")).await.expect(200)["result"], "success");
        app.change(&host, json!({"dialects": ["d3"]})).await;
        assert!(passes(&app, "1700000000").await);
        let refused = app.get(&app.query("getGroupChats")).await;
        is_refused(&refused, 403, "This way of signing is switched off for this application.");
    }
}
