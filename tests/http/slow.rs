//! Clients that keep the server waiting, or send what is no body.

use jackfield_tests::{TestHost, each_backend, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Everything that the host says to this, until it closes the connection.
async fn said_to(host: &TestHost, sent: &str) -> String {
    let address = host.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(sent.as_bytes()).await.expect("a writable connection");
    let mut said = Vec::new();
    soon("the host closes the connection", stream.read_to_end(&mut said))
        .await
        .expect("a readable connection");
    String::from_utf8(said).expect("text")
}

each_backend! {
    // Time enough for the request with which a test begins.
    with |config| { config.server.head_timeout_ms = 1000; }
    async fn a_connection_that_asks_nothing_is_closed(host: TestHost) {
        let (nothing, half, once) = tokio::join!(
            said_to(&host, ""),
            said_to(&host, "GET /healthz HTTP/1.1\r\nHost: x\r\nAccept:"),
            said_to(&host, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
        );
        assert_eq!((nothing.as_str(), half.as_str()), ("", ""));
        assert!(once.starts_with("HTTP/1.1 200 "), "{once}");
    }
}

each_backend! {
    with |config| { config.server.body_timeout_ms = 50; }
    async fn a_body_that_stands_still_is_answered_408(host: TestHost) {
        for path in ["/hooks/x", "/api/v4/users/login", "/api.php"] {
            for head in ["", "Expect: 100-continue\r\n"] {
                let sent = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n{head}\r\n{{\"a\":");
                let said = said_to(&host, &sent).await;
                assert!(said.contains("HTTP/1.1 408 ") && said.contains("too slowly"), "{path}: {said}");
            }
        }
    }
}

each_backend! {
    async fn a_body_in_broken_chunks_is_400(host: TestHost) {
        let admin = host.admin().await;
        for path in ["/hooks/x", "/api/v4/users/login", "/api.php", "/api/jackfield/v1/plugins"] {
            let sent = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
                 Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\nno length\r\n",
                admin.token()
            );
            let said = said_to(&host, &sent).await;
            assert!(said.starts_with("HTTP/1.1 400 ") && said.contains("broke off"), "{path}: {said}");
        }
    }
}
