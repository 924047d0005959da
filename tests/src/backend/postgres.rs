//! PostgreSQL databases cloned from a template that is migrated once per server: a clone takes milliseconds,
//! migrating anew for each test would not.

use std::fmt::Write;
use std::path::Path;

use jackfield::secret::{random_id, sha256_hex};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

const VARIABLE: &str = "JACKFIELD_TEST_POSTGRES";

/// Held while the template is made, so that of several test programs one makes it.
const TEMPLATE_LOCK: i64 = 0x6a61_636b;

/// The template's name, once this process has seen that it is ready.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A database with this version's schema, dropped with this value.
#[derive(Debug)]
pub(super) struct Clone {
    name: String,
}

impl Clone {
    pub(super) async fn make() -> Self {
        let template = TEMPLATE.get_or_init(template).await;
        let name = format!("jf_{}", random_id());
        let mut server = connect().await;
        execute(&mut server, format!("create database {name} template {template}")).await;
        close(server).await;
        Self { name }
    }

    pub(super) fn url(&self) -> String {
        url_of(&self.name)
    }
}

impl Drop for Clone {
    /// On a thread of its own: the test's runtime may be the one that is dropping this.
    fn drop(&mut self) {
        let sql = format!("drop database if exists {} with (force)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let mut server = connect().await;
                execute(&mut server, sql).await;
                close(server).await;
            });
        });
        let dropped = dropping.join().is_ok();
        // A test that is failing already tells why it does.
        assert!(dropped || std::thread::panicking(), "the test's database {} was not dropped", self.name);
    }
}

/// Makes the template unless it is there. One that was left half made accepts connections still; that tells it from
/// a finished one.
async fn template() -> String {
    let name = format!("jf_template_{}", &migrations_digest()[..16]);
    let mut server = connect().await;
    let locked = sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut server).await;
    locked.expect("an advisory lock");
    let open: Option<bool> = sqlx::query_scalar("select datallowconn from pg_database where datname = $1")
        .bind(&name)
        .fetch_optional(&mut server)
        .await
        .expect("the list of databases");
    if open != Some(false) {
        execute(&mut server, format!("drop database if exists {name} with (force)")).await;
        execute(&mut server, format!("create database {name}")).await;
        let store =
            Store::open(&url_of(&name), 1, &Tasks::default()).await.expect("the template is migrated");
        drop(store);
        execute(&mut server, format!("alter database {name} with allow_connections false")).await;
        // PostgreSQL does not clone a database that has connections.
        let ended = sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1");
        ended.bind(&name).execute(&mut server).await.expect("the template's connections end");
    }
    close(server).await;
    name
}

/// Of all migrations: a template of another version has another name.
fn migrations_digest() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/postgres");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of migrations")
        .map(|entry| entry.expect("a migration").path())
        .collect();
    files.sort();
    let mut all = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a migration's text");
        writeln!(all, "{}\n{text}", file.display()).expect("writing to a string");
    }
    sha256_hex(all.as_bytes())
}

async fn connect() -> PgConnection {
    let url = server_url();
    match PgConnection::connect(&url).await {
        Ok(connection) => connection,
        Err(error) => panic!("no PostgreSQL server at {VARIABLE}: {error}"),
    }
}

async fn execute(server: &mut PgConnection, sql: String) {
    if let Err(error) = server.execute(AssertSqlSafe(sql.clone())).await {
        panic!("`{sql}`: {error}");
    }
}

async fn close(server: PgConnection) {
    server.close().await.expect("the connection closes");
}

/// The server's address with another database.
fn url_of(database: &str) -> String {
    let url = server_url();
    let (address, options) = url.split_once('?').map_or((url.as_str(), None), |(a, o)| (a, Some(o)));
    let server = address.rsplit_once('/').map_or(address, |(server, _)| server);
    match options {
        Some(options) => format!("{server}/{database}?{options}"),
        None => format!("{server}/{database}"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the chores tell tests in the environment which server is theirs"
)]
fn server_url() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!("run `cargo xtask test`, or set {VARIABLE}=postgres://USER@HOST:PORT/postgres")
    })
}
