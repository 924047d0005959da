//! Measures posts per second over REST, against a bare handler that echoes its body under the same load in one run.
//!
//! Load and server share the machine's cores in both rows, so only the ratio between them is meaningful.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

mod database;
mod load;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::post;
use jackfield_tests::TestHost;
use load::Request;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REQUESTS: u32 = 10_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(measure());
}

async fn measure() {
    println!(
        "posting: POST, {} connections, {:?}, requests a second",
        load::CONNECTIONS,
        database::backend()
    );
    let host = TestHost::start(database::backend()).await;
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    let body = json!({"channel_id": place.channel_id, "message": "The build of main passed in 4 minutes."})
        .to_string();
    let mut floor = JoinSet::new();
    let address = echo(&mut floor).await;
    let echoing = Request { method: "POST", path: "/", token: "", body: &body, status: 200 };
    let echoed = load::rate(address, &echoing, REQUESTS).await;
    println!("  floor, echo                           {echoed:8.0}");
    let address: SocketAddr = host.url.trim_start_matches("http://").parse().expect("an address");
    let request =
        Request { method: "POST", path: "/api/v4/posts", token: admin.token(), body: &body, status: 201 };
    let ours = load::rate(address, &request, REQUESTS).await;
    println!("  ours, POST /api/v4/posts              {ours:8.0}");
    println!("  ours / echo                           {:8.2}", ours / echoed);
}

async fn echo(servers: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/", post(async |body: String| body));
    servers.spawn(async move { axum::serve(listener, router).await.expect("the floor serves") });
    address
}
