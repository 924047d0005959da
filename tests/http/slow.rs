//! Clients that are too slow, or send malformed bodies.

use jackfield_tests::{TestHost, each_backend, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::hooks::Hook;

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
