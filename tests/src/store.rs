//! The store alone, opened on a database of the test's own.

use std::ops::Deref;

use jackfield::clock::Clock;
use jackfield::shutdown::Tasks;
use jackfield::store::Store;

use crate::{Backend, Fixture, TestDatabase, clock, soon};

/// Connections of a store under test: few, so that tests also see them run out.
const CONNECTIONS: u32 = 4;

/// A [`Store`], and the clock its test makes ids and moments with.
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
    /// As the option `database.url` has it.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// Closes the store as a server that stops does, and opens it again on the same database. Panics when a clone of
    /// the store is still about, because the writing task would wait for that.
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
