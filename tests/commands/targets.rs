//! Commands that are run by a request to a URL: the request, and what its target responds.

use jackfield_tests::{TestHost, TestSocket, each_backend};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{COMMANDS, Target, typed};
use crate::support::{self, refused};

/// Returns the socket's next event of this name. Others are skipped.
async fn event(socket: &mut TestSocket, name: &str) -> Value {
    loop {
        let frame = socket.frame().await.expect("an event");
        if frame["event"] == name {
            return frame;
        }
    }
}

/// Returns the post of an event.
fn post_of(event: &Value) -> Value {
    serde_json::from_str(event["data"]["post"].as_str().expect("a text")).expect("JSON")
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_071_the_text_follows_the_first_white_space(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        for (line, text) in [("/weather\ttoronto", "toronto"), ("/WEATHER\n two  lines ", " two  lines "), ("/weather", "")] {
            typed(&target.admin, &target.place.channel_id, line).await.expect(200);
            let form = target.requests().await.pop().expect("a request")["form"].clone();
            assert_eq!((&form["command"], &form["text"]), (&json!("/weather"), &json!(text)), "{line:?}");
        }
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_072_the_method_g_sends_a_query_and_p_a_form(host: TestHost) {
        let target = Target::new(&host, json!({"method": "G"})).await;
        target.run("/weather in toronto").await.expect(200);
        let request = target.requests().await.pop().expect("a request");
        assert_eq!((&request["method"], &request["query"]["text"]), (&json!("GET"), &json!("in toronto")));
        assert_eq!((&request["content_type"], &request["form"]), (&Value::Null, &Value::Null));
        let other = json!({"trigger": "weather", "method": "P", "url": target.url()});
        target.admin.put(&target.path(), other).await.expect(200);
        target.run("/weather in toronto").await.expect(200);
        let request = target.requests().await.pop().expect("a request");
        assert_eq!((&request["method"], &request["form"]["text"]), (&json!("POST"), &json!("in toronto")));
        assert_eq!((&request["content_type"], &request["query"]), (&json!("application/x-www-form-urlencoded"), &Value::Null));
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_073_074_a_request_has_the_token_and_every_field(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        target.run("/weather for @anna in ~off-topic, not @unknown").await.expect(200);
        let request = target.requests().await.pop().expect("a request");
        assert_eq!(request["authorization"], format!("Token {}", target.token));
        assert_eq!(request["accept"], "application/json");
        let mut form = request["form"].as_object().expect("a form").clone();
        let address = form.remove("response_url").expect("an address");
        let prefix = format!("{}/hooks/commands/", host.url);
        assert_eq!(address.as_str().and_then(|text| text.strip_prefix(&prefix)).map(str::len), Some(26));
        assert!(form.remove("trigger_id").is_some_and(|id| id.as_str().is_some_and(|id| id.len() > 40)));
        let channels = target.admin.get(&format!("/api/v4/teams/{}/channels/name/off-topic", target.place.team_id)).await;
        let channel = target.admin.get(&format!("/api/v4/channels/{}", target.place.channel_id)).await.expect(200);
        let team = target.admin.get(&format!("/api/v4/teams/{}", target.place.team_id)).await.expect(200);
        let expected = json!({
            "token": target.token, "team_id": target.place.team_id, "team_domain": team["name"],
            "channel_id": target.place.channel_id, "channel_name": channel["name"], "user_id": target.admin.id(),
            "user_name": "admin", "command": "/weather", "text": "for @anna in ~off-topic, not @unknown",
            "user_mentions": "anna", "user_mentions_ids": anna.id(),
            "channel_mentions": "off-topic", "channel_mentions_ids": channels.expect(200)["id"],
        });
        assert_eq!(Value::Object(form), expected);
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_075_a_plain_text_is_shown_to_the_caller(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let mut socket = host.socket(&target.admin).await;
        target.respond(json!({"text": "{\"text\": \"sunny\"}", "type": "text/plain"}));
        let reply = target.run("/weather").await.expect(200);
        assert_eq!((&reply["response_type"], &reply["text"]), (&json!(""), &json!("{\"text\": \"sunny\"}")));
        let post = post_of(&event(&mut socket, "ephemeral_message").await);
        assert_eq!((&post["message"], &post["type"]), (&reply["text"], &json!("system_ephemeral")));
        assert_eq!(support::texts(&target.admin, &target.place.channel_id).await, [""; 0]);
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_076_a_response_in_the_channel_is_a_post_of_the_caller(host: TestHost) {
        let target = Target::new(&host, json!({"username": "Weather", "icon_url": "https://a.test/i.png"})).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let mut socket = host.socket(&target.admin).await;
        let props = json!({"from_webhook": "no", "card": "c"});
        target.respond(json!({"json": {"response_type": "in_channel", "text": "<!here> <http://a.test|b>", "username": "x", "props": props}}));
        let request = json!({"channel_id": target.place.channel_id, "command": "/weather"});
        let reply = anna.post("/api/v4/commands/execute", request).await.expect(200);
        assert_eq!((&reply["text"], &reply["props"]), (&json!("@here <http://a.test|b>"), &props));
        let event = event(&mut socket, "posted").await;
        let post = post_of(&event);
        assert_eq!((&post["user_id"], &post["message"]), (&json!(anna.id()), &json!("@here [b](http://a.test)")));
        let expected = json!({
            "from_webhook": "true", "card": "c", "override_username": "Weather", "override_icon_url": "https://a.test/i.png",
        });
        assert_eq!((&post["props"], &event["data"]["set_online"]), (&expected, &json!(true)));
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_077_another_status_than_200_is_a_failure(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        for status in [201, 204, 302, 404, 500] {
            target.respond(json!({"status": status, "json": {"response_type": "in_channel", "text": "x"}}));
            let error = refused(&target.run("/weather").await, 500);
            assert_eq!(error["id"], "api.command.execute_command.failed_resp.app_error", "{status}");
            assert_eq!(error["message"], format!("/weather did not succeed: it responded with the status {status}"));
            let request = json!({"channel_id": target.place.channel_id, "command": "/weather"});
            let error = refused(&anna.post("/api/v4/commands/execute", request).await, 500);
            assert!(!error["message"].to_string().contains("status"), "{error}");
        }
        for bad in ["{", "", "[]", "{\"text\":5}"] {
            target.respond(json!({"text": bad, "type": "application/json"}));
            let error = refused(&target.run("/weather").await, 500);
            assert_eq!(error["id"], "api.command.execute_command.failed.app_error", "{bad}");
        }
        assert_eq!(support::texts(&target.admin, &target.place.channel_id).await, [""; 0]);
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); config.commands.request_timeout_ms = 200; }
    async fn fact_078_a_target_that_does_not_respond_in_time_is_a_failure(host: TestHost) {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", silent.local_addr().expect("an address"));
        let target = Target::new(&host, json!({"url": url})).await;
        let error = refused(&target.run("/weather").await, 500);
        assert_eq!(error["id"], "api.command.execute_command.failed.app_error");
        assert_eq!(error["message"], "/weather did not succeed: 127.0.0.1 did not respond within 200 ms; try again later");
    }
}

each_backend! {
    async fn an_address_of_this_machine_is_not_requested_unless_it_is_allowed(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let error = refused(&target.run("/weather").await, 500);
        assert_eq!(error["id"], "api.command.execute_command.failed.app_error");
        assert!(error["message"].as_str().is_some_and(|text| text.contains("egress.allow_networks")), "{error}");
        assert!(target.receiver.requests("/weather", 0, false).await.is_empty());
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_079_a_response_into_a_channel_that_the_caller_is_not_in_is_refused(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let secret = host.private_channel(&target.admin, &target.place.team_id, "secret").await;
        let secret = secret["id"].as_str().expect("a text");
        let extra = json!([{"response_type": "in_channel", "text": "here"}]);
        target.respond(json!({"json": {
            "response_type": "in_channel", "text": "moved", "channel_id": secret, "extra_responses": extra,
        }}));
        let request = json!({"channel_id": target.place.channel_id, "command": "/weather"});
        let error = refused(&anna.post("/api/v4/commands/execute", request).await, 500);
        assert_eq!(error["id"], "api.command.execute_command.create_post_failed.app_error");
        assert_eq!(support::texts(&target.admin, secret).await, [""; 0]);
        assert_eq!(support::texts(&target.admin, &target.place.channel_id).await, ["here"]);
        target.run("/weather").await.expect(200);
        assert_eq!(support::texts(&target.admin, secret).await, ["moved"]);
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); }
    async fn fact_080_081_further_responses_are_shown_and_an_address_reaches_the_client(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        let mut socket = host.socket(&target.admin).await;
        let extra = json!([{"response_type": "in_channel", "text": "two"}, {"text": "three"}]);
        target.respond(json!({"json": {
            "response_type": "in_channel", "text": "one", "extra_responses": extra, "goto_location": "https://g.test/x",
            "trigger_id": "mine",
        }}));
        let reply = target.run("/weather").await.expect(200);
        assert_eq!(reply["goto_location"], "https://g.test/x");
        assert_eq!(reply["trigger_id"].as_str().map(str::len), Some(26));
        assert_eq!(reply["extra_responses"][1]["text"], "three");
        assert_eq!(support::texts(&target.admin, &target.place.channel_id).await, ["one", "two"]);
        assert_eq!(post_of(&event(&mut socket, "ephemeral_message").await)["message"], "three");
    }
}

each_backend! {
    with |config| { crate::commands::allowed(config); config.commands.enabled = false; }
    async fn commands_that_are_switched_off_are_501(host: TestHost) {
        let target = Target::new(&host, json!({})).await;
        for line in ["/weather", "/shrug", "/nothing"] {
            assert_eq!(refused(&target.run(line).await, 501)["id"], "api.command.disabled.app_error", "{line}");
        }
        assert!(target.admin.get(&format!("{COMMANDS}?team_id={}", target.place.team_id)).await.status == 200);
    }
}
