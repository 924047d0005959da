//! Receives notifications of what other nodes on the same PostgreSQL committed: changes of cached rows, and jobs.
//!
//! PostgreSQL sends a notification before the response to any later statement on the listening connection. Each
//! response to a [`HEARTBEAT`] therefore proves that every change acknowledged before it was sent has arrived, and
//! cached rows stay in use until the lease ends (see [`Generation::renew`]). While the connection is lost nothing is cached, and
//! jobs wait for the worker's next poll.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgListener, PgNotification, PgPoolOptions};
use sqlx::{Executor, PgPool};
use tokio::time::timeout_at;

use super::node::CHANGES;
use crate::model::JobKind;
use crate::shutdown::Tasks;
use crate::store::generation::Generation;
use crate::store::jobs::{self, Wake};

/// How often the connection is checked.
const HEARTBEAT: Duration = Duration::from_millis(250);

/// How long to wait before listening again after a failure.
const RETRY: Duration = Duration::from_secs(5);

/// How long a heartbeat may take. A database that takes longer counts as lost.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The task that listens for one server.
pub(in crate::store) struct Listener {
    generation: Generation,
    wake: Wake,
}

impl Listener {
    pub(in crate::store) fn new(generation: Generation, wake: Wake) -> Self {
        Self { generation, wake }
    }

    /// Listens until the server stops.
    pub(in crate::store) async fn run(self, pool: PgPool, tasks: Tasks) {
        // Its own connection, because those of `pool` are for requests.
        let own = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with((*pool.connect_options()).clone());
        while !tasks.is_stopping() {
            let failed = tokio::select! {
                () = tasks.stopping() => return,
                failed = self.listen(&own) => failed,
            };
            // Notifications may have been lost: nothing is cached until the next connection, and the workers look.
            self.generation.expire();
            self.wake.wake(JobKind::ALL);
            if let Err(error) = failed {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "cannot listen for the changes of other nodes; trying again");
            }
            tokio::select! {
                () = tasks.stopping() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// Passes notifications on until the connection is lost.
    async fn listen(&self, own: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(own).await?;
        listener.eager_reconnect(false);
        listener.listen_all([CHANGES, jobs::CHANNEL]).await?;
        // Changes that were committed before the connection listened sent no notification here.
        self.generation.advance();
        loop {
            let sent = Instant::now();
            let check = (&mut listener).execute("select 1");
            tokio::time::timeout(TIMEOUT, check).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
            while let Some(notification) = listener.next_buffered() {
                self.pass_on(&notification);
            }
            self.generation.renew(sent);
            while let Ok(received) = timeout_at((sent + HEARTBEAT).into(), listener.try_recv()).await {
                match received? {
                    Some(notification) => self.pass_on(&notification),
                    None => return Ok(()),
                }
            }
        }
    }

    fn pass_on(&self, notification: &PgNotification) {
        if notification.channel() == CHANGES {
            self.generation.advance();
        } else {
            self.wake.wake(JobKind::ALL.into_iter().filter(|kind| kind.as_str() == notification.payload()));
        }
    }
}
