//! Bare axum handlers that write one row to disk per request: the upper bound for a host's throughput.

#![expect(clippy::disallowed_methods, reason = "these servers end with the process")]

use std::net::SocketAddr;
use std::str::FromStr;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use jackfield_tests::TestDatabase;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, SqliteConnection, SqlitePool};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

const SQLITE_TABLE: &str = "create table rows (id integer primary key, body text not null) strict";
const POSTGRES_TABLE: &str = "create table rows (id bigserial primary key, body text not null)";
const INSERT: &str = "insert into rows (body) values ($1)";
const INSERT_MANY: &str = "insert into rows (body) select unnest($1::text[])";

/// The maximum number of rows per transaction, the same as the host's.
const BATCH: usize = jackfield::store::MAX_BATCH;

/// As many as a host's pool has.
const CONNECTIONS: u32 = 16;

type Row = (String, oneshot::Sender<()>);

/// Runs one synced insert per request.
pub(crate) async fn one_by_one(database: &TestDatabase) -> SocketAddr {
    if is_postgres(database) {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(database.url()).await;
        let pool = pool.expect("a database");
        sqlx::query(POSTGRES_TABLE).execute(&pool).await.expect("a table");
        return serve(Router::new().route("/", post(insert_postgres)).with_state(pool)).await;
    }
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options(database)).await;
    let pool = pool.expect("a database");
    sqlx::query(SQLITE_TABLE).execute(&pool).await.expect("a table");
    serve(Router::new().route("/", post(insert_sqlite)).with_state(pool)).await
}

/// Hands the rows of all requests to one writer, which commits the waiting rows in a batch.
pub(crate) async fn grouped(database: &TestDatabase) -> SocketAddr {
    let (queue, rows) = mpsc::channel(4096);
    if is_postgres(database) {
        let mut connection = PgConnection::connect(database.url()).await.expect("a database");
        sqlx::query(POSTGRES_TABLE).execute(&mut connection).await.expect("a table");
        tokio::spawn(write_postgres(connection, rows));
    } else {
        let mut connection = options(database).connect().await.expect("a database");
        sqlx::query(SQLITE_TABLE).execute(&mut connection).await.expect("a table");
        tokio::spawn(write_sqlite(connection, rows));
    }
    serve(Router::new().route("/", post(hand_over)).with_state(queue)).await
}

/// Serves an empty handler, which shows the cost of sockets and axum alone.
pub(crate) async fn empty() -> SocketAddr {
    serve(Router::new().route("/", post(async || "ok"))).await
}

fn is_postgres(database: &TestDatabase) -> bool {
    database.url().starts_with("postgres")
}

fn options(database: &TestDatabase) -> SqliteConnectOptions {
    SqliteConnectOptions::from_str(database.url())
        .expect("an address")
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn insert_sqlite(State(pool): State<SqlitePool>, body: String) -> &'static str {
    sqlx::query(INSERT).bind(body).execute(&pool).await.expect("the row is written");
    "ok"
}

async fn insert_postgres(State(pool): State<PgPool>, body: String) -> &'static str {
    sqlx::query(INSERT).bind(body).execute(&pool).await.expect("the row is written");
    "ok"
}

async fn hand_over(State(queue): State<mpsc::Sender<Row>>, body: String) -> &'static str {
    let (done, written) = oneshot::channel();
    queue.send((body, done)).await.expect("the writer runs");
    written.await.expect("the row is written");
    "ok"
}

async fn write_sqlite(mut connection: SqliteConnection, mut rows: mpsc::Receiver<Row>) {
    let mut batch = Vec::with_capacity(BATCH);
    while rows.recv_many(&mut batch, BATCH).await > 0 {
        sqlx::query("begin immediate").execute(&mut connection).await.expect("a transaction");
        let mut waiting = Vec::with_capacity(batch.len());
        for (body, done) in batch.drain(..) {
            sqlx::query(INSERT).bind(body).execute(&mut connection).await.expect("the row is written");
            waiting.push(done);
        }
        sqlx::query("commit").execute(&mut connection).await.expect("the commit");
        waiting.into_iter().for_each(finish);
    }
}

async fn write_postgres(mut connection: PgConnection, mut rows: mpsc::Receiver<Row>) {
    let mut batch = Vec::with_capacity(BATCH);
    while rows.recv_many(&mut batch, BATCH).await > 0 {
        let (bodies, waiting): (Vec<String>, Vec<_>) = batch.drain(..).unzip();
        sqlx::query(INSERT_MANY).bind(bodies).execute(&mut connection).await.expect("the rows are written");
        waiting.into_iter().for_each(finish);
    }
}

fn finish(done: oneshot::Sender<()>) {
    done.send(()).expect("the request waits");
}
