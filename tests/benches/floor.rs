//! Bare axum handlers that write one row to disk per request: the upper bound for a host's throughput.

#![expect(clippy::disallowed_methods, reason = "these servers end with the process")]

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

const INSERT: &str = "insert into rows (body) values ($1)";

/// The maximum number of rows per transaction, the same as the host's.
const BATCH: usize = jackfield::store::MAX_BATCH;

type Row = (String, oneshot::Sender<()>);

/// Runs one synced insert per request.
pub(crate) async fn one_by_one(folder: &Path) -> SocketAddr {
    let options = options(folder, "one.db");
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a database");
    create(&mut pool.acquire().await.expect("a connection")).await;
    serve(Router::new().route("/", post(insert)).with_state(pool)).await
}

/// Hands the rows of all requests to one writer, which commits the waiting rows in a batch.
pub(crate) async fn grouped(folder: &Path) -> SocketAddr {
    let mut connection = options(folder, "grouped.db").connect().await.expect("a database");
    create(&mut connection).await;
    let (queue, rows) = mpsc::channel(4096);
    tokio::spawn(write(connection, rows));
    serve(Router::new().route("/", post(hand_over)).with_state(queue)).await
}

/// Serves an empty handler, which shows the cost of sockets and axum alone.
pub(crate) async fn empty() -> SocketAddr {
    serve(Router::new().route("/", post(async || "ok"))).await
}

fn options(folder: &Path, name: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join(name))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
}

async fn create(connection: &mut SqliteConnection) {
    let table = "create table rows (id integer primary key, body text not null) strict";
    sqlx::query(table).execute(connection).await.expect("a table");
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn insert(State(pool): State<SqlitePool>, body: String) -> &'static str {
    sqlx::query(INSERT).bind(body).execute(&pool).await.expect("the row is written");
    "ok"
}

async fn hand_over(State(queue): State<mpsc::Sender<Row>>, body: String) -> &'static str {
    let (done, written) = oneshot::channel();
    queue.send((body, done)).await.expect("the writer runs");
    written.await.expect("the row is written");
    "ok"
}

async fn write(mut connection: SqliteConnection, mut rows: mpsc::Receiver<Row>) {
    let mut batch = Vec::with_capacity(BATCH);
    while rows.recv_many(&mut batch, BATCH).await > 0 {
        sqlx::query("begin immediate").execute(&mut connection).await.expect("a transaction");
        let mut written = Vec::with_capacity(batch.len());
        for (body, done) in batch.drain(..) {
            sqlx::query(INSERT).bind(body).execute(&mut connection).await.expect("the row is written");
            written.push(done);
        }
        sqlx::query("commit").execute(&mut connection).await.expect("the commit");
        for done in written {
            done.send(()).expect("the request waits");
        }
    }
}
