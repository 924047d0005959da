//! Measures signed calls per second over real sockets, against a bare handler under the same load in the same run, and
//! whether refusing an unknown code takes as long as refusing a wrong token.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::disallowed_methods, reason = "the bare server ends with the process")]

mod database;
mod load;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use jackfield_tests::{TestClient, TestHost};
use md5::{Digest, Md5};
use serde_json::json;
use tokio::net::TcpListener;

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REQUESTS: u32 = 20_000;

/// The number of refusals of each kind that are timed.
const REFUSALS: usize = 5_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(measure());
}

async fn measure() {
    println!("signed: POST, {} connections, requests a second", load::CONNECTIONS);
    let empty = rate(empty().await, "/").await;
    println!("  floor, empty handler                  {empty:8.0}");
    let host = TestHost::start_with(database::backend(), |config| config.signed.rate_per_second = 0).await;
    let admin = host.admin().await;
    host.place(&admin).await;
    let asked = json!({"name": "bench", "code": "bench", "free": true});
    let made = admin.post("/api/jackfield/v1/applications", asked).await.expect(201);
    let key = made["key"].as_str().expect("a key");
    let address: SocketAddr = host.url.trim_start_matches("http://").parse().expect("an address");
    for method in ["getGroupChats", "getChatUsers"] {
        let path = signed(method, "bench", key);
        // A refusal is 200 as well, so the first response is checked for success.
        assert_eq!(admin.post(&path, json!({})).await.expect(200)["result"], "success");
        let ours = rate(address, &path).await;
        println!("  ours, {method:<32}{ours:8.0}   {:5.2} of the floor", ours / empty);
    }
    let refused = rate(address, &signed("getGroupChats", "bench", "wrong")).await;
    println!("  ours, refused                         {refused:8.0}   {:5.2} of the floor", refused / empty);
    refusals(&host.anonymous(), key).await;
}

async fn refusals(client: &TestClient, key: &str) {
    let paths = [signed("getGroupChats", "unknown", key), signed("getGroupChats", "bench", "wrong")];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..REFUSALS {
        // The kinds alternate, so that other load on the machine affects both.
        for (path, times) in paths.iter().zip(&mut times) {
            let began = Instant::now();
            client.get(path).await.expect(200);
            times.push(began.elapsed());
        }
    }
    let [unknown, wrong] = times.map(median);
    let apart = (unknown.as_secs_f64() / wrong.as_secs_f64() - 1.0) * 100.0;
    println!("  refused: unknown code {unknown:?}, wrong token {wrong:?} (medians): {apart:+.1} %");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn rate(address: SocketAddr, path: &str) -> f64 {
    let request = load::Request { method: "POST", path, token: "", body: "{}", status: 200 };
    load::rate(address, &request, REQUESTS).await
}

async fn empty() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/", post(async || "ok"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn signed(method: &str, code: &str, key: &str) -> String {
    let query = format!("m=im&f={method}&code={code}");
    let hex = |text: String| data_encoding::HEXLOWER.encode(&Md5::digest(text.as_bytes()));
    let inner = hex(query.clone());
    format!("/api.php?{query}&token={}", hex(format!("{inner}{key}")))
}
