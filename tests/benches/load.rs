//! A load of POST requests over keep-alive connections: as little work per request as the measuring side can do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) const CONNECTIONS: usize = 50;

/// Sends `requests` requests over [`CONNECTIONS`] connections; every answer must be 200.
pub(crate) async fn run(address: SocketAddr, path: &str, requests: u32) -> Duration {
    let body = r#"{"text":"The build of main passed in 4 minutes."}"#;
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let left = Arc::new(AtomicU32::new(requests));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(TcpStream::connect(address).await.expect("the server accepts"));
    }
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for connection in connections {
        clients.spawn(client(connection, request.clone().into_bytes(), left.clone()));
    }
    clients.join_all().await;
    began.elapsed()
}

async fn client(mut connection: TcpStream, request: Vec<u8>, left: Arc<AtomicU32>) {
    let mut answer = Vec::with_capacity(4096);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        connection.write_all(&request).await.expect("the request is sent");
        answer.clear();
        while !is_whole(&answer) {
            let read = connection.read_buf(&mut answer).await.expect("the answer is read");
            assert!(read > 0, "the server closed the connection");
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
}

/// Whether the head and as many bytes of body as it announces are there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|part| part == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    answer.len() >= head + 4 + length
}
