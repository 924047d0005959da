//! Refusals: their numbers and texts, and the order of the checks.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{App, is_refused, token};

each_backend! {
    async fn t50_a_refusal_is_200_with_a_number(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let query = app.query("getGroupChats");
        assert_eq!(app.get(&query).await.expect(200)["result"], "success");
        let wrong = app.client.get(&format!("/api.php?{query}&token={}", "0".repeat(32))).await;
        assert_eq!(wrong.text(), r#"{"errcode":401,"errmsg":"Invalid token."}"#);
        assert_eq!(wrong.header("content-type"), Some("application/json"));
        let unknown = app.client.get(&format!("/x.php?m=im&f=getGroupChats&code=unknown&token={}", "0".repeat(32))).await;
        assert_eq!(unknown.text(), r#"{"errcode":404,"errmsg":"Application does not exist."}"#);
        app.change(&host, json!({"addresses": "10.0.0.1"})).await;
        assert_eq!(app.get(&query).await.text(), r#"{"errcode":403,"errmsg":"IP is denied."}"#);
        app.change(&host, json!({"addresses": "*", "free": false})).await;
        assert_eq!(app.get(&query).await.text(), r#"{"errcode":403,"errmsg":"Account is not bound."}"#);
    }
}

each_backend! {
    async fn t51_the_first_reason_counts(host: TestHost) {
        let app = App::create(&host, json!({"addresses": "10.0.0.1", "free": false})).await;
        let at = |code: &str, token: &str| format!("/api.php?m=im&f=getGroupChats&code={code}&token={token}");
        let wrong = "0".repeat(32);
        is_refused(&app.client.get(&at("unknown", &wrong)).await, 404, "Application does not exist.");
        is_refused(&app.client.get(&at("ci", &wrong)).await, 403, "IP is denied.");
        app.change(&host, json!({"addresses": "127.0.0.1"})).await;
        is_refused(&app.client.get(&at("ci", &wrong)).await, 401, "Invalid token.");
        let right = token("m=im&f=getGroupChats&code=ci", &app.key);
        is_refused(&app.client.get(&at("ci", &right)).await, 403, "Account is not bound.");
        host.user("anna").await;
        app.change(&host, json!({"account": "anna"})).await;
        assert_eq!(app.client.get(&at("ci", &right)).await.expect(200)["result"], "success");
    }
}

each_backend! {
    async fn a_missing_parameter_is_named_before_any_lookup(host: TestHost) {
        let anonymous = host.anonymous();
        for (query, reason) in [
            ("", "EMPTY_ENTRY"),
            ("m=im", "EMPTY_ENTRY"),
            ("f=getChatUsers&code=x&token=y", "EMPTY_ENTRY"),
            ("m=im&f=getChatUsers", "PARAM_CODE_MISSING"),
            ("m=im&f=getChatUsers&code=&token=y", "PARAM_CODE_MISSING"),
            ("m=im&f=getChatUsers&code=x", "PARAM_TOKEN_MISSING"),
            ("m=im&f=getChatUsers&code=x&token=", "PARAM_TOKEN_MISSING"),
        ] {
            let response = anonymous.get(&format!("/api.php?{query}")).await;
            assert_eq!((response.status, response.text()), (200, format!(r#"{{"error":"{reason}"}}"#)), "{query}");
        }
    }
}

each_backend! {
    async fn texts_follow_accept_language(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let chinese = [("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")];
        let wrong = format!("/api.php?{}&token={}", app.query("getGroupChats"), "0".repeat(32));
        let response = app.client.request("GET", &wrong, &chinese, "").await;
        assert_eq!(response.text(), r#"{"errcode":401,"errmsg":"无效的token参数"}"#);
        let right = app.signed(&app.query("sendNotification"));
        let response = app.client.request("POST", &right, &chinese, "{}").await;
        let escaped = r"\u5e94\u5f53\u8bbe\u7f6e\u63a5\u6536\u8005\u7528\u6237\u5217\u8868\u3002";
        assert_eq!(response.text(), format!(r#"{{"result":"fail","message":"{escaped}"}}"#));
    }
}

each_backend! {
    with |config| {
        config.signed.hide_codes = true;
        config.signed.native_status = true;
    }
    async fn options_hide_codes_and_send_real_statuses(host: TestHost) {
        let app = App::create(&host, json!({"addresses": "10.0.0.1"})).await;
        let wrong = "0".repeat(32);
        let mut responses = Vec::new();
        for code in ["ci", "unknown"] {
            let response = app.client.get(&format!("/api.php?m=im&f=getGroupChats&code={code}&token={wrong}")).await;
            responses.push((response.status, response.text()));
        }
        let expected = (401, r#"{"errcode":401,"errmsg":"Invalid token."}"#.to_owned());
        assert_eq!(responses, [expected.clone(), expected]);
        app.change(&host, json!({"addresses": "*"})).await;
        let failed = app.post(&app.query("sendNotification"), json!({})).await;
        assert_eq!(failed.expect(400), super::fails("Should set user list."));
    }
}

each_backend! {
    with |config| { config.signed.enabled = false; }
    async fn a_disabled_api_is_404(host: TestHost) {
        for path in ["/api.php", "/x.php", "/im/getChatGroups"] {
            assert_eq!(host.anonymous().get(path).await.status, 404);
        }
    }
}

each_backend! {
    async fn t56_an_application_calls_only_from_its_addresses(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let query = app.query("getGroupChats");
        for (addresses, allowed) in [
            ("*", true),
            ("127.0.0.1", true),
            ("10.0.0.1", false),
            ("10.0.0.1, 127.0.0.1", true),
            ("127.0.0.0-127.0.0.9", true),
            ("127.0.0.2-127.0.0.9", false),
            ("127.0.*", true),
            ("127.1.*", false),
            ("127.0.0.0/8", true),
            ("10.0.0.0/8", false),
            ("2001:db8::/32", false),
        ] {
            app.change(&host, json!({"addresses": addresses})).await;
            let response = app.get(&query).await.expect(200);
            assert_eq!(response["result"] == "success", allowed, "{addresses}");
        }
        // This peer is not a trusted proxy, so its header is ignored.
        app.change(&host, json!({"addresses": "10.0.0.1"})).await;
        for header in ["x-forwarded-for", "client-ip", "x-real-ip"] {
            let forged = app.client.request("GET", &app.signed(&query), &[(header, "10.0.0.1")], "").await;
            is_refused(&forged, 403, "IP is denied.");
        }
    }
}

each_backend! {
    with |config| { config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")]; }
    async fn t56_a_trusted_proxy_names_the_client_address(host: TestHost) {
        let app = App::create(&host, json!({"addresses": "2001:db8::/32, 10.1.*"})).await;
        let path = app.signed(&app.query("getGroupChats"));
        for (from, allowed) in [("10.1.2.3", true), ("2001:db8::7", true), ("10.2.0.1", false), ("6.6.6.6, 10.1.2.3", true)] {
            let response = app.client.request("GET", &path, &[("x-forwarded-for", from)], "").await.expect(200);
            assert_eq!(response["result"] == "success", allowed, "{from}");
        }
        is_refused(&app.client.get(&path).await, 403, "IP is denied.");
    }
}

each_backend! {
    with |config| {
        config.signed.rate_per_second = 1;
        config.signed.rate_burst = 2;
    }
    async fn an_application_past_its_rate_is_refused(host: TestHost) {
        let (app, other) = (App::create(&host, json!({})).await, App::create(&host, json!({"code": "other"})).await);
        let query = app.query("getGroupChats");
        for _ in 0..2 {
            app.get(&query).await.expect(200)["result"].as_str().expect("it may");
        }
        // A client that knows only the code cannot use up the application's rate limit.
        for _ in 0..5 {
            let wrong = app.client.get(&format!("/api.php?{query}&token=x")).await;
            is_refused(&wrong, 401, "Invalid token.");
        }
        let refused = app.get(&query).await;
        is_refused(&refused, 429, "Too many requests.");
        assert_eq!(refused.header("retry-after"), Some("1"));
        other.get(&other.query("getGroupChats")).await.expect(200)["result"].as_str().expect("another may");
        host.clock.advance(std::time::Duration::from_secs(1));
        app.get(&query).await.expect(200)["result"].as_str().expect("it may again");
    }
}
