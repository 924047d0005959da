//! Limits of connections and of their heads, and the headers that every response has.

use jackfield_tests::{TestHost, each_backend, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::files::post_form;

/// A file that no socket buffers whole, in bytes.
const LARGE: usize = 24 << 20;

async fn connect(host: &TestHost) -> TcpStream {
    TcpStream::connect(host.url.trim_start_matches("http://")).await.expect("a connection")
}

/// Sends a text, and reads the response until the host closes the connection.
async fn exchange(host: &TestHost, sent: &str) -> String {
    let mut stream = connect(host).await;
    stream.write_all(sent.as_bytes()).await.expect("a writable connection");
    let mut response = Vec::new();
    // The connection may end with a reset, because the host leaves the rest of a refused request unread.
    drop(soon("the host closes the connection", stream.read_to_end(&mut response)).await);
    String::from_utf8_lossy(&response).into_owned()
}

each_backend! {
    async fn a_request_names_exactly_one_host(host: TestHost) {
        for (head, status) in [
            ("HTTP/1.1\r\nHost: a\r\n", 200),
            ("HTTP/1.1\r\n", 400),
            ("HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
            ("HTTP/1.0\r\n", 200),
            ("HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
        ] {
            let response = exchange(&host, &format!("GET /healthz {head}Connection: close\r\n\r\n")).await;
            let line = response.lines().next().unwrap_or_default();
            assert!(line.contains(&format!(" {status} ")), "{head}: {response}");
        }
    }
}

each_backend! {
    async fn a_head_of_more_than_32_kb_is_431(host: TestHost) {
        let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(33_000));
        let response = exchange(&host, &head).await;
        assert!(response.starts_with("HTTP/1.1 431 "), "{response}");
    }
}

each_backend! {
    with |config| { config.server.connections_per_address = 8 }
    async fn one_address_has_a_limited_number_of_connections(host: TestHost) {
        let mut open = Vec::new();
        let refused = loop {
            assert!(open.len() <= 8, "{} connections are open", open.len());
            let mut stream = connect(&host).await;
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a writable connection");
            let mut response = vec![0; 1024];
            let length = soon("a response", stream.read(&mut response)).await.expect("a readable connection");
            let response = String::from_utf8_lossy(&response[..length]).into_owned();
            if !response.starts_with("HTTP/1.1 200 ") {
                break response;
            }
            open.push(stream);
        };
        assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("Retry-After: "), "{refused}");
        drop(open);
        // The places become free once the host notices.
        soon("a place", async {
            while !exchange(&host, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.contains(" 200 ") {}
        }).await;
    }
}

each_backend! {
    with |config| {
        config.server.connections_per_address = 1;
        config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    }
    async fn a_proxy_may_open_any_number_of_connections(host: TestHost) {
        let mut open = Vec::new();
        for _ in 0..20 {
            let mut stream = connect(&host).await;
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a writable connection");
            let mut response = vec![0; 1024];
            let length = soon("a response", stream.read(&mut response)).await.expect("a readable connection");
            assert!(String::from_utf8_lossy(&response[..length]).starts_with("HTTP/1.1 200 "));
            open.push(stream);
        }
    }
}

each_backend! {
    with |config| { config.server.response_timeout_ms = 50 }
    async fn a_client_that_does_not_read_its_response_loses_its_connection(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let path = format!("/api/v4/files?channel_id={}", place.channel_id);
        let large = vec![7; LARGE];
        let made = post_form(&anna, &path, &[("files", Some("large"), &large)]).await.expect(201);
        let file = made["file_infos"][0]["id"].as_str().expect("an id");
        let mut stream = connect(&host).await;
        let head = format!(
            "GET /api/v4/files/{file} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
            anna.token()
        );
        stream.write_all(head.as_bytes()).await.expect("a writable connection");
        // Writing fails once the host has closed the connection.
        soon("the host closes the connection", async {
            while stream.try_write(b"x").map_or_else(|error| error.kind() == std::io::ErrorKind::WouldBlock, |_| true) {
                tokio::task::yield_now().await;
            }
        }).await;
        let mut read = Vec::new();
        // The connection may end with a reset.
        let _ = soon("the end", stream.read_to_end(&mut read)).await;
        assert!(read.len() < LARGE, "{} bytes", read.len());
    }
}

each_backend! {
    async fn browsers_neither_keep_nor_frame_a_response(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        for response in [
            anna.get("/").await,
            anna.get("/nowhere").await,
            anna.get("/api/v4/users/me").await,
            anna.get("/api/v4/nowhere").await,
            anna.get("/api/jackfield/v1/me").await,
            anna.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await,
        ] {
            assert_eq!(response.header("cache-control"), Some("no-store"), "{response:?}");
            let policy = Some("default-src 'none'; frame-ancestors 'none'");
            assert_eq!(response.header("content-security-policy"), policy, "{response:?}");
            assert_eq!(response.header("strict-transport-security"), None);
        }
    }
}

each_backend! {
    with |config| { config.server.hsts_seconds = 31_536_000 }
    async fn an_operator_can_make_browsers_use_https_only(host: TestHost) {
        for path in ["/", "/nowhere", "/api/v4/system/ping"] {
            let response = host.anonymous().get(path).await;
            assert_eq!(response.header("strict-transport-security"), Some("max-age=31536000"), "{path}");
        }
    }
}

each_backend! {
    async fn only_users_see_the_exact_version(host: TestHost) {
        let config = "/api/v4/config/client?format=old";
        let settings = host.user("anna").await.get(config).await.expect(200);
        let build = settings["BuildNumber"].as_str().expect("a build");
        let version = build.strip_prefix("jackfield-").expect("the server's name");
        assert_eq!(version.split('.').count(), 3, "{version}");
        for path in ["/", "/nowhere", config, "/api/v4/system/ping"] {
            let response = host.anonymous().get(path).await;
            assert!(!response.text().contains(build), "{path}: {}", response.text());
            let header = response.header("x-version-id").expect("a version");
            assert!(!header.contains(&version.replace('.', "-")), "{header}");
        }
    }
}
