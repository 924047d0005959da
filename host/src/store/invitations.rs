//! `invitations`, by their tokens' digests, and the invitation links of teams.

use const_format::concatcp;

use super::teams::SELECT_TEAM;
use super::{Db, Store, StoreError, Tx, changes, jobs, teams};
use crate::model::{Changes, Invitation, MailKind, NewJob, Team, TeamId, TeamMember, Timestamp, UserId};
use crate::secret::Secret;

const TEAM: &str = concatcp!(SELECT_TEAM, "where invite_id = $1 and delete_at = 0");
const BY_TOKEN: &str = "select id, team_id, email, creator_id, create_at, expires_at from invitations \
    where token_digest = $1 and expires_at > $2";

impl Store {
    pub async fn create_invitation(&self, invitation: Invitation, token: &Secret) -> Result<(), StoreError> {
        let digest = token.digest();
        unit!(
            self,
            "insert into invitations (id, token_digest, team_id, email, creator_id, create_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
            [
                &invitation.id,
                &digest,
                &invitation.team_id,
                &invitation.email,
                &invitation.creator_id,
                invitation.create_at,
                invitation.expires_at
            ]
        )
        .await?;
        Ok(())
    }

    /// Returns the invitation with this token, if it has neither been used nor expired.
    pub async fn invitation(&self, token: &Secret, now: Timestamp) -> Result<Option<Invitation>, StoreError> {
        let digest = token.digest();
        read!(self.db, conn => sqlx::query_as(BY_TOKEN).bind(&digest).bind(now).fetch_optional(conn).await)
    }

    /// Uses up an invitation, and adds the member to its team. Returns whether the account was no member before, or
    /// `Missing` if the invitation was used already.
    pub async fn accept_invitation(&self, digest: String, member: TeamMember) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use_up(tx, &digest).await?;
                teams::join(tx, &member).await
            })
        })
        .await
    }

    /// Writes the jobs that mail an account's invitations. Returns `LimitReached` if it mailed more than `limit` after
    /// `since`, these included.
    pub async fn mail_invitations(
        &self,
        by: &UserId,
        mails: Vec<NewJob>,
        since: Timestamp,
        limit: i64,
    ) -> Result<(), StoreError> {
        let by = by.clone();
        self.write(move |tx| {
            Box::pin(async move {
                super::quota::lock(tx, &format!("invitations {by}")).await?;
                let mailed = jobs::count_mails_since(tx, &by, MailKind::Invitation, since).await?;
                if mailed + i64::try_from(mails.len()).unwrap_or(i64::MAX) > limit {
                    return Err(StoreError::LimitReached {
                        what: "invitations that one account mails in a day",
                        limit,
                    });
                }
                changes::apply(tx, &Changes { jobs: mails, ..Changes::default() }).await
            })
        })
        .await
    }

    /// Deletes the invitations of single addresses, with the jobs that would mail further ones. Returns how many
    /// invitations there were.
    pub async fn delete_addressed_invitations(&self) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                jobs::remove_waiting_mails(tx, MailKind::Invitation).await?;
                run!(tx, "delete from invitations where email <> ''", []).await
            })
        })
        .await
    }

    /// Deletes invitations that have expired, and returns how many.
    pub async fn purge_invitations(&self, now: Timestamp) -> Result<u64, StoreError> {
        unit!(self.beside_cache(), "delete from invitations where expires_at <= $1", [now]).await
    }

    /// Returns the team of an invitation link.
    pub async fn team_by_invite_id(&self, invite_id: &str) -> Result<Option<Team>, StoreError> {
        read!(self.db, conn => sqlx::query_as(TEAM).bind(invite_id).fetch_optional(conn).await)
    }

    /// Sets a team's invitation link. The previous one becomes invalid.
    pub async fn set_invite_id(
        &self,
        team: &TeamId,
        invite_id: String,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let team = team.clone();
        unit!(self, "update teams set invite_id = $2, update_at = $3 where id = $1", [&team, &invite_id, at])
            .await?;
        Ok(())
    }
}

/// Uses up an invitation. Only one of two concurrent callers succeeds.
pub(super) async fn use_up(tx: &mut Tx, digest: &str) -> Result<(), StoreError> {
    let gone = run!(tx, "delete from invitations where token_digest = $1", [digest]).await?;
    if gone == 0 { Err(StoreError::missing()) } else { Ok(()) }
}
