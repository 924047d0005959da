//! A load of requests over keep-alive connections, with as little work per request as possible.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) const CONNECTIONS: usize = 50;

/// The request that is sent repeatedly.
#[derive(Clone, Copy)]
pub(crate) struct Request<'r> {
    pub(crate) method: &'r str,
    pub(crate) path: &'r str,
    /// An empty token makes the request anonymous.
    pub(crate) token: &'r str,
    pub(crate) body: &'r str,
    /// The expected status of every response.
    pub(crate) status: u16,
}

/// The number of requests that are sent before the timing begins.
const WARM_UP: u32 = 500;

/// Warms the server up, sends `requests` requests and returns the requests per second.
pub(crate) async fn rate(address: SocketAddr, request: &Request<'_>, requests: u32) -> f64 {
    run(address, request, WARM_UP).await;
    f64::from(requests) / run(address, request, requests).await.as_secs_f64()
}

/// Sends `requests` requests over [`CONNECTIONS`] connections.
async fn run(address: SocketAddr, request: &Request<'_>, requests: u32) -> Duration {
    let Request { method, path, token, body, status } = request;
    let token = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{token}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let expected = format!("HTTP/1.1 {status}");
    let left = Arc::new(AtomicU32::new(requests));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(TcpStream::connect(address).await.expect("the server accepts"));
    }
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for connection in connections {
        clients.spawn(client(connection, request.clone().into_bytes(), expected.clone(), left.clone()));
    }
    clients.join_all().await;
    began.elapsed()
}

async fn client(mut connection: TcpStream, request: Vec<u8>, expected: String, left: Arc<AtomicU32>) {
    let mut response = Vec::with_capacity(4096);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        connection.write_all(&request).await.expect("the request is sent");
        response.clear();
        while !is_whole(&response) {
            let read = connection.read_buf(&mut response).await.expect("the response is read");
            assert!(read > 0, "the server closed the connection");
        }
        assert!(response.starts_with(expected.as_bytes()), "{}", String::from_utf8_lossy(&response));
    }
}

/// Returns whether the buffer holds the head and as much body as it announces. The measured servers write header names
/// in lower case.
fn is_whole(response: &[u8]) -> bool {
    let find =
        |name: &[u8]| response.windows(name.len()).position(|part| part == name).map(|at| at + name.len());
    let Some(body) = find(b"\r\n\r\n") else { return false };
    let announced = find(b"content-length: ").map_or(&b""[..], |at| &response[at..]);
    let digits = announced.iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    response.len() >= body + length
}
