//! Signing in on a socket: the challenge, the token in the upgrade, and the page's origin.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jackfield_tests::{TestHost, TestResponse, TestSocket, each_backend, soon};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::{post_in, say, two};

/// Returns whether the host closes the socket without another message.
async fn is_closed(mut socket: TestSocket) -> bool {
    socket.frame().await.is_none()
}

fn challenge(token: &str) -> Value {
    json!({"seq": 1, "action": "authentication_challenge", "data": {"token": token}})
}

/// Opens an upgraded connection with small buffers, whose client does not read.
async fn unread_socket(host: &TestHost) -> TcpStream {
    let address = host.url.trim_start_matches("http://");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut stream = socket.connect(address.parse().expect("an address")).await.expect("a connection");
    let head = format!(
        "GET /api/v4/websocket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("a writable connection");
    let mut status = [0; 12];
    soon("the upgrade", stream.read_exact(&mut status)).await.expect("a response");
    assert_eq!(&status, b"HTTP/1.1 101");
    stream
}

/// Encodes a client's text frame, masked with zeros.
fn frame(text: &[u8]) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    assert!(length < 126);
    [&[0x81, 0x80 | length, 0, 0, 0, 0], text].concat()
}

each_backend! {
    async fn fact_121_a_challenge_is_answered_with_hello_and_a_reply(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
        socket.send(challenge(admin.token())).await;
        let hello = socket.event("hello").await;
        assert_eq!(hello["seq"], 0);
        assert_eq!(hello["broadcast"]["user_id"], admin.id());
        assert_eq!(hello["data"]["connection_id"].as_str().map(str::len), Some(26));
        let version = admin.get("/api/v4/system/ping").await;
        assert_eq!(hello["data"]["server_version"].as_str(), version.header("x-version-id"));
        assert_eq!(socket.frame().await, Some(json!({"status": "OK", "seq_reply": 1})));
    }
}

each_backend! {
    async fn fact_122_a_bad_token_closes_the_socket_silently(host: TestHost) {
        for token in
            [json!("nonsense"), json!(""), json!(null), json!(5), json!("x".repeat(5000)), json!("\0x")]
        {
            let mut socket = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
            let data = json!({"token": token});
            socket.send(json!({"seq": 1, "action": "authentication_challenge", "data": data})).await;
            assert!(is_closed(socket).await, "{data}");
        }
        let mut socket = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
        socket.send(json!({"seq": 1, "action": "authentication_challenge"})).await;
        assert!(is_closed(socket).await);
    }
}

each_backend! {
    async fn fact_123_a_socket_without_a_challenge_closes_after_5_seconds(host: TestHost) {
        let mut socket = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
        host.clock.advance(Duration::from_millis(4999));
        socket.send(json!({"seq": 1, "action": "ping"})).await;
        assert_eq!(socket.frame().await.expect("still open")["status"], "FAIL");
        // The moment when the host first reads the clock is unspecified; the last of these steps is late enough.
        for _ in 0..20 {
            host.clock.advance(Duration::from_secs(5));
            host.anonymous().get("/healthz").await.expect(200);
        }
        assert!(is_closed(socket).await);
    }
}

each_backend! {
    async fn fact_123_a_client_that_does_not_read_gets_no_extra_time(host: TestHost) {
        let mut stream = unread_socket(&host).await;
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = sent.clone();
        let mut flood = JoinSet::new();
        flood.spawn(async move {
            let pings = frame(br#"{"seq":1,"action":"ping"}"#).repeat(100);
            while stream.write_all(&pings).await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        // The loop ends when the host's send buffer is full and the host stops reading.
        let mut before = 0;
        loop {
            for _ in 0..20 {
                host.anonymous().get("/healthz").await.expect(200);
            }
            let now = sent.load(Ordering::SeqCst);
            if now > 0 && now == before {
                break;
            }
            before = now;
        }
        // The moment when the host first reads the clock is unspecified; the last of these steps is late enough.
        for _ in 0..20 {
            host.clock.advance(Duration::from_secs(5));
            host.anonymous().get("/healthz").await.expect(200);
        }
        soon("the host closes the socket", flood.join_next()).await;
    }
}

each_backend! {
    async fn fact_124_an_upgrade_with_a_token_needs_no_challenge(host: TestHost) {
        let admin = host.admin().await;
        let (bearer, lower) = (format!("Bearer {}", admin.token()), format!("token {}", admin.token()));
        let cookie = format!("MMAUTHTOKEN={}", admin.token());
        for header in [("Authorization", &bearer), ("Authorization", &lower), ("Cookie", &cookie)] {
            let headers = [(header.0, header.1.as_str())];
            let mut socket = TestSocket::connect_raw(&host, &headers, "").await.expect("an upgrade");
            assert_eq!(socket.event("hello").await["seq"], 0);
            socket.send(json!({"seq": 1, "action": "ping"})).await;
            assert_eq!(socket.frame().await.expect("a reply")["seq_reply"], 1);
        }
    }
}

each_backend! {
    async fn an_upgrade_with_a_bad_token_may_still_be_challenged(host: TestHost) {
        let admin = host.admin().await;
        let bad = [("Authorization", "Bearer nonsense")];
        let mut socket = TestSocket::connect_raw(&host, &bad, "").await.expect("an upgrade");
        socket.send(challenge(admin.token())).await;
        socket.event("hello").await;
    }
}

each_backend! {
    async fn an_anonymous_socket_gets_no_events(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut socket = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
        say(&admin, &place, "before").await;
        socket.send(json!({"seq": 4, "action": "get_statuses"})).await;
        let refused = socket.frame().await.expect("a reply");
        assert_eq!((&refused["status"], &refused["seq_reply"]), (&json!("FAIL"), &json!(4)));
        assert_eq!(refused["error"]["status_code"], 401);
        socket.send(challenge(anna.token())).await;
        socket.event("hello").await;
        assert_eq!(socket.frame().await, Some(json!({"status": "OK", "seq_reply": 1})));
        say(&admin, &place, "after").await;
        assert_eq!(post_in(&socket.event("posted").await)["message"], "after");
    }
}

each_backend! {
    async fn a_page_of_another_site_may_not_connect(host: TestHost) {
        let admin = host.admin().await;
        let cookie = format!("MMAUTHTOKEN={}", admin.token());
        let port = host.url.rsplit(':').next().expect("a port");
        let (other_scheme, prefixed) =
            (format!("http://evil.example:{port}"), format!("{}.evil.example", host.url));
        for origin in ["https://evil.example", "null", "", &other_scheme, &prefixed, "http://127.0.0.1"] {
            let headers = [("Origin", origin), ("Cookie", cookie.as_str())];
            let response: TestResponse = TestSocket::connect_raw(&host, &headers, "").await.expect_err("no upgrade");
            assert_eq!(response.status, 403, "{origin}");
            assert!(response.text().contains("`server.site_url`"), "{}", response.text());
        }
        let own = [("Origin", host.url.as_str()), ("Cookie", cookie.as_str())];
        let mut socket = TestSocket::connect_raw(&host, &own, "").await.expect("an upgrade");
        socket.event("hello").await;
    }
}

each_backend! {
    async fn a_request_that_is_not_an_upgrade_is_refused_with_a_plain_text(host: TestHost) {
        let response = host.anonymous().get("/api/v4/websocket").await;
        assert_eq!((response.status, response.header("content-type")), (400, Some("text/plain; charset=utf-8")));
    }
}

each_backend! {
    async fn an_upgrade_in_http_1_0_or_with_two_lines_of_connection_succeeds(host: TestHost) {
        let admin = host.admin().await;
        let address = host.url.trim_start_matches("http://");
        for (version, connection) in [
            ("1.0", "Connection: Upgrade\r\n"),
            ("1.1", "Connection: keep-alive\r\nConnection: Upgrade\r\n"),
        ] {
            let head = format!(
                "GET /api/v4/websocket HTTP/{version}\r\nHost: {address}\r\n{connection}Upgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 Authorization: Bearer {}\r\n\r\n",
                admin.token()
            );
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("a writable connection");
            let mut response = Vec::new();
            // The first event follows the head of the response.
            while !String::from_utf8_lossy(&response).contains(r#""event":"hello""#) {
                let read = soon("the next bytes", stream.read_buf(&mut response)).await.expect("a readable connection");
                assert!(read > 0, "{version}: {}", String::from_utf8_lossy(&response));
            }
            assert!(response.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&response));
        }
    }
}
