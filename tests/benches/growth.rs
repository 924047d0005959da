//! Measures the cost of one post and one page as a channel grows to a million posts; it should stay constant.
//! The pages are the newest one, the one before a post in the middle, and the same page requested by its number.
//!
//! The posts are copies that are written directly into the database, all in one channel.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

mod database;

use std::str::FromStr;
use std::time::{Duration, Instant};

use jackfield_tests::{Backend, Place, TestClient, TestHost};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [i64; 3] = [1_000, 100_000, 1_000_000];
const ROUNDS: usize = 300;

/// A page that is requested by its number is found by counting rows, which is slow, so a few rounds are enough.
const COUNTED_ROUNDS: usize = 11;

/// Every copy is older than the original post and has a lower id. `$numbers` selects the numbers from `$1` up to `$2`,
/// and `$id` makes an id of a number.
macro_rules! copies {
    ($numbers:literal, $id:literal) => {
        concat!(
            "with recursive n (i) as (",
            $numbers,
            ") insert into posts (id, channel_id, user_id, root_id, message, kind, props, pending_post_id, is_pinned, \
                reply_count, last_reply_at, create_at, update_at, edit_at, delete_at) \
            select ",
            $id,
            ", channel_id, user_id, root_id, message || ' ' || i, kind, props, '', is_pinned, \
                reply_count, last_reply_at, create_at - 2000000 + i, update_at - 2000000 + i, edit_at, delete_at \
            from n, posts where id = $3"
        )
    };
}

const SQLITE_COPIES: &str =
    copies!("select $1 union all select i + 1 from n where i + 1 < $2", "printf('%026d', i)");
const POSTGRES_COPIES: &str =
    copies!("select generate_series($1::bigint, $2::bigint - 1)", "lpad(i::text, 26, '0')");

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(measure());
}

async fn measure() {
    let host = TestHost::start(database::backend()).await;
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    let first = post(&admin, &place).await;
    println!("growth: {:?}, one request after the other, median microseconds", database::backend());
    println!(
        "  {:>12} {:>12} {:>12} {:>12} {:>12}",
        "posts", "post", "newest page", "page before", "by number"
    );
    let mut there = 0;
    for size in SIZES {
        fill(&host, there, size, &first).await;
        there = size;
        let posting = median(ROUNDS, async || drop(post(&admin, &place).await)).await;
        let newest = page(&admin, &place, "page=0", ROUNDS).await;
        let middle = page(&admin, &place, &format!("before={:026}", size / 2), ROUNDS).await;
        let counted = page(&admin, &place, &format!("page={}", size / 120), COUNTED_ROUNDS).await;
        println!("  {size:>12} {posting:>12} {newest:>12} {middle:>12} {counted:>12}");
    }
}

async fn post(by: &TestClient, place: &Place) -> String {
    let asked = json!({"channel_id": place.channel_id, "message": "The build of main passed in 4 minutes."});
    by.post("/api/v4/posts", asked).await.expect(201)["id"].as_str().expect("an id").to_owned()
}

async fn page(by: &TestClient, place: &Place, which: &str, rounds: usize) -> u128 {
    let path = format!("/api/v4/channels/{}/posts?{which}&per_page=60", place.channel_id);
    median(rounds, async || {
        let posts = by.get(&path).await.expect(200);
        assert_eq!(posts["order"].as_array().map(Vec::len), Some(60));
    })
    .await
}

async fn fill(host: &TestHost, from: i64, to: i64, copied: &str) {
    match host.backend {
        Backend::Sqlite => {
            let options = SqliteConnectOptions::from_str(host.database_url()).expect("an address");
            let options = options.busy_timeout(Duration::from_mins(1));
            let mut database = options.connect().await.expect("the database");
            let copying = sqlx::query(SQLITE_COPIES).bind(from).bind(to).bind(copied);
            copying.execute(&mut database).await.expect("copies");
        }
        Backend::Postgres => {
            let mut database = PgConnection::connect(host.database_url()).await.expect("the database");
            let copying = sqlx::query(POSTGRES_COPIES).bind(from).bind(to).bind(copied);
            copying.execute(&mut database).await.expect("copies");
            // A server in use has statistics; the test's has no autovacuum.
            sqlx::query("analyze posts").execute(&mut database).await.expect("statistics");
        }
    }
}

async fn median(rounds: usize, request: impl AsyncFn()) -> u128 {
    let mut took = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let began = Instant::now();
        request().await;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    took[rounds / 2].as_micros()
}
