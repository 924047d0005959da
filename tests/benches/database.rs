//! The database of the measured server.

use jackfield_tests::Backend;

/// Tells which database the server uses: `sqlite` if it is not set, or `postgres`.
const DATABASE: &str = "JACKFIELD_BENCH_DATABASE";

/// Returns the database to measure.
#[expect(clippy::disallowed_methods, reason = "a measurement has no configuration but this variable")]
pub(crate) fn backend() -> Backend {
    match std::env::var(DATABASE).as_deref() {
        Ok("postgres") => Backend::Postgres,
        Ok("sqlite") | Err(_) => Backend::Sqlite,
        Ok(other) => panic!("{DATABASE} is `{other}`; set it to `sqlite` or `postgres`"),
    }
}
