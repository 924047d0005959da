//! Events to sockets, in-process: events on this node reach only the sockets of this node.
//!
//! An event is published to an [`Audience`], which is resolved here, among the connected users. A publisher therefore
//! reads no members, and no list of them travels with an event. The event is serialised once and shared by all sockets;
//! each socket adds its own `seq`, and `mentions` or `followers` for a user whom the event mentions or whose followed
//! thread it is about: see [`Event::mentioning`]. A socket that does not keep up is closed, so that it does not delay
//! others. A connection outlives its socket for [`RESUME_WINDOW`], so that a client whose socket broke resumes without
//! a gap.

mod audience;
mod connection;
mod event;
mod subscription;
mod table;
mod topic;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::UserId;
use crate::secret::random_id;

pub use audience::{Audience, MemberError, MemberSource};
pub use connection::Next;
pub use event::{Event, Scope};
pub use subscription::Subscription;
pub use topic::{Topic, UnknownTopic};

use audience::Group;
use connection::Connection;
use event::HeldBytes;
use table::Table;

/// Most events that wait for one socket. When the queue is half full, fleeting events are dropped; when it is full,
/// the socket is closed.
pub const SOCKET_QUEUE: usize = 256;

/// Most sent events that a connection keeps for a client whose socket broke before they arrived.
pub const MAX_SENT: usize = 128;

/// Most bytes of events in one connection. Past it, the oldest sent ones are dropped, and then the socket is closed.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Most bytes of events in all connections together. Past it, connections are dropped: first those without a socket,
/// the one that was detached first before others, then those that hold the most. Their clients connect anew and reload.
const MAX_HELD: usize = 24 * 1024 * 1024;

/// How long a connection without a socket can be resumed.
pub const RESUME_WINDOW: Duration = Duration::from_mins(5);

/// Most connections without a socket, over all users. Past it, the one that was detached first is dropped.
const MAX_DETACHED: usize = 4096;

/// How often the members are read for one event while memberships keep changing. The last set is used as it is: it was
/// read after the event's commit, so at worst a user who leaves at that moment receives the event.
const MAX_READS: usize = 4;

/// Delivers events to connected users. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    sockets_per_user: usize,
    source: Arc<dyn MemberSource>,
    table: Mutex<Table>,
    held: HeldBytes,
}

/// The position at which a client that lost its socket resumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    pub connection_id: String,
    /// The number of the next event that the client expects.
    pub sequence: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("this account has {0} open sockets, as many as `server.sockets_per_user` allows; close one first")]
pub struct TooManySockets(usize);

/// A change of memberships under way. It ends when this is dropped.
struct MemberChange<'b>(&'b Bus);

impl Bus {
    pub fn new(clock: Clock, sockets_per_user: usize, source: Arc<dyn MemberSource>) -> Self {
        Self(Arc::new(Inner {
            clock,
            sockets_per_user,
            source,
            table: Mutex::default(),
            held: HeldBytes::default(),
        }))
    }

    /// Connects a socket. It resumes the connection that its client names. If that connection is gone, or no longer
    /// holds the events that the client lacks, the socket gets a new one, whose first event is `hello` (built from the
    /// new id).
    pub fn connect(
        &self,
        user: &UserId,
        resume: Option<&Resume>,
        hello: impl FnOnce(&str) -> Event,
    ) -> Result<Subscription, TooManySockets> {
        let mut table = self.table();
        if let Some(resume) = resume
            && let Some(connection) = table.find(user, &resume.connection_id)
        {
            match connection.resume(resume.sequence) {
                Some((epoch, detached)) => {
                    if let Some(detached) = detached {
                        table.detached.remove(&detached);
                    }
                    return Ok(Subscription::new(self.clone(), connection, epoch, true));
                }
                None => table.remove(&connection),
            }
        }
        table.make_room(user, self.0.sockets_per_user)?;
        let id = random_id();
        let hello = hello(&id);
        let connection = Arc::new(Connection::new(id, user.clone(), hello));
        table.connections.entry(user.clone()).or_default().push(connection.clone());
        Ok(Subscription::new(self.clone(), connection, 0, false))
    }

    /// Whether no user has a connection, so that events need not be built.
    pub fn is_idle(&self) -> bool {
        self.table().connections.is_empty()
    }

    /// Whether a user has an open socket.
    pub fn is_connected(&self, user: &UserId) -> bool {
        self.lock().connections.get(user).into_iter().flatten().any(|connection| connection.is_attached())
    }

    /// Delivers an event to every connection in the audience that the event's scope does not exclude. A connection
    /// whose queue is full is closed. Call it after the commit. A failure is only logged, because it must not undo the
    /// change.
    pub async fn publish(&self, event: Event, audience: Audience) {
        if self.is_idle() {
            return;
        }
        let name = event.name();
        let event = Arc::new(event.counted_in(&self.0.held));
        if let Err(error) = self.deliver(event, audience).await {
            let error: &dyn std::error::Error = &*error;
            tracing::warn!(event = name, error, "an event was not delivered: its audience could not be read");
        }
    }

    /// Runs a change of channel or team members, up to its commit. Events published while it runs read the members
    /// from the store; later events see the members as they are then.
    pub async fn change_members<T>(&self, change: impl Future<Output = T>) -> T {
        self.lock().members.begin_change();
        let _running = MemberChange(self);
        change.await
    }

    /// Makes a user's sockets check whether their sessions are still valid.
    pub fn recheck(&self, user: &UserId) {
        for connection in self.lock().connections.get(user).into_iter().flatten() {
            connection.recheck();
        }
    }

    async fn deliver(&self, event: Arc<Event>, audience: Audience) -> Result<(), MemberError> {
        match audience {
            Audience::User(user) => self.table().deliver_to(&event, [&user]),
            Audience::Users(users) => self.table().deliver_to(&event, &users),
            Audience::Channel(id) => self.deliver_to_members(&event, &Group::Channel(id)).await?,
            Audience::ChannelAndTeam(id) => {
                self.deliver_to_members(&event, &Group::ChannelAndTeam(id)).await?;
            }
            Audience::Team(id) => self.deliver_to_members(&event, &Group::Team(id)).await?,
            Audience::ViewersOf(account) => {
                let strangers = self.0.source.strangers(&account).await?.into_iter().collect();
                self.table().deliver_to_all_but(&event, &strangers);
            }
            Audience::All => self.table().deliver_to_all_but(&event, &HashSet::new()),
        }
        Ok(())
    }

    /// Delivers to the members as they are at some moment after this call began. If a membership change makes the set
    /// stale in the meantime, it is read again before delivery.
    async fn deliver_to_members(&self, event: &Arc<Event>, group: &Group) -> Result<(), MemberError> {
        for read in 1..=MAX_READS {
            let set = self.lock().members.set(group, self.0.clock.now());
            let members = set.load(&*self.0.source, group).await?;
            let mut table = self.table();
            if table.members.is_current(&set) || read == MAX_READS {
                table.deliver_to_members(event, members);
                break;
            }
        }
        Ok(())
    }

    /// Locks the table, after removing connections that can no longer be resumed or hold too much.
    fn table(&self) -> MutexGuard<'_, Table> {
        let expired = self.0.clock.now().minus(RESUME_WINDOW);
        let mut table = self.lock();
        while let Some((&(since, _), connection)) = table.detached.first_key_value()
            && (since <= expired || table.detached.len() > MAX_DETACHED)
        {
            let connection = connection.clone();
            table.remove(&connection);
        }
        while self.0.held.get() > MAX_HELD
            && let Some(connection) = table.first_to_drop()
        {
            table.remove(&connection);
        }
        table
    }

    fn detach(&self, connection: &Arc<Connection>, epoch: u64) {
        let now = self.0.clock.now();
        let mut table = self.lock();
        table.detach_count += 1;
        let detached = (now, table.detach_count);
        if connection.detach(epoch, detached) {
            table.detached.insert(detached, connection.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for MemberChange<'_> {
    fn drop(&mut self) {
        self.0.lock().members.end_change();
    }
}

#[cfg(test)]
mod tests;
