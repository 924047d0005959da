//! Measures incoming webhooks per second over real sockets, against bare handlers under the same load in the same run.
//!
//! Load and server share the machine's cores in every row, so only the ratios between rows are meaningful.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

mod database;
mod floor;
mod load;

use std::net::SocketAddr;

use jackfield_tests::{TestDatabase, TestHost};
use serde_json::json;

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The number of measurements, each on new files; the median of each row is printed. The speed of a shared disk varies
/// from one second to the next.
const ROUNDS: usize = 5;

const REQUESTS: u32 = 20_000;
/// The slow floor gets fewer requests, so that it does not take most of the run.
const REQUESTS_ONE_BY_ONE: u32 = 4_000;

/// Returns the requests per second.
struct Round {
    empty: f64,
    single: f64,
    grouped: f64,
    ours: f64,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    println!(
        "ingest: POST, {} connections, {:?}, requests a second, the middle of {ROUNDS} rounds",
        load::CONNECTIONS,
        database::backend()
    );
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| runtime.block_on(measure())).collect();
    println!("  floor, empty handler                  {:8.0}", middle(&rounds, |round| round.empty));
    println!("  floor, a synced insert per request    {:8.0}", middle(&rounds, |round| round.single));
    println!("  floor, group-committing writer        {:8.0}", middle(&rounds, |round| round.grouped));
    println!("  ours, POST /hooks/{{id}}                {:8.0}", middle(&rounds, |round| round.ours));
    println!(
        "  ours / synced insert                  {:8.2}",
        middle(&rounds, |round| round.ours / round.single)
    );
    let ratio = |round: &Round| round.ours / round.grouped;
    println!("  ours / group-committing writer        {:8.2}", middle(&rounds, ratio));
    let all: Vec<String> = rounds.iter().map(|round| format!("{:.2}", ratio(round))).collect();
    println!("    in each round                       {}", all.join("  "));
}

fn middle(rounds: &[Round], figure: impl Fn(&Round) -> f64) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

async fn measure() -> Round {
    let databases =
        [TestDatabase::make(database::backend()).await, TestDatabase::make(database::backend()).await];
    let empty = rate(floor::empty().await, "/", REQUESTS).await;
    let single = rate(floor::one_by_one(&databases[0]).await, "/", REQUESTS_ONE_BY_ONE).await;
    let grouped = rate(floor::grouped(&databases[1]).await, "/", REQUESTS).await;
    let mut host = TestHost::start(database::backend()).await;
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    let asked = json!({"channel_id": place.channel_id, "display_name": "bench"});
    let hook = admin.post("/api/v4/hooks/incoming", asked).await.expect(201);
    let path = format!("/hooks/{}", hook["id"].as_str().expect("a hook has an id"));
    let address: SocketAddr = host.url.trim_start_matches("http://").parse().expect("an address");
    let ours = rate(address, &path, REQUESTS).await;
    host.stop().await;
    Round { empty, single, grouped, ours }
}

async fn rate(address: SocketAddr, path: &str, requests: u32) -> f64 {
    let body = r#"{"text":"The build of main passed in 4 minutes."}"#;
    let request = load::Request { method: "POST", path, token: "", body, status: 200 };
    load::rate(address, &request, requests).await
}
