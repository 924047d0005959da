//! Limits of the rows that an account or team may have, checked in the unit of work that adds one.

use super::{Connection, StoreError, Tx};

/// A limit that the next unit of work keeps: see [`Store::with_quota`](super::Store::with_quota).
#[derive(Debug, Clone)]
pub struct Quota {
    kind: QuotaKind,
    owner: String,
    limit: i64,
}

/// What is limited, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaKind {
    /// Bots of an account, disabled ones included.
    BotsOfAccount,
    /// Public, private and group channels that an account created, archived ones included.
    ChannelsOfAccount,
    /// Channels of a team, archived ones included.
    ChannelsOfTeam,
    /// Slash commands that an account created, and those of a team.
    CommandsOfAccount,
    CommandsOfTeam,
    /// Custom emoji that an account created.
    EmojiOfAccount,
    /// Bytes of files that an account uploaded, and announced for uploads in pieces. The file that exceeds the limit is
    /// the last.
    FileBytesOfAccount,
    /// Incoming webhooks of an account.
    HooksOfAccount,
    /// Outgoing webhooks of an account.
    OutgoingHooksOfAccount,
    /// Requests of an account with an `Idempotency-Key` that is still remembered.
    RequestsOfAccount,
    /// Teams that an account created, archived ones included.
    TeamsOfAccount,
}

impl QuotaKind {
    /// Returns the statement that counts the owner's rows, and their name in an error.
    fn counted(self) -> (&'static str, &'static str) {
        match self {
            Self::BotsOfAccount => ("select count(*) from bots where owner_id = $1", "bots of one account"),
            Self::ChannelsOfAccount => (
                "select count(*) from channels where creator_id = $1 and kind <> 'D'",
                "channels that one account created",
            ),
            Self::ChannelsOfTeam => {
                ("select count(*) from channels where team_id = $1", "channels in one team")
            }
            Self::CommandsOfAccount => (
                "select count(*) from commands where creator_id = $1 and delete_at = 0",
                "slash commands of one account",
            ),
            Self::CommandsOfTeam => (
                "select count(*) from commands where team_id = $1 and delete_at = 0",
                "slash commands of one team",
            ),
            Self::EmojiOfAccount => {
                ("select count(*) from emoji where creator_id = $1", "custom emoji of one account")
            }
            Self::FileBytesOfAccount => (
                "select cast((select coalesce(sum(size), 0) from files where user_id = $1 and delete_at = 0) \
                 + (select coalesce(sum(size), 0) from upload_sessions where user_id = $1) as bigint)",
                "bytes of files of one account",
            ),
            Self::HooksOfAccount => (
                "select count(*) from incoming_hooks where user_id = $1 and delete_at = 0",
                "incoming webhooks of one account",
            ),
            Self::OutgoingHooksOfAccount => (
                "select count(*) from outgoing_hooks where creator_id = $1 and delete_at = 0",
                "outgoing webhooks of one account",
            ),
            Self::RequestsOfAccount => {
                ("select count(*) from made_requests where user_id = $1", "idempotency keys of one account")
            }
            // Each team is created with a `town-square` by the same account.
            Self::TeamsOfAccount => (
                "select count(*) from channels where creator_id = $1 and name = 'town-square' \
                 and team_id is not null",
                "teams that one account created",
            ),
        }
    }
}

impl Quota {
    pub fn new(kind: QuotaKind, owner: &impl ToString, limit: impl TryInto<i64>) -> Self {
        Self { kind, owner: owner.to_string(), limit: limit.try_into().unwrap_or(i64::MAX) }
    }

    /// Returns `LimitReached` if the owner has as many rows as the limit allows.
    pub(super) async fn check(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let (count, what) = self.kind.counted();
        lock(tx, &format!("{:?} {}", self.kind, self.owner)).await?;
        let count: i64 =
            on_tx!(tx, conn => sqlx::query_scalar(count).bind(&self.owner).fetch_one(conn).await?);
        if count < self.limit { Ok(()) } else { Err(StoreError::LimitReached { what, limit: self.limit }) }
    }
}

/// Makes other units of work that lock the same name wait until this one ends, so that they count its rows. SQLite's
/// units follow one another anyway.
pub(super) async fn lock(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    if let Connection::Postgres(conn) = &mut tx.connection {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(name)
            .execute(&mut **conn)
            .await?;
    }
    Ok(())
}
