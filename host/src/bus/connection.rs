//! One connection's events, numbered without gaps: those that wait for its socket, and the last ones that were sent,
//! in case the socket broke before they arrived.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Event, MAX_BYTES, MAX_SENT, SOCKET_QUEUE, Topic};
use crate::model::{Timestamp, UserId};

/// When a connection lost its socket, and a number that distinguishes connections that lost it in the same
/// millisecond.
pub(super) type DetachOrder = (Timestamp, u64);

/// A connection. It outlives its sockets, which read from it one after the other.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) user: UserId,
    queue: Mutex<Queue>,
    /// Notified when the reading socket has something to do.
    pub(super) wake: Notify,
}

/// The events from `first` on. Those below `reached` were sent and are kept; the others wait.
#[derive(Debug)]
struct Queue {
    events: VecDeque<Arc<Event>>,
    /// The number of the oldest event held.
    first: u64,
    /// The number of the event to hand out next; below `reached` after a resume.
    next: u64,
    /// The lowest number that has never been handed out.
    reached: u64,
    bytes: usize,
    topics: HashSet<Topic>,
    reader: Reader,
    /// Counts the connection's sockets: only the latest one reads.
    reader_epoch: u64,
    recheck: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Attached,
    Detached(DetachOrder),
    /// The connection was closed or dropped, and cannot be resumed.
    Closed,
}

/// The next action of a socket.
#[derive(Debug)]
pub enum Next {
    /// Send this event under this number.
    Event(u64, Arc<Event>),
    /// Check whether the session that opened the socket is still valid.
    Recheck,
}

/// The socket no longer reads: the connection is closed, or another socket has taken it over.
#[derive(Debug)]
pub(super) struct SocketReplaced;

impl Connection {
    /// Creates a connection whose first event already waits. Its first socket has epoch 0.
    pub(super) fn new(id: String, user: UserId, hello: Event) -> Self {
        let queue = Queue {
            bytes: hello.size(),
            events: VecDeque::from([Arc::new(hello)]),
            first: 0,
            next: 0,
            reached: 0,
            topics: HashSet::new(),
            reader: Reader::Attached,
            reader_epoch: 0,
            recheck: false,
        };
        Self { id, user, queue: Mutex::new(queue), wake: Notify::new() }
    }

    /// Queues an event, unless its scope or topic excludes this connection. Returns false if the queue is full, so
    /// that the connection cannot continue without a gap.
    pub(super) fn offer(&self, event: &Arc<Event>) -> bool {
        if !event.is_for(&self.user, &self.id) {
            return true;
        }
        let mut queue = self.lock();
        if queue.reader == Reader::Closed {
            return false;
        }
        if event.topic().is_some_and(|topic| !queue.topics.contains(&topic)) {
            return true;
        }
        let waiting = queue.waiting();
        if event.is_fleeting() && waiting >= SOCKET_QUEUE / 2 {
            return true;
        }
        queue.bytes += event.size();
        queue.events.push_back(event.clone());
        queue.trim();
        let fits = waiting < SOCKET_QUEUE && queue.bytes <= MAX_BYTES;
        drop(queue);
        self.wake.notify_waiters();
        fits
    }

    /// Returns the next action of the socket with this epoch, if there is one.
    pub(super) fn take(&self, epoch: u64) -> Result<Option<Next>, SocketReplaced> {
        let mut queue = self.lock();
        if !queue.is_read_by(epoch) {
            return Err(SocketReplaced);
        }
        if std::mem::take(&mut queue.recheck) {
            return Ok(Some(Next::Recheck));
        }
        let Some(event) = queue.next_event() else { return Ok(None) };
        let seq = queue.next;
        queue.next += 1;
        queue.reached = queue.reached.max(queue.next);
        queue.trim();
        Ok(Some(Next::Event(seq, event)))
    }

    pub(super) fn has_ended(&self, epoch: u64) -> bool {
        !self.lock().is_read_by(epoch)
    }

    /// Hands the connection over to a new socket that reads from `seq` on. A socket that still reads ends. Returns the
    /// new epoch and the time of detachment, or None if the connection no longer holds the requested events.
    pub(super) fn resume(&self, seq: u64) -> Option<(u64, Option<DetachOrder>)> {
        let mut queue = self.lock();
        if queue.reader == Reader::Closed || seq < queue.first || seq > queue.reached {
            return None;
        }
        let detached = queue.reader.detached();
        queue.next = seq;
        queue.reader = Reader::Attached;
        queue.reader_epoch += 1;
        let epoch = queue.reader_epoch;
        drop(queue);
        self.wake.notify_waiters();
        Some((epoch, detached))
    }

    /// Records that the socket of this epoch is gone. Returns whether it was the reading one.
    pub(super) fn detach(&self, epoch: u64, detached: DetachOrder) -> bool {
        let mut queue = self.lock();
        let was_read = queue.is_read_by(epoch);
        if was_read {
            queue.reader = Reader::Detached(detached);
        }
        was_read
    }

    /// Closes the connection for good. Returns when it was detached.
    pub(super) fn close(&self) -> Option<DetachOrder> {
        let mut queue = self.lock();
        let reader = std::mem::replace(&mut queue.reader, Reader::Closed);
        queue.events = VecDeque::new();
        queue.bytes = 0;
        drop(queue);
        self.wake.notify_waiters();
        reader.detached()
    }

    /// Asks the socket to check its session.
    pub(super) fn recheck(&self) {
        self.lock().recheck = true;
        self.wake.notify_waiters();
    }

    pub(super) fn watch(&self, topic: Topic, watched: bool) {
        let topics = &mut self.lock().topics;
        if watched {
            topics.insert(topic)
        } else {
            topics.remove(&topic)
        };
    }

    /// Returns how many bytes of events it holds.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    pub(super) fn detached(&self) -> Option<DetachOrder> {
        self.lock().reader.detached()
    }

    pub(super) fn is_attached(&self) -> bool {
        self.lock().reader == Reader::Attached
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn detached(self) -> Option<DetachOrder> {
        match self {
            Self::Detached(detached) => Some(detached),
            Self::Attached | Self::Closed => None,
        }
    }
}

impl Queue {
    fn is_read_by(&self, epoch: u64) -> bool {
        self.reader_epoch == epoch && self.reader == Reader::Attached
    }

    /// Returns how many events have never been handed out.
    fn waiting(&self) -> usize {
        self.events.len() - self.sent()
    }

    /// Returns how many kept events were handed out at least once.
    fn sent(&self) -> usize {
        usize::try_from(self.reached - self.first).unwrap_or(usize::MAX)
    }

    fn next_event(&self) -> Option<Arc<Event>> {
        let index = usize::try_from(self.next - self.first).ok()?;
        self.events.get(index).cloned()
    }

    /// Drops the oldest sent events, except those that are to be sent again.
    fn trim(&mut self) {
        while self.first < self.next && (self.sent() > MAX_SENT || self.bytes > MAX_BYTES) {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.size();
            self.first += 1;
        }
    }
}
