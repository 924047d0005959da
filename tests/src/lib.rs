//! The test harness: a whole host, or its store alone, on either database, and clients that use its public
//! interfaces.
//!
//! [`each_backend!`] turns one test into two. The clock is stopped until a test moves [`TestHost::clock`]; nothing
//! here sleeps. A test waits for a response or a frame; [`soon`] keeps a broken test from hanging.

mod backend;
mod client;
mod host;
mod place;
mod plugin;
mod response;
mod socket;
mod store;

use std::time::Duration;

use jackfield::clock::Clock;
use jackfield::model::Timestamp;

pub use backend::{Backend, TestDatabase};
pub use client::TestClient;
pub use host::TestHost;
pub use place::Place;
pub use plugin::plugin_file;
pub use response::TestResponse;
pub use socket::{Message, TestSocket};
pub use store::TestStore;

/// The time at which every test's clock starts, in Unix milliseconds: 2026-01-02T03:04:05Z.
pub const START_MILLIS: i64 = 1_767_323_045_000;

/// The longest that a test waits for anything before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A value that [`each_backend!`] can pass to a test.
pub trait Fixture: Sized {
    fn begin(backend: Backend) -> impl Future<Output = Self>;
}

/// Returns a clock that is stopped at [`START_MILLIS`].
pub fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(START_MILLIS))
}

/// Awaits a future. Panics with `what` if it takes longer than 30 seconds.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(PATIENCE, future).await else {
        panic!("{what}: nothing after {} s", PATIENCE.as_secs());
    };
    value
}

/// Defines a test that runs on SQLite and on PostgreSQL. Its argument is a [`Fixture`]: a [`TestHost`] or a
/// [`TestStore`].
///
/// ```ignore
/// each_backend! {
///     async fn the_first_account_becomes_an_administrator(host: TestHost) { .. }
/// }
///
/// each_backend! {
///     with |config| { config.hooks.incoming = false }
///     async fn disabled_hooks_return_501(host: TestHost) { .. }
/// }
/// ```
#[macro_export]
macro_rules! each_backend {
    (
        with |$config:ident| $change:block
        $(#[$attribute:meta])*
        async fn $name:ident($($argument:tt)*) $body:block
    ) => {
        $crate::each_backend! {
            @ [$(#[$attribute])*] $name ($($argument)*) $body
            |backend, test| {
                $crate::run_with(backend, |$config: &mut ::jackfield::config::Config| $change, test)
            }
        }
    };
    ($(#[$attribute:meta])* async fn $name:ident($($argument:tt)*) $body:block) => {
        $crate::each_backend! {
            @ [$(#[$attribute])*] $name ($($argument)*) $body
            |backend, test| { $crate::run(backend, test) }
        }
    };
    (@ [$($attribute:tt)*] $name:ident ($($argument:tt)*) $body:block |$backend:ident, $test:ident| $run:block) => {
        $($attribute)*
        async fn $name($($argument)*) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let ($backend, $test) = ($crate::Backend::Sqlite, super::$name);
                $run.await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let ($backend, $test) = ($crate::Backend::Postgres, super::$name);
                $run.await;
            }
        }
    };
}

#[doc(hidden)]
pub async fn run<F: Fixture, T: Future<Output = ()>>(backend: Backend, test: impl FnOnce(F) -> T) {
    test(F::begin(backend).await).await;
}

#[doc(hidden)]
pub async fn run_with<T: Future<Output = ()>>(
    backend: Backend,
    change: impl FnOnce(&mut jackfield::config::Config),
    test: impl FnOnce(TestHost) -> T,
) {
    test(TestHost::start_with(backend, change).await).await;
}
