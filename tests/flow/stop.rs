//! An orderly stop: the server finishes running requests and then exits successfully.

use jackfield_tests::{Backend, TestDatabase, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::process::{Process, hook};
use crate::support;

const BODY: &str = r#"{"text":"under way"}"#;

/// Reads until the text arrives or the server closes the connection.
async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    while !String::from_utf8_lossy(&read).contains(wanted) {
        let length = soon(wanted, stream.read(&mut piece)).await.expect("a readable connection");
        if length == 0 {
            break;
        }
        read.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// Waits until the address refuses connections.
async fn refuses_connections(address: &str) {
    let closed = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    soon("the server stops listening", closed).await;
}

async fn requests_under_way_are_finished(backend: Backend) {
    let database = TestDatabase::make(backend).await;
    let server = Process::start(&database).await;
    let admin = server.admin().await;
    let (path, channel) = hook(&admin).await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).await.expect("a writable connection");
    // The server requests the body, so the request is under way.
    let asked = read_until(&mut stream, "\r\n\r\n").await;
    assert!(asked.starts_with("HTTP/1.1 100 "), "{asked}");
    server.terminate().await;
    refuses_connections(&address).await;
    stream.write_all(BODY.as_bytes()).await.expect("a writable connection");
    let response = read_until(&mut stream, "\r\n\r\nok").await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let (status, said) = server.ended().await;
    assert_eq!((status.code(), said), (Some(0), Vec::new()));

    let server = Process::start(&database).await;
    let path = format!("/api/v4/channels/{channel}/posts");
    let posts = support::in_order(&server.admin().await.get(&path).await.expect(200));
    let texts: Vec<_> = posts.iter().map(|post| post["message"].as_str().expect("a text")).collect();
    assert_eq!(texts, ["under way", "admin joined the team."]);
    server.terminate().await;
    assert_eq!(server.ended().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_under_way_are_finished_on_sqlite() {
    requests_under_way_are_finished(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_under_way_are_finished_on_postgres() {
    requests_under_way_are_finished(Backend::Postgres).await;
}
