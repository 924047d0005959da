//! Measures requests that clients make all day, per second over real sockets: the signed-in account, a page of posts
//! and a slash command of a plugin, against a bare echo and a bare prepared select under the same load in the same run.
//!
//! Load and server share the machine's cores in every row, so only the ratios between rows are meaningful.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::disallowed_methods, reason = "the bare servers end with the process")]

mod database;
mod load;

use std::net::SocketAddr;
use std::str::FromStr;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use jackfield_tests::{Backend, TestHost};
use load::Request;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{PgPool, SqlitePool};
use tokio::net::TcpListener;

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REQUESTS: u32 = 10_000;

/// A page has about 40 KB, so fewer are enough.
const PAGES: u32 = 3_000;
const POSTS: usize = 60;

/// What the bare select reads: an account by its id, as `users/me` needs it.
const SELECT: &str = "select username from users where id = $1";

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(measure());
}

async fn measure() {
    let host = TestHost::start(database::backend()).await;
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    host.install(&admin, "dice").await;
    for number in 0..POSTS {
        let text = format!("The build of main passed in {number} minutes.");
        let post = json!({"channel_id": place.channel_id, "message": text});
        admin.post("/api/v4/posts", post).await.expect(201);
    }
    let address: SocketAddr = host.url.trim_start_matches("http://").parse().expect("an address");
    let page = format!("/api/v4/channels/{}/posts?per_page={POSTS}", place.channel_id);
    let command = json!({"channel_id": place.channel_id, "command": "/roll 2d6"}).to_string();
    let ours = Request { method: "GET", path: "", token: admin.token(), body: "", status: 200 };
    let bare = Request { path: "/", token: "", ..ours };
    println!("requests: {} connections, {:?}, requests a second", load::CONNECTIONS, database::backend());
    let echo = load::rate(serve(Router::new().route("/", get(async || "ok"))).await, &bare, REQUESTS).await;
    println!("  floor, empty handler                  {echo:8.0}");
    let select = load::rate(select(&host, admin.id()).await, &bare, REQUESTS).await;
    println!("  floor, one prepared select            {select:8.0}");
    for (request, count) in [
        (Request { path: "/api/v4/users/me", ..ours }, REQUESTS),
        (Request { path: &page, ..ours }, PAGES),
        (Request { method: "POST", path: "/api/v4/commands/execute", body: &command, ..ours }, PAGES),
    ] {
        let rate = load::rate(address, &request, count).await;
        let name = request.path.split(['?']).next().unwrap_or_default().replace(&place.channel_id, "{id}");
        println!(
            "  ours, {name:<32}{rate:8.0}   {:5.2} of the echo, {:5.2} of the select",
            rate / echo,
            rate / select
        );
    }
}

/// Serves one select of the account by its id, with as many connections as a host has.
async fn select(host: &TestHost, id: &str) -> SocketAddr {
    let pool = match host.backend {
        Backend::Sqlite => {
            let options = SqliteConnectOptions::from_str(host.database_url()).expect("an address");
            Pool::Sqlite(SqlitePool::connect_with(options).await.expect("the database"))
        }
        Backend::Postgres => {
            Pool::Postgres(PgPool::connect(host.database_url()).await.expect("the database"))
        }
    };
    let state = (pool, id.to_owned());
    serve(Router::new().route("/", get(username)).with_state(state)).await
}

async fn username(State((pool, id)): State<(Pool, String)>) -> String {
    let name = match &pool {
        Pool::Sqlite(pool) => sqlx::query_scalar(SELECT).bind(id).fetch_one(pool).await,
        Pool::Postgres(pool) => sqlx::query_scalar(SELECT).bind(id).fetch_one(pool).await,
    };
    name.expect("the account is there")
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
