//! The store alone, opened on a new database for each test.

use std::ops::Deref;

use jackfield::clock::Clock;
use jackfield::shutdown::Tasks;
use jackfield::store::Store;

use crate::{Backend, Fixture, TestDatabase, clock, soon};

/// The number of connections of a tested store, small enough for tests to run out of them.
const CONNECTIONS: u32 = 4;

/// A [`Store`], and the clock from which its test takes ids and timestamps.
#[derive(Debug)]
pub struct TestStore {
    store: Store,
    tasks: Tasks,
    pub clock: Clock,
    pub backend: Backend,
    database: TestDatabase,
}

impl Fixture for TestStore {
    async fn begin(backend: Backend) -> Self {
        let database = TestDatabase::make(backend).await;
        let tasks = Tasks::default();
        let store = open(&database, &tasks).await;
        Self { store, tasks, clock: clock(), backend, database }
    }
}

impl TestStore {
    /// Returns the value of the option `database.url`.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// Closes the store as a stopping server does, and opens it again on the same database. Panics if a clone of the
    /// store still exists, because the writing task would wait for it.
    pub async fn reopen(self) -> Self {
        let Self { store, tasks, clock, backend, database } = self;
        drop(store);
        tasks.stop();
        soon("the store's tasks end", tasks.finished()).await;
        let tasks = Tasks::default();
        let store = open(&database, &tasks).await;
        Self { store, tasks, clock, backend, database }
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

async fn open(database: &TestDatabase, tasks: &Tasks) -> Store {
    match Store::open(database.url(), CONNECTIONS, tasks).await {
        Ok(store) => store,
        Err(error) => panic!("the store does not open: {error:?}"),
    }
}
