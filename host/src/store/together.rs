//! Reads that many requests ask for at the same moment.
//!
//! What is asked while a read is under way is answered by the next one, all of it together: a burst costs few
//! statements, and nobody is told anything older than their question. Nothing is remembered in between.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{Db, StoreError};
use crate::shutdown::Tasks;

/// Most questions that one read answers.
const MAX_TOGETHER: usize = 256;

/// Questions that may wait; past it callers wait for a place in the queue.
const QUEUE: usize = 4096;

/// What can be read for many keys at once.
pub(super) trait Readable: Send + Sync + Sized + 'static {
    type Key: Eq + Hash + Clone + Send + 'static;

    /// What there is of these keys, each once.
    fn read(
        db: &Db,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self>, StoreError>> + Send;
}

/// Asks for a `T`. Cheap to clone.
pub(super) struct Together<T: Readable>(mpsc::Sender<Question<T>>);

type Question<T> = (<T as Readable>::Key, oneshot::Sender<Result<Option<Arc<T>>, StoreError>>);

impl<T: Readable> Together<T> {
    /// Starts the task that reads; it ends when the last handle is dropped.
    pub(super) fn start(db: Db, tasks: &Tasks) -> Self {
        let (queue, questions) = mpsc::channel(QUEUE);
        tasks.spawn(answer(db, questions));
        Self(queue)
    }

    pub(super) async fn get(&self, key: &T::Key) -> Result<Option<Arc<T>>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.send((key.clone(), answer)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

impl<T: Readable> Clone for Together<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

async fn answer<T: Readable>(db: Db, mut questions: mpsc::Receiver<Question<T>>) {
    let mut asked = Vec::with_capacity(MAX_TOGETHER);
    while questions.recv_many(&mut asked, MAX_TOGETHER).await > 0 {
        let mut keys: Vec<T::Key> = Vec::new();
        for (key, _) in &asked {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        // Whoever asked may have gone away by then.
        match T::read(&db, &keys).await {
            Ok(found) => {
                let found: HashMap<T::Key, Arc<T>> =
                    found.into_iter().map(|(key, value)| (key, Arc::new(value))).collect();
                for (key, answer) in asked.drain(..) {
                    drop(answer.send(Ok(found.get(&key).cloned())));
                }
            }
            Err(error) => {
                for (_, answer) in asked.drain(..) {
                    drop(answer.send(Err(error.repeated())));
                }
            }
        }
    }
}
