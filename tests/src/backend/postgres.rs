//! PostgreSQL databases, cloned from a template that is migrated once per server. A clone takes milliseconds; running
//! the migrations for each test takes longer.

use std::fmt::Write;
use std::path::Path;

use jackfield::secret::{random_id, sha256_hex};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

const VARIABLE: &str = "JACKFIELD_TEST_POSTGRES";

/// Serialises creating the template, so that only one of several test programs creates it.
const TEMPLATE_LOCK: i64 = 0x6a61_636b;

/// The template's name, set once this process knows that the template is ready.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A database with the current schema. It is dropped together with this value.
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
    /// Drops the database on a separate thread, because the value may be dropped inside the test's runtime.
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
        // A failing test already reports its own error.
        assert!(dropped || std::thread::panicking(), "the test's database {} was not dropped", self.name);
    }
}

/// Creates the template if it is missing. A template that was left incomplete still accepts connections, a finished one
/// does not.
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
        // PostgreSQL cannot clone a database that has open connections.
        let ended = sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1");
        ended.bind(&name).execute(&mut server).await.expect("the template's connections end");
    }
    close(server).await;
    name
}

/// Returns a digest of all migrations, so that each version of the schema gets its own template.
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

/// Returns the server's address with the database replaced.
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
