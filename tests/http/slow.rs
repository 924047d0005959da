//! Clients that are too slow, or send malformed bodies.

use futures_util::future::{join_all, select_all};
use jackfield_tests::{TestClient, TestHost, each_backend, soon};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::hooks::Hook;

/// Clients that together use up the memory for responses, or for bodies.
const SLOW: usize = 4;

/// What each of them sends of its body, in bytes.
const HALF: usize = 10_000_000;

/// Sends a text, and reads the response until the host closes the connection.
async fn exchange(host: &TestHost, sent: &str) -> String {
    let address = host.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(sent.as_bytes()).await.expect("a writable connection");
    let mut response = Vec::new();
    soon("the host closes the connection", stream.read_to_end(&mut response))
        .await
        .expect("a readable connection");
    String::from_utf8(response).expect("text")
}

/// Fills the preferences of an account with texts that take six times their size as JSON, and returns the size of the
/// list.
async fn fill_preferences(client: &TestClient) -> usize {
    let (path, value) = ("/api/v4/users/me/preferences", "\u{1}".repeat(2000));
    for part in 0.. {
        let one = |number: usize| json!({"category": "c", "name": number.to_string(), "value": value});
        let response = client.put(path, (part * 20..part * 20 + 20).map(one).collect::<Value>()).await;
        if response.status == 400 {
            break;
        }
        response.expect(200);
    }
    client.get(path).await.body.len()
}

each_backend! {
    async fn slow_readers_make_room_while_little_memory_is_left_for_responses(host: TestHost) {
        let anna = host.user("anna").await;
        let length = fill_preferences(&anna).await;
        let head = format!(
            "GET /api/v4/users/me/preferences HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Connection: close\r\n\r\n",
            anna.token()
        );
        let mut slow = Vec::new();
        for _ in 0..SLOW {
            let socket = TcpSocket::new_v4().expect("a socket");
            // The operating system holds less of the response.
            socket.set_recv_buffer_size(4096).expect("a small buffer");
            let address = host.url.trim_start_matches("http://").parse().expect("an address");
            let mut stream = socket.connect(address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("a writable connection");
            let mut start = vec![0; 15];
            soon("a response", stream.read_exact(&mut start)).await.expect("a readable connection");
            assert_eq!(start, b"HTTP/1.1 200 OK");
            slow.push((stream, start));
        }
        // They hold all memory for responses, so this one waits until one of them is cut.
        let response = anna.get("/api/v4/users/me/preferences").await;
        assert_eq!((response.status, response.body.len()), (200, length));
        let reading = slow.into_iter().map(async |(mut stream, mut response)| {
            // The connection may end with a reset.
            drop(soon("the end", stream.read_to_end(&mut response)).await);
            response.len()
        });
        let lengths = join_all(reading).await;
        assert!(lengths.iter().any(|read| *read < length), "{lengths:?} of {length} bytes");
    }
}

each_backend! {
    with |config| { config.server.max_body = 2 * super::HALF; }
    async fn senders_that_pause_make_room_while_little_memory_is_left_for_bodies(host: TestHost) {
        let hook = Hook::new(&host).await;
        let head = format!(
            "POST /hooks/{} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            hook.id,
            2 * HALF
        );
        let paused = join_all((0..SLOW).map(|_| async {
            let address = host.url.trim_start_matches("http://");
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("a writable connection");
            // It blocks while the host waits for memory, and fails if the host gives up.
            drop(soon("half of the body", stream.write_all(&vec![b' '; HALF])).await);
            stream
        }))
        .await;
        let padding = " ".repeat(HALF);
        assert_eq!(hook.send(None, &format!("{{\"text\": \"hello\"}}{padding}")).await.status, 200);
        let responses = paused.into_iter().map(|mut stream| {
            Box::pin(async move {
                let mut first = [0; 12];
                soon("a response", stream.read_exact(&mut first)).await.expect("a readable connection");
                String::from_utf8_lossy(&first).into_owned()
            })
        });
        assert_eq!(select_all(responses).await.0, "HTTP/1.1 503");
    }
}

each_backend! {
    // The timeout leaves enough time for the first request of a test.
    with |config| { config.server.head_timeout_ms = 1000; }
    async fn a_connection_without_a_request_is_closed(host: TestHost) {
        let (nothing, half, once) = tokio::join!(
            exchange(&host, ""),
            exchange(&host, "GET /healthz HTTP/1.1\r\nHost: x\r\nAccept:"),
            exchange(&host, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
        );
        assert_eq!((nothing.as_str(), half.as_str()), ("", ""));
        assert!(once.starts_with("HTTP/1.1 200 "), "{once}");
    }
}

each_backend! {
    with |config| { config.server.body_timeout_ms = 50; }
    async fn a_body_that_stalls_gets_408(host: TestHost) {
        let hook = format!("/hooks/{}", Hook::new(&host).await.id);
        for path in [hook.as_str(), "/api/v4/users/login", "/api.php"] {
            for head in ["", "Expect: 100-continue\r\n"] {
                let sent = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n{head}\r\n{{\"a\":");
                let response = exchange(&host, &sent).await;
                assert!(response.contains("HTTP/1.1 408 ") && response.contains("too slowly"), "{path}: {response}");
            }
        }
    }
}

each_backend! {
    async fn a_body_in_malformed_chunks_gets_400(host: TestHost) {
        let hook = Hook::new(&host).await;
        let (admin, hook) = (&hook.owner, format!("/hooks/{}", hook.id));
        for path in [hook.as_str(), "/api/v4/users/login", "/api.php", "/api/jackfield/v1/plugins"] {
            let sent = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
                 Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\nno length\r\n",
                admin.token()
            );
            let response = exchange(&host, &sent).await;
            assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("broke off"), "{path}: {response}");
        }
    }
}
