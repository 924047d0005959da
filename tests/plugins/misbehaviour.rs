//! A misbehaving plugin: each time the caller gets an error, the host keeps running, and no effects remain.

use jackfield_tests::{Place, TestClient, TestHost, each_backend};

use super::typed;
use crate::support::{self, refused};

async fn hostile(host: &TestHost) -> (TestClient, Place) {
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    host.install(&admin, "hostile").await;
    (admin, place)
}

/// The error text for a fault whose details are only for the plugin's author.
pub(super) const FAILED: &str = "the plugin failed; the server's log has the reason under the call's id";

/// Runs a command that fails by the plugin's fault, and returns the error text for the caller.
async fn failure(admin: &TestClient, place: &Place, line: &str) -> String {
    let error = refused(&typed(admin, &place.channel_id, line).await, 500);
    assert_eq!(error["id"], "api.command.execute_command.failed.app_error");
    error["message"].as_str().expect("a text").to_owned()
}

/// Asserts that the plugin still replies and finds no value of an earlier call.
async fn nothing_remains(admin: &TestClient, place: &Place) {
    let response = typed(admin, &place.channel_id, "/look").await.expect(200);
    assert_eq!(response["text"], "nothing");
    assert!(support::posts(admin, &place.channel_id).await.is_empty());
}

/// Asserts that a message ends with `(plugin dev.jackfield.hostile, call ID)`, with 26 letters and digits as the id.
#[track_caller]
fn names_the_call(message: &str) {
    let call = message
        .rsplit_once("(plugin dev.jackfield.hostile, call ")
        .and_then(|(_, call)| call.strip_suffix(')'));
    let well_formed =
        call.is_some_and(|call| call.len() == 26 && call.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert!(well_formed, "{message}");
}

each_backend! {
    async fn a_crash_is_reported_with_its_call_and_without_its_panic(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let message = failure(&admin, &place, "/trap").await;
        assert!(message.starts_with(&format!("/trap did not succeed: {FAILED} (plugin ")), "{message}");
        names_the_call(&message);
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    with |config| { config.commands.timeout_ms = 200; }
    async fn a_loop_ends_at_the_deadline(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let message = failure(&admin, &place, "/loop").await;
        assert!(message.contains("did not answer within 200 ms"), "{message}");
        names_the_call(&message);
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    with |config| { config.commands.timeout_ms = 1000; }
    async fn others_are_served_while_a_plugin_loops(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let looping = async {
            let (first, second) =
                tokio::join!(failure(&admin, &place, "/loop"), failure(&admin, &place, "/loop"));
            assert!(
                first.contains("did not answer") && second.contains("did not answer"),
                "{first} {second}"
            );
        };
        let others = async {
            for _ in 0..20 {
                admin.get("/api/v4/users/me").await.expect(200);
                typed(&admin, &place.channel_id, "/look").await.expect(200);
            }
        };
        tokio::join!(looping, others);
    }
}

each_backend! {
    with |config| { config.plugins.max_memory = 8 * 1024 * 1024; }
    async fn a_call_that_eats_memory_fails_at_its_limit(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let message = failure(&admin, &place, "/eat").await;
        assert!(message.contains("8388608 bytes of memory"), "{message}");
        names_the_call(&message);
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    async fn endless_recursion_fails_at_the_end_of_the_stack(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let message = failure(&admin, &place, "/recurse").await;
        assert!(message.starts_with(&format!("/recurse did not succeed: {FAILED} (plugin ")), "{message}");
        names_the_call(&message);
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    with |config| { config.plugins.max_values = 64 * 1024 * 1024; }
    async fn values_past_the_limits_of_a_call_are_refused(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        for (limit, expected) in [
            ("value", "a value has at most 1048576 bytes, this one has 1048577"),
            ("changed-bytes", "one call may write at most 4194304 bytes"),
        ] {
            let response = typed(&admin, &place.channel_id, &format!("/over {limit}")).await.expect(200);
            assert_eq!(response["text"], format!("stored values failed: {expected}"));
            nothing_remains(&admin, &place).await;
        }
    }
}

each_backend! {
    with |config| { config.plugins.max_values = 1024 * 1024; }
    async fn values_past_the_quota_are_refused(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let response = typed(&admin, &place.channel_id, "/over changed-bytes").await.expect(200);
        assert_eq!(response["text"], "stored values are full: 1048576 bytes are the limit");
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    async fn a_reply_of_5_mib_is_refused(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let message = failure(&admin, &place, "/huge").await;
        assert!(message.starts_with(&format!("/huge did not succeed: {FAILED} (plugin ")), "{message}");
        names_the_call(&message);
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    async fn an_icon_has_an_address_of_at_most_1024_bytes(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        for bytes in [1025, 2_000_000] {
            let message = failure(&admin, &place, &format!("/icon {bytes}")).await;
            assert!(message.starts_with(&format!("/icon did not succeed: {FAILED} (plugin ")), "{message}");
        }
        nothing_remains(&admin, &place).await;
        typed(&admin, &place.channel_id, "/icon 1024").await.expect(200);
        let posts = support::posts(&admin, &place.channel_id).await;
        let icon = posts[0]["props"]["override_icon_url"].as_str().expect("a text");
        assert_eq!((posts.len(), icon.len()), (1, 1024));
    }
}

each_backend! {
    async fn a_name_with_a_nul_character_is_not_found(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let response = typed(&admin, &place.channel_id, "/nul").await.expect(200);
        assert_eq!(response["text"], "found: false false");
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    async fn nothing_remains_of_a_call_that_crashes(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let message = failure(&admin, &place, "/write-then-trap").await;
        assert!(message.contains(FAILED), "{message}");
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    async fn nothing_remains_of_a_call_that_refuses(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let response = typed(&admin, &place.channel_id, "/write-then-refuse").await.expect(200);
        assert_eq!(
            (&response["response_type"], &response["text"]),
            (&"ephemeral".into(), &"changed my mind".into())
        );
        nothing_remains(&admin, &place).await;
    }
}

each_backend! {
    with |config| { config.plugins.calls_per_plugin = 1; config.commands.timeout_ms = 2000; }
    async fn a_call_past_the_plugins_share_is_busy(host: TestHost) {
        let (admin, place) = hostile(&host).await;
        let channel = &place.channel_id;
        let (first, second) = tokio::join!(typed(&admin, channel, "/loop"), typed(&admin, channel, "/loop"));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [500, 503]);
        let busy = if first.status == 503 { &first } else { &second };
        let error = refused(busy, 503);
        assert!(error["message"].as_str().is_some_and(|text| text.contains("too many calls")), "{error}");
        nothing_remains(&admin, &place).await;
    }
}
