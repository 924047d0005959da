//! Changes of accounts: creation, profile, roles, password, activation. A change that may turn out to do nothing takes
//! its audit row as an argument; callers of the others use [`Store::with_audit`].

use sqlx::types::Json;

use super::{NewUser, Store, StoreError, Tx, audit};
use crate::model::role::{SYSTEM_ADMIN, SYSTEM_GUEST, has_role};
use crate::model::{Audit, InstalledPlugin, TeamMember, Timestamp, User, UserId};

/// An account to create, with the rows that are written with it.
#[derive(Debug, Clone)]
pub struct Enrolment {
    pub new: NewUser,
    /// Whether the account must be the very first one; if one exists, the result is `Conflict`.
    pub first: bool,
    /// The bot's owner, if it is a bot.
    pub bot: Option<Option<UserId>>,
    /// The plugin that posts as this account, and that plugin's package.
    pub plugin: Option<(InstalledPlugin, Vec<u8>)>,
    pub team: Option<TeamMember>,
    /// The digest of the token of the invitation that this uses up.
    pub invitation: Option<String>,
}

/// New roles of an account, and its new roles in every team and channel if those change too. The bots of an account
/// that becomes a guest stop, because a bot acts as a member.
#[derive(Debug, Clone, Copy)]
pub struct NewRoles<'a> {
    pub system: &'a str,
    pub team_and_channel: Option<(&'a str, &'a str)>,
}

/// Locks this row while administrators are counted, because at least one must remain.
const LOCK: &str = "update counters set value = value where name = 'user'";
const ANOTHER_ADMIN: &str = "select count(*) from users where id <> $1 and delete_at = 0 and not is_bot \
    and ' ' || roles || ' ' like '% system_admin %'";

impl Store {
    /// Creates an account. Returns `Conflict` if its username or e-mail address is taken, and `Missing` if the
    /// invitation has been used or withdrawn.
    pub async fn enrol(&self, enrolment: Enrolment) -> Result<User, StoreError> {
        self.write(move |tx| Box::pin(async move { enrol(tx, enrolment).await })).await
    }

    /// Replaces an account's profile, with a bot's description. Returns `Conflict` if the name is taken.
    pub async fn update_profile(&self, user: User) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { write_profile(tx, &user).await })).await
    }

    /// Replaces an account's roles. Returns the bots that this stopped, or `None`, without a change, if no
    /// administrator would remain.
    pub async fn set_roles(
        &self,
        user: &UserId,
        roles: NewRoles<'_>,
        at: Timestamp,
        audit: Audit,
    ) -> Result<Option<Vec<UserId>>, StoreError> {
        let (user, system) = (user.clone(), roles.system.to_owned());
        let places = roles.team_and_channel.map(|(team, channel)| (team.to_owned(), channel.to_owned()));
        self.write(move |tx| {
            Box::pin(async move {
                let stays = has_role(&system, SYSTEM_ADMIN);
                if !stays && !another_admin(tx, &user).await? {
                    return Ok(None);
                }
                let mut stopped = Vec::new();
                on_tx!(tx, conn => {
                    sqlx::query("update users set roles = $2, update_at = $3 where id = $1")
                        .bind(&user).bind(&system).bind(at).execute(&mut *conn).await?;
                    if let Some((team, channel)) = &places {
                        sqlx::query("update team_members set roles = $2 where user_id = $1")
                            .bind(&user).bind(team).execute(&mut *conn).await?;
                        sqlx::query("update channel_members set roles = $2 where user_id = $1")
                            .bind(&user).bind(channel).execute(&mut *conn).await?;
                    }
                    if has_role(&system, SYSTEM_GUEST) {
                        stopped = sqlx::query_scalar(
                            "update users set delete_at = $2, update_at = $2 where delete_at = 0 \
                             and id in (select user_id from bots where owner_id = $1) returning id")
                            .bind(&user).bind(at).fetch_all(conn).await?;
                    }
                });
                audit::record(tx, &audit).await?;
                Ok(Some(stopped))
            })
        })
        .await
    }

    /// Deactivates an account and the bots it owns, and ends all their sessions; or activates only that account. The
    /// account's access tokens are disabled and stay so; those of bots, which have no other way to sign in, rest with
    /// the bot.
    /// Returns the accounts that changed, or `None`, without a change, if no administrator would remain.
    pub async fn set_active(
        &self,
        user: &UserId,
        active: bool,
        at: Timestamp,
        audit: Audit,
    ) -> Result<Option<Vec<UserId>>, StoreError> {
        let user = user.clone();
        self.write(move |tx| {
            Box::pin(async move {
                if active {
                    run!(tx, "update users set delete_at = 0, update_at = $2 where id = $1", [&user, at])
                        .await?;
                    audit::record(tx, &audit).await?;
                    return Ok(Some(vec![user]));
                }
                if !another_admin(tx, &user).await? {
                    return Ok(None);
                }
                let changed: Vec<UserId> = on_tx!(tx, conn => {
                    let changed = sqlx::query_scalar(
                        "update users set delete_at = $2, update_at = $2 where delete_at = 0 and (id = $1 \
                         or id in (select user_id from bots where owner_id = $1)) returning id")
                        .bind(&user).bind(at).fetch_all(&mut *conn).await?;
                    sqlx::query(
                        "update access_tokens set is_active = $2 where user_id = $1 \
                         and user_id not in (select user_id from bots)")
                        .bind(&user).bind(false).execute(&mut *conn).await?;
                    sqlx::query(
                        "delete from sessions where user_id = $1 \
                         or user_id in (select user_id from bots where owner_id = $1)")
                        .bind(&user).execute(conn).await?;
                    changed
                });
                audit::record(tx, &audit).await?;
                Ok(Some(changed))
            })
        })
        .await
    }

    /// Replaces a password, ends the account's sessions and disables its access tokens, except the session or token
    /// with the id to keep.
    pub async fn change_password(
        &self,
        user: &UserId,
        hash: String,
        keep: Option<&str>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (user, keep) = (user.clone(), keep.unwrap_or_default().to_owned());
        self.write(move |tx| Box::pin(async move { replace_password(tx, &user, &hash, &keep, at).await }))
            .await
    }
}

pub(super) async fn write_profile(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    on_tx!(tx, conn => {
        sqlx::query(
            "update users set username = $2, email = $3, nickname = $4, first_name = $5, last_name = $6, \
             position = $7, locale = $8, props = $9, notify_props = $10, update_at = $11, timezone = $12, \
             email_verified = $13 where id = $1")
            .bind(&user.id).bind(&user.username).bind(&user.email).bind(&user.nickname)
            .bind(&user.first_name).bind(&user.last_name).bind(&user.position).bind(&user.locale)
            .bind(Json(&user.props)).bind(Json(&user.notify_props)).bind(user.update_at)
            .bind(Json(&user.timezone)).bind(user.email_verified)
            .execute(&mut *conn).await?;
        if user.is_bot {
            sqlx::query("update bots set description = $2 where user_id = $1")
                .bind(&user.id).bind(&user.bot_description).execute(conn).await?;
        }
    });
    Ok(())
}

/// Replaces a password, ends the account's sessions and disables its access tokens, except the one with the id to keep.
pub(super) async fn replace_password(
    tx: &mut Tx,
    user: &UserId,
    hash: &str,
    keep: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    on_tx!(tx, conn => {
        sqlx::query("update users set password_hash = $2, last_password_update = $3, update_at = $3 where id = $1")
            .bind(user).bind(hash).bind(at).execute(&mut *conn).await?;
        sqlx::query("delete from sessions where user_id = $1 and id <> $2")
            .bind(user).bind(keep).execute(&mut *conn).await?;
        sqlx::query("update access_tokens set is_active = $3 where user_id = $1 and id <> $2")
            .bind(user).bind(keep).bind(false).execute(conn).await?;
    });
    Ok(())
}

async fn enrol(tx: &mut Tx, enrolment: Enrolment) -> Result<User, StoreError> {
    let Enrolment { new, first, bot, plugin, team, invitation } = enrolment;
    if first && !is_empty(tx).await? {
        return Err(StoreError::conflict());
    }
    if let Some(digest) = invitation {
        super::invitations::use_up(tx, &digest).await?;
    }
    let user = super::users::insert(tx, new).await?;
    if let Some(owner) = bot {
        run!(
            tx,
            "insert into bots (user_id, owner_id, description) values ($1, $2, $3)",
            [&user.id, &owner, &user.bot_description]
        )
        .await?;
    }
    if let Some((plugin, component)) = plugin {
        super::plugins::save(tx, &plugin, &component).await?;
    }
    if let Some(member) = team {
        super::teams::join(tx, &member).await?;
    }
    Ok(user)
}

/// Whether no account exists yet. Of two concurrent units of work, the second waits for the lock and then reads the
/// counter again, so only one of them sees 0.
async fn is_empty(tx: &mut Tx) -> Result<bool, StoreError> {
    let none: Option<i64> = on_tx!(tx, conn => sqlx::query_scalar(
        "update counters set value = value where name = 'user' and value = 0 returning value")
        .fetch_optional(conn).await?);
    Ok(none.is_some())
}

/// Whether an account may stop being an administrator: it is not one, or another one remains.
pub(super) async fn another_admin(tx: &mut Tx, user: &UserId) -> Result<bool, StoreError> {
    let (roles, others): (Option<String>, i64) = on_tx!(tx, conn => {
        sqlx::query(LOCK).execute(&mut *conn).await?;
        let roles = sqlx::query_scalar("select roles from users where id = $1 and delete_at = 0")
            .bind(user).fetch_optional(&mut *conn).await?;
        (roles, sqlx::query_scalar(ANOTHER_ADMIN).bind(user).fetch_one(conn).await?)
    });
    let is_admin = roles.is_some_and(|roles| has_role(&roles, SYSTEM_ADMIN));
    Ok(!is_admin || others > 0)
}

impl Enrolment {
    /// Returns an enrolment of an account without further rows.
    pub fn of(new: NewUser) -> Self {
        Self { new, first: false, bot: None, plugin: None, team: None, invitation: None }
    }
}
