//! Incoming webhooks a second over real sockets, beside bare handlers under the same load in the same run.
//!
//! Load and server share this machine's cores in every row, so the rows compare; the figures alone say little.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

mod floor;
mod load;

use std::net::SocketAddr;

use jackfield_tests::{Backend, TestHost};
use serde_json::json;

const REQUESTS: u32 = 20_000;
/// The slow floor gets fewer, so that it does not take most of the run.
const REQUESTS_ONE_BY_ONE: u32 = 4_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(measure());
}

async fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("ingest: POST, {} connections, requests a second", load::CONNECTIONS);
    let empty = rate(floor::empty().await, "/", REQUESTS).await;
    println!("  floor, empty handler                  {empty:8.0}");
    let single = rate(floor::one_by_one(folder.path()).await, "/", REQUESTS_ONE_BY_ONE).await;
    println!("  floor, a synced insert per request    {single:8.0}");
    let grouped = rate(floor::grouped(folder.path()).await, "/", REQUESTS).await;
    println!("  floor, group-committing writer        {grouped:8.0}");
    let host = TestHost::start(Backend::Sqlite).await;
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    let asked = json!({"channel_id": place.channel_id, "display_name": "bench"});
    let hook = admin.post("/api/v4/hooks/incoming", asked).await.expect(201);
    let path = format!("/hooks/{}", hook["id"].as_str().expect("a hook has an id"));
    let address: SocketAddr = host.url.trim_start_matches("http://").parse().expect("an address");
    let ours = rate(address, &path, REQUESTS).await;
    println!("  ours, POST /hooks/{{id}}                {ours:8.0}");
    println!("  ours / synced insert                  {:8.2}", ours / single);
    println!("  ours / group-committing writer        {:8.2}", ours / grouped);
}

async fn rate(address: SocketAddr, path: &str, requests: u32) -> f64 {
    let body = r#"{"text":"The build of main passed in 4 minutes."}"#;
    let request = load::Request { path, token: "", body, status: 200 };
    load::rate(address, &request, requests).await
}
