//! One socket's end of a connection.

use std::sync::Arc;

use super::connection::{Connection, Next};
use super::{Bus, Event, Topic};
use crate::model::UserId;

/// One socket's end of a connection. Dropping it leaves the connection to be resumed.
#[derive(Debug)]
pub struct Subscription {
    bus: Bus,
    connection: Arc<Connection>,
    /// The number of this socket among the connection's sockets.
    epoch: u64,
    /// Whether it continues an earlier socket's connection; if not, its first event is `hello`.
    pub resumed: bool,
}

impl Subscription {
    pub(super) fn new(bus: Bus, connection: Arc<Connection>, epoch: u64, resumed: bool) -> Self {
        Self { bus, connection, epoch, resumed }
    }

    /// Waits for the next action. Returns None if the socket was too slow and is closed, or another one took its
    /// connection over.
    pub async fn next(&self) -> Option<Next> {
        loop {
            // Registered before the queue is read, so that no wake-up in between is lost.
            let mut wake = std::pin::pin!(self.connection.wake.notified());
            wake.as_mut().enable();
            match self.connection.take(self.epoch) {
                Ok(Some(next)) => return Some(next),
                Ok(None) => wake.await,
                Err(_) => return None,
            }
        }
    }

    /// Returns the next event, if one waits.
    pub fn waiting(&self) -> Option<(u64, Arc<Event>)> {
        match self.connection.take(self.epoch).ok()?? {
            Next::Event(seq, event) => Some((seq, event)),
            Next::Recheck => {
                // `next` handles it.
                self.connection.recheck();
                None
            }
        }
    }

    /// Resolves once this socket is closed, or another one has taken its connection over.
    pub async fn ended(&self) {
        loop {
            let mut wake = std::pin::pin!(self.connection.wake.notified());
            wake.as_mut().enable();
            if self.connection.has_ended(self.epoch) {
                return;
            }
            wake.await;
        }
    }

    pub fn user(&self) -> &UserId {
        &self.connection.user
    }

    pub fn connection_id(&self) -> &str {
        &self.connection.id
    }

    /// Starts or stops receiving a topic's events. A resumed connection still watches its topics.
    pub fn watch(&self, topic: Topic, watched: bool) {
        self.connection.watch(topic, watched);
    }

    /// Ends the connection, so that it cannot be resumed.
    pub fn end(self) {
        if !self.connection.has_ended(self.epoch) {
            self.bus.lock().remove(&self.connection);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.bus.detach(&self.connection, self.epoch);
    }
}
