//! Events to sockets. In-process: what happened on this node reaches the sockets of this node.
//!
//! An event is serialised once and shared by all sockets; a socket adds its own `seq`, and `mentions` for those
//! mentioned. A socket that does not keep up is cut off rather than let others wait. A connection outlives its socket
//! for [`KEPT_FOR`], so that a client that lost it reads on without a gap.

mod event;
mod line;
mod topic;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::UserId;
use crate::secret::random_id;

pub use event::{Event, Scope};
pub use topic::{Topic, UnknownTopic};

use line::{Found, KeptSince, Line};

/// Events that may wait for one socket. From half of it on, those that are of use only at once are left out; when it
/// is full the socket is closed.
pub const SOCKET_QUEUE: usize = 256;

/// Events a connection keeps after they were sent, for a client that lost its socket before they arrived.
pub const SENT_KEPT: usize = 128;

/// Bytes of events one connection may hold. Past it the oldest sent ones go, and then the socket is closed.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How long a connection without a socket is kept.
pub const KEPT_FOR: Duration = Duration::from_mins(5);

/// Connections without a socket, of all users. Past it the one that waited longest is forgotten.
const MOST_KEPT: usize = 4096;

/// Delivers events to whoever is connected. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    per_user: usize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    lines: HashMap<UserId, Vec<Arc<Line>>>,
    /// Those without a socket, the longest waiting first.
    kept: BTreeMap<KeptSince, Arc<Line>>,
    /// Tells two of `kept` apart that lost their sockets at once.
    number: u64,
}

/// Where a client that lost its socket wants to read on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    pub connection_id: String,
    /// The number of the next event it expects.
    pub sequence: u64,
}

/// What a socket is to do next.
#[derive(Debug)]
pub enum Next {
    /// Send this event under this number.
    Event(u64, Arc<Event>),
    /// See whether the session that opened the socket still stands.
    Recheck,
}

#[derive(Debug, thiserror::Error)]
#[error("this account has {0} open sockets, as many as `server.sockets_per_user` allows; close one first")]
pub struct TooManySockets(usize);

/// One socket's end of a connection. Dropping it leaves the connection to be resumed.
#[derive(Debug)]
pub struct Subscription {
    bus: Bus,
    line: Arc<Line>,
    turn: u64,
    /// Whether it goes on where another socket ended; if not, its first event is `hello`.
    pub resumed: bool,
}

// === impl Bus ===

impl Bus {
    pub fn new(clock: Clock, sockets_per_user: usize) -> Self {
        Self(Arc::new(Inner { clock, per_user: sockets_per_user, table: Mutex::default() }))
    }

    /// Connects a socket: to the connection it wants to read on, or, where that is gone or has lost what it asks
    /// for, to a new one, which begins with `hello` (made from the connection's id).
    pub fn connect(
        &self,
        user: &UserId,
        resume: Option<&Resume>,
        hello: impl FnOnce(&str) -> Event,
    ) -> Result<Subscription, TooManySockets> {
        let mut table = self.swept();
        if let Some(resume) = resume
            && let Some(line) = table.line(user, &resume.connection_id)
        {
            match line.resume(resume.sequence) {
                Some((turn, kept)) => {
                    if let Some(since) = kept {
                        table.kept.remove(&since);
                    }
                    return Ok(Subscription { bus: self.clone(), line, turn, resumed: true });
                }
                None => table.forget(&line),
            }
        }
        table.make_room(user, self.0.per_user)?;
        let id = random_id();
        let hello = hello(&id);
        let line = Arc::new(Line::new(id, user.clone(), hello));
        table.lines.entry(user.clone()).or_default().push(line.clone());
        Ok(Subscription { bus: self.clone(), line, turn: 0, resumed: false })
    }

    /// Whether anybody listens, or may come back to: if not, nobody needs to know who is in a channel.
    pub fn is_silent(&self) -> bool {
        self.swept().lines.is_empty()
    }

    /// Whether somebody has a socket open.
    pub fn is_connected(&self, user: &UserId) -> bool {
        self.lock().lines.get(user).into_iter().flatten().any(|line| line.is_read())
    }

    /// Hands an event to every connection of these users that it is for. A connection whose queue is full ends,
    /// which closes its socket.
    pub fn send(&self, event: Event, to: &[UserId]) {
        let event = Arc::new(event);
        let mut table = self.swept();
        for user in to {
            table.deliver(&event, user);
        }
    }

    /// Hands an event to every connection there is.
    pub fn send_all(&self, event: Event) {
        self.send_all_but(event, &[]);
    }

    /// Hands an event to every connection there is but those of these users.
    pub fn send_all_but(&self, event: Event, but: &[UserId]) {
        let but: HashSet<&UserId> = but.iter().collect();
        let users: Vec<UserId> =
            self.lock().lines.keys().filter(|user| !but.contains(user)).cloned().collect();
        self.send(event, &users);
    }

    /// Lets a user's sockets see whether their sessions still stand: call when one may have ended.
    pub fn recheck(&self, user: &UserId) {
        for line in self.lock().lines.get(user).into_iter().flatten() {
            line.recheck();
        }
    }

    /// The table without the connections whose time is over.
    fn swept(&self) -> MutexGuard<'_, Table> {
        let over = self.0.clock.now().minus(KEPT_FOR);
        let mut table = self.lock();
        while let Some((&(since, _), line)) = table.kept.first_key_value()
            && (since <= over || table.kept.len() > MOST_KEPT)
        {
            let line = line.clone();
            table.forget(&line);
        }
        table
    }

    fn leave(&self, line: &Arc<Line>, turn: u64) {
        let now = self.0.clock.now();
        let mut table = self.lock();
        table.number += 1;
        let since = (now, table.number);
        if line.leave(turn, since) {
            table.kept.insert(since, line.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Table ===

impl Table {
    fn line(&self, user: &UserId, id: &str) -> Option<Arc<Line>> {
        self.lines.get(user)?.iter().find(|line| line.id == id).cloned()
    }

    fn deliver(&mut self, event: &Arc<Event>, user: &UserId) {
        let Some(lines) = self.lines.get_mut(user) else { return };
        let kept = &mut self.kept;
        lines.retain(|line| {
            let goes_on = !line.hears(event) || line.offer(event);
            if !goes_on && let Some(since) = line.end() {
                kept.remove(&since);
            }
            goes_on
        });
        if lines.is_empty() {
            self.lines.remove(user);
        }
    }

    /// Makes room for one more connection: drops the one that has been without its socket for longest. One with a socket
    /// is never dropped.
    fn make_room(&mut self, user: &UserId, per_user: usize) -> Result<(), TooManySockets> {
        let Some(lines) = self.lines.get(user) else { return Ok(()) };
        if lines.len() < per_user {
            return Ok(());
        }
        let oldest =
            lines.iter().filter_map(|line| Some((line.kept_since()?, line))).min_by_key(|(since, _)| *since);
        let Some(oldest) = oldest.map(|(_, line)| line.clone()) else { return Err(TooManySockets(per_user)) };
        self.forget(&oldest);
        Ok(())
    }

    fn forget(&mut self, line: &Arc<Line>) {
        if let Some(since) = line.end() {
            self.kept.remove(&since);
        }
        if let Some(lines) = self.lines.get_mut(&line.user) {
            lines.retain(|other| !Arc::ptr_eq(other, line));
            if lines.is_empty() {
                self.lines.remove(&line.user);
            }
        }
    }
}

// === impl Subscription ===

impl Subscription {
    /// What to do next; none when this socket was too slow and was cut off, or another one reads on in its place.
    pub async fn next(&self) -> Option<Next> {
        loop {
            // Listen before looking, so that nothing is missed between the two.
            let mut news = std::pin::pin!(self.line.news.notified());
            news.as_mut().enable();
            match self.line.take(self.turn) {
                Found::Event(seq, event) => return Some(Next::Event(seq, event)),
                Found::Recheck => return Some(Next::Recheck),
                Found::Ended => return None,
                Found::Nothing => news.await,
            }
        }
    }

    /// The next event, if one waits.
    pub fn waiting(&self) -> Option<(u64, Arc<Event>)> {
        match self.line.take(self.turn) {
            Found::Event(seq, event) => Some((seq, event)),
            // Asked for again by `next`.
            Found::Recheck => {
                self.line.recheck();
                None
            }
            Found::Nothing | Found::Ended => None,
        }
    }

    /// Resolves once this socket was cut off, or another one reads on in its place.
    pub async fn ended(&self) {
        loop {
            let mut news = std::pin::pin!(self.line.news.notified());
            news.as_mut().enable();
            if self.line.has_ended(self.turn) {
                return;
            }
            news.await;
        }
    }

    pub fn user(&self) -> &UserId {
        &self.line.user
    }

    pub fn connection_id(&self) -> &str {
        &self.line.id
    }

    /// Begins or ends to hear of a topic's events. Resuming the connection keeps it.
    pub fn watch(&self, topic: Topic, watched: bool) {
        self.line.watched.set(topic, watched);
    }

    /// Leaves nothing to be resumed.
    pub fn end(self) {
        let ours = !self.line.has_ended(self.turn);
        if ours {
            self.bus.lock().forget(&self.line);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.bus.leave(&self.line, self.turn);
    }
}

#[cfg(test)]
mod tests;
