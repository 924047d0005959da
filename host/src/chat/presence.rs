//! Who is online, and who is typing. A status follows from sockets and activity, which are kept in memory, unless the
//! user chose one, which is stored as a row.
//!
//! A user is online if connected and active within [`IDLE`], and away if connected and idle. A user who posts without
//! a socket is online for [`IDLE`]; every other user is offline. A choice takes precedence until it is withdrawn or
//! "do not disturb" ends.

mod activities;

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use serde_json::json;

pub(super) use self::activities::Activities;
use self::activities::Activity;
use super::{Chat, ChatError};
use crate::access::{AccountAccess, rules};
use crate::bus::{Audience, Bus, Event, Scope};
use crate::model::{ChannelId, ChosenStatus, Kind, PostId, Presence, Status, Timestamp, User, UserId};
use crate::shutdown::Tasks;
use crate::store::UserFilter;

/// A connected user without activity for this long is away.
const IDLE: Duration = Duration::from_mins(5);

/// How often statuses are checked for users who became idle or whose "do not disturb" ended.
const ROUND: Duration = Duration::from_secs(30);

/// Most statuses in one response. A request for more is refused.
const MAX_STATUSES: usize = 1000;

/// Most users for a guest's list of statuses, of those who share a channel with the guest. Others count as unknown.
const MAX_KNOWN: i64 = 10_000;

/// A status that a user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewStatus {
    pub presence: Presence,
    /// When "do not disturb" ends; `NEVER` if it lasts until the user ends it.
    pub dnd_end_at: Timestamp,
}

impl Chat {
    /// Records that a user's socket joined the bus. A client reads its user's status at its start, so a change is
    /// published only if there were other sockets.
    pub async fn socket_opened(&self, user: &UserId) {
        let known = self.activities.of(user);
        let first = known.is_none_or(|known| known.disconnected || known.published.is_none());
        self.activities.active(user, self.clock.now());
        match self.store.chosen_status(user).await {
            Ok(chosen) if first => {
                self.activities.set_published(user, self.status_now(user, chosen.as_ref()).presence);
            }
            _ => self.publish_status(user).await,
        }
    }

    /// Records that a user posted or typed.
    pub async fn mark_active(&self, user: &UserId) {
        self.activities.active(user, self.clock.now());
        self.publish_status(user).await;
    }

    /// Records that a client reported its user as active or idle; `manual` if the user chose so.
    pub async fn client_activity(&self, user: &User, active: bool, manual: bool) -> Result<(), ChatError> {
        match (active, manual) {
            (true, false) => self.mark_active(&user.id).await,
            // Whether an idle user is away depends only on the time.
            (false, false) => self.publish_status(&user.id).await,
            (active, true) => {
                let presence = if active { Presence::Online } else { Presence::Away };
                self.set_status(&user.id, NewStatus { presence, dnd_end_at: Timestamp::NEVER }).await?;
            }
        }
        Ok(())
    }

    /// Records that a user's socket closed. Call it after the socket has left the bus.
    pub fn socket_closed(&self, user: &UserId) {
        if !self.bus.is_connected(user) {
            self.activities.disconnect(user);
        }
    }

    /// Publishes to the other members of a channel that a user is typing, in the thread of `parent` if given.
    pub async fn type_in(
        &self,
        user: &User,
        channel: &ChannelId,
        parent: Option<&PostId>,
    ) -> Result<(), ChatError> {
        let channel = self.store.channel(channel).await?.ok_or_else(|| rules::no_channel(user))?;
        rules::type_in(self.store.is_channel_member(&channel.id, &user.id).await?)?;
        let data = json!({"parent_id": parent.map_or("", |id| id.as_str()), "user_id": user.id});
        let (channel_id, omit_users) = (Some(channel.id.clone()), vec![user.id.clone()]);
        let scope = Scope { channel_id, omit_users, ..Scope::default() };
        self.bus.publish(Event::new("typing", &data, &scope), Audience::Channel(channel.id)).await;
        Ok(())
    }

    /// Publishes that an account types in the channel with this id. A text that is not an id is refused like the id of
    /// a channel that is hidden.
    pub async fn type_as(
        &self,
        account: &AccountAccess,
        channel: &str,
        parent: &str,
    ) -> Result<(), ChatError> {
        let user = self.account(account.id()).await?;
        let channel: ChannelId = channel.parse().map_err(|_| rules::no_channel(&user))?;
        self.type_in(&user, &channel, parent.parse().ok().as_ref()).await
    }

    /// Stores a chosen status; `online` withdraws the choice.
    pub async fn choose_status(&self, account: &AccountAccess, new: NewStatus) -> Result<Status, ChatError> {
        self.set_status(account.id(), new).await
    }

    async fn set_status(&self, user: &UserId, new: NewStatus) -> Result<Status, ChatError> {
        self.store.user(user).await?.ok_or(ChatError::NotFound(Kind::Account))?;
        let now = self.clock.now();
        let ends = !new.dnd_end_at.is_never();
        if ends && (new.presence != Presence::Dnd || new.dnd_end_at <= now) {
            let reason = "it must be a time in the future, in Unix seconds, with the status `dnd`".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Request, field: "dnd_end_time", reason });
        }
        if new.presence == Presence::Online {
            self.store.clear_status(user).await?;
            self.activities.active(user, now);
        } else {
            let chosen = ChosenStatus {
                user_id: user.clone(),
                presence: new.presence,
                dnd_end_at: new.dnd_end_at,
                set_at: now,
            };
            self.store.choose_status(chosen).await?;
            self.activities.add(user);
        }
        self.publish_status(user).await;
        let chosen = self.store.chosen_status(user).await?;
        Ok(self.status_now(user, chosen.as_ref()))
    }

    /// Returns the statuses of these users, in this order. An unknown id is offline, as on the wire, and so is a user
    /// whom a guest may not see.
    pub async fn statuses(&self, caller: &User, users: &[UserId]) -> Result<Vec<Status>, ChatError> {
        if users.len() > MAX_STATUSES {
            let reason = format!("send at most {MAX_STATUSES} at once");
            return Err(ChatError::Invalid { kind: Kind::Request, field: "user_ids", reason });
        }
        let mut statuses = self.statuses_now(users).await?;
        if rules::is_guest(caller) {
            let named = UserFilter {
                ids: Some(users.to_vec()),
                known_to: Some(caller.id.clone()),
                ..UserFilter::default()
            };
            let most = i64::try_from(MAX_STATUSES).unwrap_or(i64::MAX);
            let visible = self.store.users(&named, 0, most).await?;
            let visible: HashSet<UserId> = visible.into_iter().map(|user| user.id).collect();
            for status in statuses.iter_mut().filter(|status| !visible.contains(&status.user_id)) {
                *status = Status::offline(status.user_id.clone());
            }
        }
        Ok(statuses)
    }

    async fn statuses_now(&self, users: &[UserId]) -> Result<Vec<Status>, ChatError> {
        let chosen = self.store.chosen_statuses(users).await?;
        let by_user: HashMap<&UserId, &ChosenStatus> = chosen.iter().map(|one| (&one.user_id, one)).collect();
        Ok(users.iter().map(|user| self.status_now(user, by_user.get(user).copied())).collect())
    }

    /// Returns the statuses of at most `MAX_STATUSES` users who are not offline; for a guest, only of users who share
    /// a channel with them.
    pub async fn statuses_of_present(&self, caller: &User) -> Result<Vec<Status>, ChatError> {
        let mut known = self.activities.users();
        if rules::is_guest(caller) {
            let visible = self.store.known_users(&caller.id, MAX_KNOWN).await?;
            let visible: HashSet<UserId> = visible.into_iter().chain([caller.id.clone()]).collect();
            known.retain(|user| visible.contains(user));
        }
        known.retain(|user| self.is_present(user));
        known.truncate(MAX_STATUSES);
        let mut statuses = self.statuses_now(&known).await?;
        statuses.retain(|status| status.presence != Presence::Offline);
        Ok(statuses)
    }

    /// Returns those of these users who are online.
    pub(super) async fn online_among(&self, mut users: Vec<UserId>) -> Result<Vec<UserId>, ChatError> {
        users.retain(|user| self.is_present(user));
        let statuses = self.statuses_now(&users).await?;
        let online = statuses.into_iter().filter(|status| status.presence == Presence::Online);
        Ok(online.map(|status| status.user_id).collect())
    }

    /// Publishes status changes that only the time causes, until the server stops.
    pub fn run_presence(&self, tasks: &Tasks) {
        tasks.every(&self.clock, ROUND, "presence", self.clone(), Self::publish_presences);
    }

    async fn publish_presences(self, _: Tasks) -> Result<(), Infallible> {
        for user in self.activities.users() {
            self.publish_status(&user).await;
        }
        Ok(())
    }

    /// Publishes a user's status to their own sockets, if it differs from the last published one.
    async fn publish_status(&self, user: &UserId) {
        if !self.bus.is_connected(user) {
            return;
        }
        let chosen = match self.store.chosen_status(user).await {
            Ok(chosen) => chosen,
            Err(error) => {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "a status was not published");
                return;
            }
        };
        let status = self.status_now(user, chosen.as_ref());
        if self.activities.set_published(user, status.presence) {
            let data = json!({"user_id": user, "status": status.presence});
            self.publish_to_user(user, "status_change", &data).await;
        }
    }

    fn status_now(&self, user: &UserId, chosen: Option<&ChosenStatus>) -> Status {
        let now = self.clock.now();
        let chosen = chosen.filter(|chosen| chosen.holds(now));
        let activity = self.activities.of(user);
        Status {
            user_id: user.clone(),
            presence: chosen
                .map_or_else(|| automatic(activity, now, &self.bus, user), |chosen| chosen.presence),
            manual: chosen.is_some(),
            last_activity_at: activity.map_or(Timestamp::NEVER, |activity| activity.active_at),
            dnd_end_at: chosen.map_or(Timestamp::NEVER, |chosen| chosen.dnd_end_at),
        }
    }

    fn is_present(&self, user: &UserId) -> bool {
        automatic(self.activities.of(user), self.clock.now(), &self.bus, user) != Presence::Offline
    }
}

/// Returns the status that follows from sockets and activity.
fn automatic(activity: Option<Activity>, now: Timestamp, bus: &Bus, user: &UserId) -> Presence {
    let active = activity.is_some_and(|activity| now < activity.active_at.plus(IDLE));
    match (bus.is_connected(user), active) {
        (true, true) => Presence::Online,
        (true, false) => Presence::Away,
        (false, true) if activity.is_some_and(|activity| !activity.disconnected) => Presence::Online,
        (false, _) => Presence::Offline,
    }
}
