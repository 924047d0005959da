//! Tests the guarded client against real sockets on this machine, which the allow list permits, and a resolver with
//! scripted answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolving};

use super::*;

const LIMITS: ExchangeLimits = ExchangeLimits {
    connect: Duration::from_secs(5),
    total: Duration::from_secs(10),
    request_body: 1_000,
    response_body: 20_000,
};

const HERE: &str = "127.0.0.1";

/// A resolver that returns its answers in order and then repeats the last one.
struct Answers(Mutex<Vec<Vec<&'static str>>>);

impl Resolve for Answers {
    fn resolve(&self, _: Name) -> Resolving {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        let addresses = answer.into_iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0));
        Box::pin(async move { Ok(Box::new(addresses) as Addrs) })
    }
}

fn client(allowed: &[&str], limits: ExchangeLimits, answers: &[&[&'static str]]) -> GuardedClient {
    let allow_networks = allowed.iter().map(|network| network.parse().unwrap()).collect();
    let answers = answers.iter().map(|answer| answer.to_vec()).collect();
    let resolver = Arc::new(Answers(Mutex::new(answers)));
    GuardedClient::with_resolver(&EgressSettings { allow_networks }, limits, resolver).unwrap()
}

/// Starts a server at `ip` that sends `response` to every request and reports the heads it received. It closes each
/// connection after `stall`.
fn server(ip: &str, response: Vec<u8>, stall: Duration) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, requests) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if sender.send(receive(&mut stream)).is_err() {
                return;
            }
            // The client may have closed its side already, once it had read enough.
            drop(stream.write_all(&response));
            thread::sleep(stall);
        }
    });
    (port, requests)
}

/// Reads a request and returns its head. A body left unread would reset the connection before the response arrives.
fn receive(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    head
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nX-Test: 1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn get(url: impl Into<String>) -> OutgoingRequest {
    OutgoingRequest { method: "GET".to_owned(), url: url.into(), headers: Vec::new(), body: Vec::new() }
}

#[tokio::test]
async fn an_address_of_this_machine_is_refused_in_every_form() {
    let (port, requests) = server(HERE, ok(b""), Duration::ZERO);
    let client = client(&[], LIMITS, &[&[HERE]]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "127.0.0.1.",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "localhost.",
        "name.example",
    ] {
        let error = client.send(get(format!("http://{host}:{port}/"))).await.unwrap_err();
        assert!(matches!(error, HttpError::Forbidden { .. }), "{host}: {error}");
    }
    assert!(requests.try_recv().is_err(), "a connection was made");
}

#[tokio::test]
async fn an_allowed_network_is_reached_by_address_and_by_name() {
    let (port, requests) = server(HERE, ok(b"hello"), Duration::ZERO);
    let client = client(&["127.0.0.0/8"], LIMITS, &[&[HERE]]);
    for host in ["127.0.0.1", "name.example"] {
        let request = OutgoingRequest {
            method: "POST".to_owned(),
            headers: vec![("X-One".to_owned(), "1".to_owned())],
            body: b"body".to_vec(),
            ..get(format!("http://{host}:{port}/path?a=b"))
        };
        let response = client.send(request).await.unwrap();
        assert_eq!((response.status, &*response.body, response.truncated), (200, &b"hello"[..], false));
        assert!(response.headers.contains(&("x-test".to_owned(), b"1".to_vec())));
        let head = requests.recv().unwrap();
        assert!(head.starts_with("POST /path?a=b HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("x-one: 1\r\n") && head.contains("content-length: 4\r\n"), "{head}");
        assert!(head.contains(&format!("host: {host}:{port}\r\n")), "{head}");
    }
}

#[tokio::test]
async fn a_name_with_one_forbidden_address_is_refused() {
    let (port, requests) = server(HERE, ok(b""), Duration::ZERO);
    let answers: [&[&str]; 2] = [&["93.184.215.14", HERE], &[HERE, "93.184.215.14"]];
    let client = client(&[], LIMITS, &answers);
    for _ in answers {
        let error = client.send(get(format!("http://name.example:{port}/"))).await.unwrap_err();
        let HttpError::Forbidden { host, address } = error else { panic!("{error}") };
        assert_eq!((host.as_str(), address.to_string().as_str()), ("name.example", HERE));
    }
    assert!(requests.try_recv().is_err(), "a connection was made");
}

#[tokio::test]
async fn a_connection_uses_the_address_that_was_checked() {
    let (port, first) = server(HERE, ok(b"first"), Duration::ZERO);
    let second = TcpListener::bind(("127.0.0.2", port)).unwrap();
    second.set_nonblocking(true).unwrap();
    let client = client(&[HERE], LIMITS, &[&[HERE], &["127.0.0.2"]]);
    let response = client.send(get(format!("http://name.example:{port}/"))).await.unwrap();
    assert_eq!(response.body, b"first");
    first.recv().unwrap();
    let error = client.send(get(format!("http://name.example:{port}/"))).await.unwrap_err();
    assert!(matches!(error, HttpError::Forbidden { .. }), "{error}");
    assert!(second.accept().is_err() && first.try_recv().is_err(), "a second connection was made");
}

#[tokio::test]
async fn a_redirect_is_a_response_and_not_followed() {
    let (target, followed) = server(HERE, ok(b""), Duration::ZERO);
    let redirect =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{HERE}:{target}/\r\nContent-Length: 0\r\n\r\n");
    let (port, _requests) = server(HERE, redirect.into_bytes(), Duration::ZERO);
    let client = client(&[HERE], LIMITS, &[&[HERE]]);
    let response = client.send(get(format!("http://{HERE}:{port}/"))).await.unwrap();
    assert_eq!(response.status, 302);
    assert!(followed.try_recv().is_err(), "the redirect was followed");
}

#[tokio::test]
async fn a_response_is_cut_at_its_limit() {
    let client = client(&[HERE], LIMITS, &[&[HERE]]);
    for (length, truncated) in [(20_000, false), (20_001, true), (1_000_000, true)] {
        let (port, _requests) = server(HERE, ok(&vec![b'x'; length]), Duration::ZERO);
        let response = client.send(get(format!("http://{HERE}:{port}/"))).await.unwrap();
        assert_eq!((response.body.len(), response.truncated), (20_000, truncated), "{length}");
    }
}

#[tokio::test]
async fn a_server_that_stalls_before_or_during_its_response_times_out() {
    let client = client(&[HERE], ExchangeLimits { total: Duration::from_millis(200), ..LIMITS }, &[&[HERE]]);
    for response in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"] {
        let (port, _requests) = server(HERE, response.to_vec(), Duration::from_secs(5));
        let error = client.send(get(format!("http://{HERE}:{port}/"))).await.unwrap_err();
        assert!(matches!(error, HttpError::Timeout { .. }), "{error:?}");
        assert_eq!(error.to_string(), "127.0.0.1 did not respond within 200 ms; try again later");
    }
}

#[tokio::test]
async fn a_failure_names_its_kind_and_no_secret_of_the_address() {
    let closed = TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
    let client = client(&[HERE], LIMITS, &[&[]]);
    let error = client.send(get(format!("http://u:hunter2@{HERE}:{closed}/hunter2"))).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    let error = client.send(get("http://name.example/")).await.unwrap_err();
    assert!(matches!(error, HttpError::Resolve { .. }), "{error:?}");
    let (port, _requests) = server(HERE, b"not http\r\n\r\n".to_vec(), Duration::ZERO);
    let error = client.send(get(format!("http://{HERE}:{port}/"))).await.unwrap_err();
    assert!(matches!(error, HttpError::Protocol { .. }), "{error:?}");
}

#[tokio::test]
async fn an_unsendable_request_is_refused_before_a_connection() {
    let (port, requests) = server(HERE, ok(b""), Duration::ZERO);
    let client = client(&[HERE], LIMITS, &[&[HERE]]);
    let base = get(format!("http://{HERE}:{port}/"));
    for url in ["ftp://name.example/", "file:///etc/passwd", "name.example", "http://", ""] {
        let error = client.send(get(url)).await.unwrap_err();
        assert!(matches!(error, HttpError::Url(_)), "{url}: {error:?}");
    }
    for method in ["CONNECT", "TRACE", "", "GET /"] {
        let error =
            client.send(OutgoingRequest { method: method.to_owned(), ..base.clone() }).await.unwrap_err();
        assert!(matches!(error, HttpError::Method(_)), "{method}: {error:?}");
    }
    for (name, value) in [
        ("Host", "a"),
        ("Content-Length", "1"),
        ("Transfer-Encoding", "chunked"),
        ("X", "a\r\nY: b"),
        ("X Y", "a"),
    ] {
        let headers = vec![(name.to_owned(), value.to_owned())];
        let error = client.send(OutgoingRequest { headers, ..base.clone() }).await.unwrap_err();
        assert!(matches!(error, HttpError::Header(_)), "{name}: {error:?}");
    }
    let error = client.send(OutgoingRequest { body: vec![0; 1_001], ..base }).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 1_000 }), "{error:?}");
    assert!(requests.try_recv().is_err(), "a connection was made");
}
