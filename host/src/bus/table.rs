//! The connections of this node, by user and by when they lost their socket.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::audience::MemberCache;
use super::connection::{Connection, DetachOrder};
use super::{Event, MAX_BYTES, TooManySockets};
use crate::model::UserId;

#[derive(Debug, Default)]
pub(super) struct Table {
    /// Each user has at least one connection.
    pub(super) connections: HashMap<UserId, Vec<Arc<Connection>>>,
    /// Connections without a socket, in the order in which they lost it.
    pub(super) detached: BTreeMap<DetachOrder, Arc<Connection>>,
    /// Distinguishes connections that were detached in the same millisecond.
    pub(super) detach_count: u64,
    pub(super) members: MemberCache,
}

impl Table {
    pub(super) fn find(&self, user: &UserId, id: &str) -> Option<Arc<Connection>> {
        self.connections.get(user)?.iter().find(|connection| connection.id == id).cloned()
    }

    pub(super) fn deliver_to<'u>(&mut self, event: &Arc<Event>, users: impl IntoIterator<Item = &'u UserId>) {
        for user in users {
            self.deliver(event, user);
        }
    }

    /// Iterates over the smaller of the two sides and looks its users up in the other.
    pub(super) fn deliver_to_members(&mut self, event: &Arc<Event>, members: &HashSet<UserId>) {
        if members.len() <= self.connections.len() {
            self.deliver_to(event, members);
        } else {
            let users: Vec<UserId> =
                self.connections.keys().filter(|user| members.contains(*user)).cloned().collect();
            self.deliver_to(event, &users);
        }
    }

    pub(super) fn deliver_to_all_but(&mut self, event: &Arc<Event>, excluded: &HashSet<UserId>) {
        let users: Vec<UserId> =
            self.connections.keys().filter(|user| !excluded.contains(*user)).cloned().collect();
        self.deliver_to(event, &users);
    }

    fn deliver(&mut self, event: &Arc<Event>, user: &UserId) {
        let Some(connections) = self.connections.get_mut(user) else { return };
        let detached = &mut self.detached;
        connections.retain(|connection| {
            let keeps_up = connection.offer(event);
            if !keeps_up && let Some(since) = connection.close() {
                detached.remove(&since);
            }
            keeps_up
        });
        if connections.is_empty() {
            self.connections.remove(user);
        }
    }

    /// Makes room for one more connection by dropping the user's connection that was detached first. A connection with
    /// a socket is never dropped.
    pub(super) fn make_room(&mut self, user: &UserId, limit: usize) -> Result<(), TooManySockets> {
        let Some(connections) = self.connections.get(user) else { return Ok(()) };
        if connections.len() < limit {
            return Ok(());
        }
        let detached = connections.iter().filter_map(|connection| Some((connection.detached()?, connection)));
        let oldest = detached.min_by_key(|(since, _)| *since).map(|(_, connection)| connection.clone());
        self.remove(&oldest.ok_or(TooManySockets(limit))?);
        Ok(())
    }

    /// Returns the connection that is dropped first when all together hold too much.
    pub(super) fn first_to_drop(&self) -> Option<Arc<Connection>> {
        let detached = self.detached.first_key_value().map(|(_, connection)| connection);
        let large = |connection: &&Arc<Connection>| connection.bytes() > MAX_BYTES / 16;
        let largest =
            || self.connections.values().flatten().filter(large).max_by_key(|connection| connection.bytes());
        detached.or_else(largest).cloned()
    }

    pub(super) fn remove(&mut self, connection: &Arc<Connection>) {
        if let Some(since) = connection.close() {
            self.detached.remove(&since);
        }
        if let Some(connections) = self.connections.get_mut(&connection.user) {
            connections.retain(|other| !Arc::ptr_eq(other, connection));
            if connections.is_empty() {
                self.connections.remove(&connection.user);
            }
        }
    }
}
