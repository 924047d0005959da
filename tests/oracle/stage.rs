//! One server per database, shared by all stories that run at the same time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jackfield_tests::{Backend, TestHost};
use tokio::runtime::Runtime;
use tokio::sync::RwLock;

use super::cast::Cast;
use super::receiver::Receiver;

/// The network of this machine, which the server may send requests to.
const LOOPBACK: &str = "127.0.0.0/8";

/// A server, and what its stories share.
pub(super) struct Stage {
    pub(super) host: TestHost,
    pub(super) receiver: Receiver,
    /// Held by each story; a story with sockets holds it alone.
    pub(super) turn: RwLock<()>,
    /// Accounts that earlier stories of a file have left as they were.
    casts: Mutex<BTreeMap<&'static str, Vec<Cast>>>,
    /// Declared last, so that everything that uses it is dropped before.
    runtime: Runtime,
}

/// The stage of each database. It ends with the last story that plays on it, so that its database is removed; the
/// names of the tests keep the stories of one database together.
static SQLITE: Mutex<Weak<Stage>> = Mutex::new(Weak::new());
static POSTGRES: Mutex<Weak<Stage>> = Mutex::new(Weak::new());

/// Returns the stage of a database, and sets it if no other story uses it.
pub(super) fn enter(backend: Backend) -> Arc<Stage> {
    let stages = match backend {
        Backend::Sqlite => &SQLITE,
        Backend::Postgres => &POSTGRES,
    };
    let mut present = stages.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(stage) = present.upgrade() {
        return stage;
    }
    let stage = Arc::new(Stage::set(backend));
    *present = Arc::downgrade(&stage);
    stage
}

impl Stage {
    fn set(backend: Backend) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (host, receiver) = runtime.block_on(async {
            let host = TestHost::start_with(backend, |config| {
                config.server.rate_per_second = 0;
                config.egress.allow_networks = vec![LOOPBACK.parse().expect("a network")];
            });
            (host.await, Receiver::start().await)
        });
        Self { host, receiver, turn: RwLock::default(), casts: Mutex::default(), runtime }
    }

    /// Runs a story on the stage's runtime, where its server and its connections live.
    pub(super) fn run<T>(&self, story: impl Future<Output = T>) -> T {
        self.runtime.block_on(story)
    }

    /// Returns accounts of a file's earlier story, or new ones.
    pub(super) async fn cast(&self, file: &'static str) -> Cast {
        let free = self.casts().get_mut(file).and_then(Vec::pop);
        match free {
            Some(cast) => cast,
            None => Cast::create(&self.host).await,
        }
    }

    /// Keeps the accounts of a story that passed for the next one of its file.
    pub(super) fn keep(&self, file: &'static str, cast: Cast) {
        self.casts().entry(file).or_default().push(cast);
    }

    fn casts(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Vec<Cast>>> {
        self.casts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
