//! The only place that knows SQL: one store over SQLite or PostgreSQL, one file per table family.
//!
//! Callers do not see which database it is. A read uses a free connection; a change is one *unit of work*, which
//! returns after the commit that contains it is on disk. It is data ([`Store::commit`]) or a closure (`Store::write`).
//! Units that arrive while a commit is under way share the next transaction: on SQLite all of them (see [`sqlite`]), on
//! PostgreSQL those that are data (see [`postgres`]).
//!
//! To add a table: a migration in both folders, a file here with a handle for its family such as [`Drafts`], a test in
//! `tests/store`.

#[macro_use]
mod sql;

mod accounts;
mod applications;
mod audit;
mod bots;
mod cache;
mod changes;
mod channel_lists;
mod channel_moves;
mod channel_search;
mod channels;
mod commands;
mod connect;
mod conversion;
mod custom_statuses;
mod deleted_posts;
mod deliveries;
mod direct;
mod directory;
mod drafts;
mod emoji;
mod error;
mod files;
mod generation;
mod groups;
mod hooks;
mod installation;
mod invitations;
mod jobs;
mod list;
mod loaders;
mod mail_tokens;
mod mails;
mod memberships;
mod notice_retention;
mod notices;
mod outgoing;
mod pictures;
mod plugins;
mod post_edits;
mod postgres;
mod posts;
mod preferences;
mod quota;
mod reactions;
mod requests;
mod root_posts;
mod search;
mod second_factors;
mod sessions;
mod sidebar;
mod sqlite;
mod statuses;
mod team_members;
mod teams;
mod threads;
mod tokens;
mod unread;
mod upload_sessions;
mod usage;
mod users;
mod values;

/// Statements as the server sends them, for tests that check the database's query plans.
#[doc(hidden)]
pub mod statements {
    pub use super::directory::STRANGERS;
    pub use super::posts::{PAGE, PINNED_COUNT, REPLIES_UP, SINCE};
    pub use super::search::{postgres, sqlite};
    pub use super::values::{BYTES, KEYS};
}

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::{PgPool, Postgres, SqliteConnection, Transaction};

pub use accounts::{Enrolment, NewRoles};
pub use applications::{ApplicationChange, MAX_NONCES, NonceUse};
pub use audit::AuditFilter;
pub use bots::BotFilter;
pub use channel_moves::MoveOutcome;
pub use commands::Commands;
pub use deliveries::Deliveries;
pub use directory::{GroupMember, UserFilter, UserOrder};
pub use drafts::Drafts;
pub use error::StoreError;
pub use hooks::Hooks;
pub use jobs::Jobs;
pub use mails::Mails;
pub use memberships::{MentionedUser, TeamOfChannel};
pub use notices::Notices;
pub use outgoing::Outgoing;
pub use preferences::PreferenceLimits;
pub use quota::{Quota, QuotaKind};
pub use reactions::ReactionOutcome;
pub use requests::RequestRecord;
pub use sidebar::{CategoryContent, Sidebar};
pub use sqlite::MAX_BATCH;
pub use threads::Threads;
pub use usage::{Counts, Usage};
pub use users::NewUser;
pub use values::PluginValues;

use crate::model::{Audit, Changes, JobKind};
use generation::Generation;
use jobs::Wake;
use loaders::Loaders;
use postgres::{Node, Writers};
use sqlite::{Readers, Writer};

/// The rows in either database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    db: Db,
    wake: Wake,
    load: Arc<Loaders>,
    /// SQLite's file; None on PostgreSQL.
    file: Option<Arc<Path>>,
    /// Written with the next unit of work: see [`Store::with_audit`].
    audit: Option<Arc<Audit>>,
    /// Checked in the next unit of work: see [`Store::with_quota`].
    quotas: Arc<[Quota]>,
    /// What the next unit of work does to cached rows.
    caching: Caching,
}

/// Whether a unit of work may change a row that is cached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caching {
    Changed,
    /// See [`Store::beside_cache`].
    Beside,
}

#[derive(Clone)]
enum Db {
    Sqlite { read: Readers, write: Writer },
    Postgres(Node),
}

impl Db {
    /// Picks this database's statement from one for SQLite and one for PostgreSQL.
    fn of(&self, [sqlite, postgres]: [&'static str; 2]) -> &'static str {
        match self {
            Self::Sqlite { .. } => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// Returns the counter of the writes that may have changed cached rows.
    fn generation(&self) -> &Generation {
        match self {
            Self::Sqlite { write, .. } => write.generation(),
            Self::Postgres(node) => &node.generation,
        }
    }
}

/// An open unit of work.
struct Tx {
    connection: Connection,
    /// The kinds of the jobs that it wrote or moved. Their workers are woken after the commit.
    jobs: BTreeSet<JobKind>,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    fn new(connection: Connection) -> Self {
        Self { connection, jobs: BTreeSet::new() }
    }

    /// Begins a transaction on a connection of PostgreSQL's pool.
    async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        // Boxed: `begin` may have to connect first, so its future is larger than anything else a unit of work awaits.
        Ok(Self::new(Connection::Postgres(Box::pin(pool.begin()).await?)))
    }

    /// Commits what [`Tx::begin`] began. The writer of SQLite commits its own transactions.
    async fn commit(self) -> Result<(), StoreError> {
        match self.connection {
            Connection::Postgres(open) => Ok(open.commit().await?),
            Connection::Sqlite(_) => unreachable!("only transactions on PostgreSQL are begun here"),
        }
    }

    /// Like [`Db::of`].
    fn of(&self, [sqlite, postgres]: [&'static str; 2]) -> &'static str {
        match self.connection {
            Connection::Sqlite(_) => sqlite,
            Connection::Postgres(_) => postgres,
        }
    }
}

/// A unit of work: a future that borrows the transaction it runs in.
type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

impl Store {
    /// Returns a handle to the same store whose units of work each write this audit row too. Use it for one call only.
    ///
    /// `store.with_audit(row).set_access_token_active(&id, false)` changes the token and records it, or does neither.
    #[must_use]
    pub fn with_audit(&self, row: Audit) -> Self {
        Self { audit: Some(Arc::new(row)), ..self.clone() }
    }

    /// Returns a handle to the same store whose units of work each fail with `LimitReached` if an owner has as many
    /// rows as one of these limits allows. Use it for one call only, which adds one row.
    #[must_use]
    pub fn with_quotas(&self, quotas: impl Into<Arc<[Quota]>>) -> Self {
        Self { quotas: quotas.into(), ..self.clone() }
    }

    /// Returns a handle to the same store whose units of work change no row that a [`Load`](cache::Load) with `CACHED`
    /// reads, so that cached rows stay valid. Use it for one call only.
    fn beside_cache(&self) -> Self {
        Self { caching: Caching::Beside, ..self.clone() }
    }

    /// Writes everything in `changes` in one transaction.
    ///
    /// Returns `Conflict`, and writes nothing, if a stored value has another version than expected, a key of `once` is
    /// taken, the receipt's delivery was recorded before, another post has taken a file, the pending post exists
    /// already, or a post to edit or to react to is gone or has its maximum of emoji. A post to delete may be gone.
    pub async fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        let kinds = jobs::kinds(&changes);
        match (&self.db, &self.audit) {
            (Db::Sqlite { write, .. }, None) if self.quotas.is_empty() => write.commit(changes).await?,
            (Db::Postgres(node), None) if self.quotas.is_empty() && Writers::merges(&changes) => {
                node.write.commit(changes).await?;
            }
            // A closure, because only closures can check quotas, write the audit row too, and read before they write.
            _ => {
                return self
                    .beside_cache()
                    .write(move |tx| Box::pin(async move { changes::apply(tx, &changes).await }))
                    .await;
            }
        }
        self.wake.wake(kinds);
        Ok(())
    }

    /// Runs one unit of work, and wakes the workers of the jobs that it wrote. Returns once its commit is on disk or it
    /// is rolled back.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T> + Send + 'static,
    {
        let work = guarded(work, Arc::clone(&self.quotas), self.audit.clone());
        let (value, kinds) = match &self.db {
            Db::Sqlite { write, .. } => write.run(work, self.caching).await?,
            Db::Postgres(node) => {
                let mut tx = Tx::begin(&node.pool).await?;
                let done = work(&mut tx).await?;
                node.commit(tx, self.caching).await?;
                done
            }
        };
        self.wake.wake(kinds);
        Ok(value)
    }
}

/// Adds the check of quotas and the audit row, if there are any, to a unit of work. It also returns the kinds of the
/// jobs that the unit wrote.
fn guarded<T, F>(
    work: F,
    quotas: Arc<[Quota]>,
    audit: Option<Arc<Audit>>,
) -> impl for<'t> FnOnce(&'t mut Tx) -> Work<'t, (T, BTreeSet<JobKind>)> + Send + 'static
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T> + Send + 'static,
{
    move |tx| {
        Box::pin(async move {
            // Those of an earlier unit of the same transaction that failed.
            tx.jobs.clear();
            for quota in &*quotas {
                quota.check(tx).await?;
            }
            let value = work(tx).await?;
            if let Some(audit) = audit {
                audit::record(tx, &audit).await?;
            }
            Ok((value, std::mem::take(&mut tx.jobs)))
        })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.db {
            Db::Sqlite { .. } => "Store(SQLite)",
            Db::Postgres { .. } => "Store(PostgreSQL)",
        })
    }
}
