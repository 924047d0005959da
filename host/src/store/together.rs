//! Reads that many requests ask for at the same moment.
//!
//! What is asked while a read is under way is answered by the next one, all of it together: a burst costs few
//! statements, and nobody is told anything older than their question.
//!
//! On SQLite what was read is remembered until this process writes something that may change it, which its one writer
//! knows. What another process writes, such as `jackfield admin`, is seen within [`REMEMBERED`]. On PostgreSQL nothing
//! is remembered: other nodes write there.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use super::writer::Written;
use super::{Db, StoreError};
use crate::shutdown::Tasks;

/// Most questions that one read answers.
const MAX_TOGETHER: usize = 256;

/// Questions that may wait; past it callers wait for a place in the queue.
const QUEUE: usize = 4096;

/// How long anything is remembered at most.
const REMEMBERED: Duration = Duration::from_secs(1);

/// How much is remembered at most, by [`Readable::weight`]. Past it everything is forgotten.
const MOST_REMEMBERED: usize = 16_384;

/// What can be read for many keys at once. Posts, and what comes with them, must not change it.
pub(super) trait Readable: Send + Sync + Sized + 'static {
    type Key: Eq + Hash + Clone + Send + 'static;

    /// How many rows it was made of.
    fn weight(&self) -> usize;

    /// What there is of these keys, each once.
    fn read(
        db: &Db,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self>, StoreError>> + Send;
}

/// Asks for a `T`. Cheap to clone.
pub(super) struct Together<T: Readable> {
    questions: mpsc::Sender<Question<T>>,
    remembered: Remembered<T>,
}

type Question<T> = (<T as Readable>::Key, oneshot::Sender<Result<Option<Arc<T>>, StoreError>>);

impl<T: Readable> Together<T> {
    /// Starts the task that reads; it ends when the last handle is dropped.
    pub(super) fn start(db: Db, tasks: &Tasks) -> Self {
        let (questions, asked) = mpsc::channel(QUEUE);
        let remembered = Remembered::of(&db);
        tasks.spawn(answer(db, asked, remembered.clone()));
        Self { questions, remembered }
    }

    pub(super) async fn get(&self, key: &T::Key) -> Result<Option<Arc<T>>, StoreError> {
        if let Some(known) = self.remembered.get(key) {
            return Ok(Some(known));
        }
        let (answer, answered) = oneshot::channel();
        self.questions.send((key.clone(), answer)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

impl<T: Readable> Clone for Together<T> {
    fn clone(&self) -> Self {
        Self { questions: self.questions.clone(), remembered: self.remembered.clone() }
    }
}

async fn answer<T: Readable>(db: Db, mut questions: mpsc::Receiver<Question<T>>, remembered: Remembered<T>) {
    let mut asked = Vec::with_capacity(MAX_TOGETHER);
    let mut forgetting = tokio::time::interval(REMEMBERED);
    // While nothing is remembered nobody waits for it: those ticks are not owed.
    forgetting.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            count = questions.recv_many(&mut asked, MAX_TOGETHER) => if count == 0 { return },
            _ = forgetting.tick(), if !remembered.is_empty() => remembered.forget(),
        }
        if !asked.is_empty() {
            answer_all(&db, &mut asked, &remembered).await;
        }
    }
}

async fn answer_all<T: Readable>(db: &Db, asked: &mut Vec<Question<T>>, remembered: &Remembered<T>) {
    let mut keys: Vec<T::Key> = Vec::new();
    for (key, _) in &*asked {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let seen = remembered.written();
    // Whoever asked may have gone away by then.
    match T::read(db, &keys).await {
        Ok(found) => {
            let found: HashMap<T::Key, Arc<T>> =
                found.into_iter().map(|(key, value)| (key, Arc::new(value))).collect();
            for (key, answer) in asked.drain(..) {
                drop(answer.send(Ok(found.get(&key).cloned())));
            }
            remembered.add(seen, found);
        }
        Err(error) => {
            for (_, answer) in asked.drain(..) {
                drop(answer.send(Err(error.repeated())));
            }
        }
    }
}

/// What was read since anything was written that may change it.
struct Remembered<T: Readable> {
    /// None: others write too, so that nothing can be remembered.
    written: Option<Written>,
    known: Arc<Mutex<Known<T>>>,
}

struct Known<T: Readable> {
    /// The count of writes when these were read.
    written: u64,
    weight: usize,
    values: HashMap<T::Key, Arc<T>>,
}

impl<T: Readable> Remembered<T> {
    fn of(db: &Db) -> Self {
        let written = match db {
            Db::Sqlite { write, .. } => Some(write.written()),
            Db::Postgres(_) => None,
        };
        let known = Known { written: 0, weight: 0, values: HashMap::new() };
        Self { written, known: Arc::new(Mutex::new(known)) }
    }

    fn written(&self) -> Option<u64> {
        self.written.as_ref().map(Written::count)
    }

    fn get(&self, key: &T::Key) -> Option<Arc<T>> {
        let written = self.written()?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.written == written { known.values.get(key).cloned() } else { None }
    }

    /// `seen`: the count of writes before these were read.
    fn add(&self, seen: Option<u64>, found: HashMap<T::Key, Arc<T>>) {
        let Some(seen) = seen else { return };
        let weight: usize = found.values().map(|value| value.weight()).sum();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.written != seen || known.weight + weight > MOST_REMEMBERED {
            *known = Known { written: seen, weight: 0, values: HashMap::new() };
        }
        if weight <= MOST_REMEMBERED {
            known.weight += weight;
            known.values.extend(found);
        }
    }

    fn is_empty(&self) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).values.is_empty()
    }

    fn forget(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.weight = 0;
        known.values.clear();
    }
}

impl<T: Readable> Clone for Remembered<T> {
    fn clone(&self) -> Self {
        Self { written: self.written.clone(), known: Arc::clone(&self.known) }
    }
}
