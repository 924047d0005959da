//! Framing and numbering of requests on sockets.

use std::time::Duration;

use futures_util::FutureExt;
use jackfield_tests::{Message, TestHost, TestSocket, each_backend, soon};
use serde_json::json;

/// The largest frame that a client may send, in bytes.
const MAX_FRAME: usize = 8 * 1024;

each_backend! {
    async fn fact_125_a_ping_is_answered_with_pong(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        socket.send(json!({"seq": 7, "action": "ping"})).await;
        let reply = socket.frame().await.expect("a reply");
        assert_eq!((&reply["status"], &reply["seq_reply"]), (&json!("OK"), &json!(7)));
        assert_eq!(reply["data"]["text"], "pong");
        assert_eq!(reply["data"]["server_time"], host.clock.now().as_millis());
        assert!(reply["data"]["version"].is_string() && reply["data"]["node_id"].is_string(), "{reply}");
    }
}

each_backend! {
    async fn fact_126_an_unknown_action_fails_with_an_error_object(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        for action in ["bogus", "PING"] {
            socket.send(json!({"seq": 2, "action": action, "data": null})).await;
            let reply = socket.frame().await.expect("a reply");
            assert_eq!((&reply["status"], &reply["seq_reply"]), (&json!("FAIL"), &json!(2)));
            let error = &reply["error"];
            assert_eq!(error["id"], "api.web_socket_router.bad_action.app_error");
            assert_eq!(error["status_code"], 500);
            assert!(error["message"].is_string() && error["detailed_error"].is_string(), "{reply}");
        }
    }
}

each_backend! {
    async fn a_request_without_an_action_or_with_a_wrong_parameter_is_told_apart(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        let wrong = "api.websocket_handler.invalid_param.app_error";
        for (request, id) in [
            (json!({"seq": 3}), "api.web_socket_router.no_action.app_error"),
            (json!({"seq": 3, "action": ""}), "api.web_socket_router.no_action.app_error"),
            (json!({"seq": 3, "action": "user_update_active_status", "data": {"user_is_active": "yes"}}), wrong),
            (json!({"seq": 3, "action": "user_typing", "data": {}}), wrong),
            (json!({"seq": 3, "action": "get_statuses_by_ids", "data": {"user_ids": ["x"]}}), wrong),
        ] {
            socket.send(request).await;
            let reply = socket.frame().await.expect("a reply");
            assert_eq!((&reply["error"]["id"], &reply["error"]["status_code"]), (&json!(id), &json!(400)), "{reply}");
        }
    }
}

each_backend! {
    async fn fact_127_a_request_is_numbered_from_1(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        for request in [
            json!({"seq": 0, "action": "ping"}),
            json!({"seq": -1, "action": "ping"}),
            json!({"action": "ping"}),
        ] {
            socket.send(request).await;
            let reply = socket.frame().await.expect("a reply");
            assert_eq!((&reply["status"], &reply["error"]["status_code"]), (&json!("FAIL"), &json!(400)));
            assert_eq!(reply["error"]["id"], "api.web_socket_router.bad_seq.app_error");
        }
    }
}

each_backend! {
    async fn fact_127_a_request_before_signing_in_is_numbered_from_1(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
        let challenge = |seq: i64| {
            json!({"seq": seq, "action": "authentication_challenge", "data": {"token": admin.token()}})
        };
        for request in [challenge(0), challenge(-1), json!({"seq": 0, "action": "ping"})] {
            socket.send(request).await;
            let reply = socket.frame().await.expect("a reply");
            assert_eq!((&reply["status"], &reply["error"]["status_code"]), (&json!("FAIL"), &json!(400)));
            assert_eq!(reply["error"]["id"], "api.web_socket_router.bad_seq.app_error");
        }
        socket.send(challenge(1)).await;
        socket.event("hello").await;
    }
}

each_backend! {
    async fn signing_in_again_is_harmless(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        let again = json!({"seq": 2, "action": "authentication_challenge", "data": {"token": "nonsense"}});
        socket.send(again).await;
        assert_eq!(socket.frame().await, Some(json!({"status": "OK", "seq_reply": 2})));
    }
}

each_backend! {
    async fn a_frame_that_is_too_large_closes_the_socket(host: TestHost) {
        let admin = host.admin().await;
        let padded = |length: usize| {
            let frame = json!({"seq": 1, "action": "ping", "data": {"x": ""}}).to_string();
            frame.replace("\"\"", &format!("\"{}\"", "x".repeat(length - frame.len())))
        };
        let mut socket = host.socket(&admin).await;
        socket.send_raw(Message::text(padded(MAX_FRAME))).await;
        assert_eq!(socket.frame().await.expect("a reply")["status"], "OK");
        socket.send_raw(Message::text(padded(MAX_FRAME + 1))).await;
        assert_eq!(socket.frame().await, None);
        let mut anonymous = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
        anonymous.send_raw(Message::text(padded(MAX_FRAME + 1))).await;
        assert_eq!(anonymous.frame().await, None);
    }
}

each_backend! {
    async fn a_malformed_request_closes_the_socket(host: TestHost) {
        let admin = host.admin().await;
        for nonsense in
            ["", "{", "[]", "5", "null", r#"{"seq":"1","action":"ping"}"#, r#"{"seq":1,"action":5}"#]
        {
            let mut socket = host.socket(&admin).await;
            socket.send_raw(Message::text(nonsense)).await;
            assert_eq!(socket.frame().await, None, "{nonsense}");
        }
        let mut socket = host.socket(&admin).await;
        socket.send_raw(Message::binary(vec![0x81, 0xa3])).await;
        assert_eq!(socket.frame().await, None);
        admin.get("/api/v4/users/me").await.expect(200);
    }
}

/// Waits for this many replies on any of the sockets.
async fn expect_replies(sockets: &mut [TestSocket], count: usize) {
    let mut replies = 0;
    let reading = async {
        while replies < count {
            for socket in &mut *sockets {
                if let Some(reply) = socket.frame().now_or_never() {
                    assert_eq!(reply.expect("the socket stays open")["status"], "OK");
                    replies += 1;
                }
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the replies", reading).await;
    assert_eq!(replies, count);
}

each_backend! {
    with |config| { config.server.rate_burst = 5; config.server.rate_per_second = 1; }
    async fn an_account_that_sends_too_much_is_read_more_slowly(host: TestHost) {
        let admin = host.admin().await;
        let mut sockets = [host.socket(&admin).await, host.socket(&admin).await];
        for socket in &mut sockets {
            // In no round does one socket send all its frames.
            for seq in 1..=20 {
                socket.send(json!({"seq": seq, "action": "ping"})).await;
            }
        }
        // Five frames are free, and each socket reads one more before it pauses.
        for _ in 0..3 {
            expect_replies(&mut sockets, 7).await;
            host.clock.advance(Duration::from_secs(5));
        }
    }
}
