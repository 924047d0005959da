//! One connection's events, numbered without gaps: those that wait for its socket, and the last ones that were sent,
//! in case the socket broke before they arrived.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::topic::Watched;
use super::{Event, MOST_BYTES, SENT_KEPT, SOCKET_QUEUE};
use crate::model::{Timestamp, UserId};

/// When a connection lost its socket, and a number that tells two of one moment apart.
pub(super) type KeptSince = (Timestamp, u64);

/// A connection. It outlives its sockets: one after the other may read from it, one at a time.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) user: UserId,
    pub(super) watched: Watched,
    queue: Mutex<Queue>,
    /// Rung whenever the reading socket has something to look at.
    pub(super) news: Notify,
}

/// `first ..= reached` are the sent ones that are kept, `reached ..` those that wait.
#[derive(Debug)]
struct Queue {
    events: VecDeque<Arc<Event>>,
    /// The number of the oldest event held.
    first: u64,
    /// The number of the event to be handed out next; below `reached` after a resume.
    next: u64,
    /// The first number that was never handed out.
    reached: u64,
    bytes: usize,
    reader: Reader,
    /// Counts the sockets it had: the last one reads, earlier ones have ended.
    turn: u64,
    recheck: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Socket,
    NoneSince(KeptSince),
    /// Cut off, or forgotten: nobody reads again.
    Ended,
}

/// What a socket finds when it looks.
#[derive(Debug)]
pub(super) enum Found {
    Event(u64, Arc<Event>),
    Recheck,
    Nothing,
    Ended,
}

impl Line {
    /// A connection whose first event waits already, and the turn of its first socket.
    pub(super) fn new(id: String, user: UserId, hello: Event) -> Self {
        let queue = Queue {
            bytes: hello.size(),
            events: VecDeque::from([Arc::new(hello)]),
            first: 0,
            next: 0,
            reached: 0,
            reader: Reader::Socket,
            turn: 0,
            recheck: false,
        };
        Self { id, user, watched: Watched::default(), queue: Mutex::new(queue), news: Notify::new() }
    }

    /// Whether this connection hears of an event.
    pub(super) fn hears(&self, event: &Event) -> bool {
        event.is_for(&self.user, &self.id) && event.topic().is_none_or(|topic| self.watched.has(topic))
    }

    /// Lets an event wait for the socket. False: there is no room, the connection cannot go on without a gap.
    pub(super) fn offer(&self, event: &Arc<Event>) -> bool {
        let mut queue = self.lock();
        if queue.reader == Reader::Ended {
            return false;
        }
        let waiting = queue.waiting();
        if event.is_fleeting() && waiting >= SOCKET_QUEUE / 2 {
            return true;
        }
        queue.bytes += event.size();
        queue.events.push_back(event.clone());
        queue.trim();
        let fits = waiting < SOCKET_QUEUE && queue.bytes <= MOST_BYTES;
        drop(queue);
        self.news.notify_waiters();
        fits
    }

    pub(super) fn take(&self, turn: u64) -> Found {
        let mut queue = self.lock();
        if queue.turn != turn || queue.reader != Reader::Socket {
            return Found::Ended;
        }
        if std::mem::take(&mut queue.recheck) {
            return Found::Recheck;
        }
        let Some(event) = queue.next_event() else { return Found::Nothing };
        let seq = queue.next;
        queue.next += 1;
        queue.reached = queue.reached.max(queue.next);
        queue.trim();
        Found::Event(seq, event)
    }

    pub(super) fn has_ended(&self, turn: u64) -> bool {
        let queue = self.lock();
        queue.turn != turn || queue.reader != Reader::Socket
    }

    /// Hands the connection to a new socket that wants to read on from `seq`; whoever reads now ends. Answers its
    /// turn, and since when nobody read. None: what the socket wants is no longer there.
    pub(super) fn resume(&self, seq: u64) -> Option<(u64, Option<KeptSince>)> {
        let mut queue = self.lock();
        let kept = match queue.reader {
            Reader::Ended => return None,
            Reader::Socket => None,
            Reader::NoneSince(since) => Some(since),
        };
        if seq < queue.first || seq > queue.reached {
            return None;
        }
        queue.next = seq;
        queue.reader = Reader::Socket;
        queue.turn += 1;
        let turn = queue.turn;
        drop(queue);
        self.news.notify_waiters();
        Some((turn, kept))
    }

    /// The socket of this turn is gone. Whether it was the one that read.
    pub(super) fn leave(&self, turn: u64, since: KeptSince) -> bool {
        let mut queue = self.lock();
        let read = queue.turn == turn && queue.reader == Reader::Socket;
        if read {
            queue.reader = Reader::NoneSince(since);
        }
        read
    }

    /// Ends the connection for good. Since when nobody read, if so.
    pub(super) fn end(&self) -> Option<KeptSince> {
        let mut queue = self.lock();
        let reader = std::mem::replace(&mut queue.reader, Reader::Ended);
        queue.events = VecDeque::new();
        drop(queue);
        self.news.notify_waiters();
        match reader {
            Reader::NoneSince(since) => Some(since),
            Reader::Socket | Reader::Ended => None,
        }
    }

    /// Asks the socket to prove its session again.
    pub(super) fn recheck(&self) {
        self.lock().recheck = true;
        self.news.notify_waiters();
    }

    pub(super) fn kept_since(&self) -> Option<KeptSince> {
        match self.lock().reader {
            Reader::NoneSince(since) => Some(since),
            Reader::Socket | Reader::Ended => None,
        }
    }

    pub(super) fn is_read(&self) -> bool {
        self.lock().reader == Reader::Socket
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Events that were never handed out.
    fn waiting(&self) -> usize {
        self.events.len() - self.sent()
    }

    /// Events that were handed out once and are kept.
    fn sent(&self) -> usize {
        usize::try_from(self.reached - self.first).unwrap_or(usize::MAX)
    }

    fn next_event(&self) -> Option<Arc<Event>> {
        let index = usize::try_from(self.next - self.first).ok()?;
        self.events.get(index).cloned()
    }

    /// Forgets the oldest of the sent ones, but none that is to be sent again.
    fn trim(&mut self) {
        while self.first < self.next && (self.sent() > SENT_KEPT || self.bytes > MOST_BYTES) {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.size();
            self.first += 1;
        }
    }
}
