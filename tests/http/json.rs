//! JSON as clients and scripts send it: every route and every hook reads it as Mattermost does.

use jackfield_tests::{Message, TestHost, each_backend};
use serde_json::json;

use super::hooks::{Hook, accepted};

/// Bodies that begin with `opening` and the text of its last field, and the text that the sender means.
fn bodies(opening: &str) -> Vec<(Vec<u8>, &'static str)> {
    let wrapped =
        |before: &[u8], text: &[u8], after: &[u8]| [before, opening.as_bytes(), text, after].concat();
    vec![
        (wrapped(b"", br"cut \ud83d", b"\"}"), "cut \u{fffd}"),
        (wrapped(b"", br"\ude00\ud83d\ude00 whole", b"\"}"), "\u{fffd}\u{1f600} whole"),
        (wrapped(b"", b"caf\xe9", b"\"}"), "caf\u{fffd}"),
        (wrapped(b"", b"one\r\ntwo", b"\"}"), "one\r\ntwo"),
        (wrapped(b"", b"\x1b[31mred", b"\"}"), "\u{1b}[31mred"),
        (wrapped(b"\xef\xbb\xbf", b"bom", b"\"}"), "bom"),
        (wrapped(b"", b"first", b"\"} and more"), "first"),
        (wrapped(b"", b"first", b"\"}{\"text\":\"second\",\"message\":\"second\"}"), "first"),
    ]
}

each_backend! {
    async fn a_hook_reads_the_text_that_its_sender_means(host: TestHost) {
        let hook = Hook::new(&host).await;
        let path = format!("/hooks/{}", hook.id);
        let bodies = bodies(r#"{"text":""#);
        for (body, _) in &bodies {
            accepted(&hook.sender.post_raw(&path, Some("application/json"), body.clone()).await);
        }
        let meant: Vec<&str> = bodies.iter().map(|(_, text)| *text).collect();
        assert_eq!(hook.texts().await, meant);
    }
}

each_backend! {
    async fn a_route_reads_the_text_that_its_client_means(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let opening = format!(r#"{{"channel_id":"{}","message":""#, place.channel_id);
        for (body, text) in bodies(&opening) {
            assert_eq!(anna.post_raw("/api/v4/posts", None, body).await.expect(201)["message"], text);
        }
        let list = format!("\u{feff}[\"{}\"] more", anna.id());
        let found = anna.post_raw("/api/v4/users/ids", None, list).await.expect(200);
        assert_eq!(found[0]["username"], "anna");
    }
}

each_backend! {
    async fn fields_match_in_any_case_and_the_exact_name_wins(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let post = json!({"Channel_ID": place.channel_id, "MESSAGE": "x", "message": "exact", "Props": {"Key": 1}});
        let post = anna.post("/api/v4/posts", post).await.expect(201);
        assert_eq!((&post["message"], &post["props"]["Key"]), (&json!("exact"), &json!(1)));
        let login = json!({"LOGIN_ID": "anna", "Password": "password-of-anna"});
        host.anonymous().post("/api/v4/users/login", login).await.expect(200);
    }
}

each_backend! {
    async fn a_socket_reads_requests_as_the_routes_do(host: TestHost) {
        let anna = host.user("anna").await;
        let mut socket = host.socket(&anna).await;
        socket.send_raw(Message::text("\u{feff}{\"Seq\":7,\"action\":\"ping\"} trailing")).await;
        let reply = socket.frame().await.expect("a reply");
        assert_eq!((&reply["status"], &reply["seq_reply"]), (&json!("OK"), &json!(7)));
    }
}
