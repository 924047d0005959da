//! Late responses of commands: `POST /hooks/commands/{id}`.

use std::time::Duration;

use jackfield_tests::{TestHost, TestResponse, each_backend};
use serde_json::json;

use super::Target;
use crate::support::{UNKNOWN_ID, refused, texts};

/// Runs the command, and returns the path of its address for responses.
async fn opened(host: &TestHost, target: &Target) -> String {
    target.run("/weather").await.expect(200);
    let request = target.requests().await.pop().expect("a request");
    let address = request["form"]["response_url"].as_str().expect("an address").to_owned();
    address.strip_prefix(&host.url).expect("an address of this server").to_owned()
}

#[track_caller]
fn accepted(response: &TestResponse) {
    assert_eq!(
        (response.status, response.text().as_str(), response.header("content-type")),
        (200, "ok", Some("text/plain"))
    );
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_082_083_an_address_is_unknown_or_used_up_after_five_responses(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let path = opened(&host, &target).await;
        for id in [UNKNOWN_ID, "short"] {
            let response = host.anonymous().post(&format!("/hooks/commands/{id}"), json!({"text": "x"})).await;
            assert_eq!(refused(&response, 404)["id"], "app.command_webhook.get.missing");
        }
        let body = json!({"response_type": "in_channel", "text": "later"});
        for _ in 0..5 {
            accepted(&host.anonymous().post(&path, body.clone()).await);
        }
        let response = host.anonymous().post(&path, body).await;
        assert_eq!(refused(&response, 400)["id"], "app.command_webhook.try_use.invalid");
        assert_eq!(texts(&target.admin, &target.place.channel_id).await, ["later"; 5]);
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_084_a_response_that_cannot_be_read_uses_nothing_up(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let path = opened(&host, &target).await;
        for bad in ["{", "", "[]", "{\"text\":1}", "{\"attachments\":\"x\"}", "\"x\""] {
            let response = host.anonymous().post_raw(&path, Some("application/json"), bad).await;
            assert_eq!(refused(&response, 400)["id"], "web.command_webhook.parse.app_error", "{bad}");
        }
        for _ in 0..5 {
            accepted(&host.anonymous().post(&path, json!({"text": "x"})).await);
        }
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_085_an_address_lasts_half_an_hour(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let path = opened(&host, &target).await;
        host.clock.advance(Duration::from_secs(30 * 60 - 1));
        accepted(&host.anonymous().post(&path, json!({"text": "x"})).await);
        host.clock.advance(Duration::from_secs(1));
        let response = host.anonymous().post(&path, json!({"text": "x"})).await;
        assert_eq!(refused(&response, 404)["id"], "app.command_webhook.get.missing");
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn a_response_needs_its_command_and_its_user(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let request = json!({"channel_id": target.place.channel_id, "command": "/weather"});
        anna.post("/api/v4/commands/execute", request).await.expect(200);
        let address = target.requests().await.pop().expect("a request")["form"]["response_url"].clone();
        let of_anna = address.as_str().and_then(|text| text.strip_prefix(&host.url)).expect("an address").to_owned();
        let members = format!("/api/v4/teams/{}/members/{}", target.place.team_id, anna.id());
        target.admin.delete(&members).await.expect(200);
        let body = json!({"response_type": "in_channel", "text": "later"});
        let response = host.anonymous().post(&of_anna, body.clone()).await;
        assert_eq!(refused(&response, 500)["id"], "api.command.execute_command.create_post_failed.app_error");
        let path = opened(&host, &target).await;
        target.admin.delete(&target.path()).await.expect(200);
        let response = host.anonymous().post(&path, body).await;
        assert_eq!(refused(&response, 400)["id"], "web.command_webhook.command.app_error");
        assert_eq!(texts(&target.admin, &target.place.channel_id).await, [""; 0]);
    }
}
