//! Who is there. A status follows from sockets and activity, which live in memory, unless somebody chose one by hand,
//! which lives in a row.
//!
//! Connected and active within [`IDLE`] is online; connected and idle is away; posting without a socket is online for
//! as long; everybody else is offline. A choice beats all of it until it is taken back or "do not disturb" runs out.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::{Chat, ChatError};
use crate::access::{AccountAccess, rules};
use crate::bus::Bus;
use crate::model::{ChosenStatus, Presence, Status, Timestamp, User, UserId};
use crate::shutdown::Tasks;

/// Without activity for this long, somebody who is connected is away.
const IDLE: Duration = Duration::from_mins(5);

/// How often it is looked who became idle, or whose "do not disturb" ran out.
const ROUND: Duration = Duration::from_secs(30);

/// Statuses one request may ask for.
const MAX_STATUSES: usize = 1000;

/// Users that a guest shares channels with and sees the statuses of; others count as unknown.
const MAX_KNOWN: i64 = 10_000;

/// When everybody was last seen; at most one entry per account. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<HashMap<UserId, Trace>>>);

/// What is remembered of somebody.
#[derive(Debug, Clone, Copy)]
struct Trace {
    active_at: Timestamp,
    /// The last socket closed after that.
    left: bool,
    /// What their sockets were last told.
    told: Option<Presence>,
}

/// A status as somebody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewStatus {
    pub presence: Presence,
    /// When "do not disturb" shall end by itself; never, to leave that to its owner.
    pub dnd_end_at: Timestamp,
}

impl Chat {
    /// A socket of theirs joined the bus. A client asks for its owner's status at its start, so only sockets that were
    /// there before are told.
    pub async fn socket_opened(&self, user: &UserId) {
        let first = self.seen.of(user).is_none_or(|trace| trace.left || trace.told.is_none());
        self.seen.active(user, self.clock.now());
        match self.store.chosen_status(user).await {
            Ok(chosen) if first => {
                self.seen.tell(user, self.status_now(user, chosen.as_ref()).presence);
            }
            _ => self.publish_status(user).await,
        }
    }

    /// Somebody did something: posted, typed.
    pub async fn mark_active(&self, user: &UserId) {
        self.seen.active(user, self.clock.now());
        self.publish_status(user).await;
    }

    /// A client says that its owner is there or went idle; `manual` when its owner said so.
    pub async fn client_activity(&self, user: &User, active: bool, manual: bool) -> Result<(), ChatError> {
        match (active, manual) {
            (true, false) => self.mark_active(&user.id).await,
            // Idle enough to be away follows from the time alone.
            (false, false) => self.publish_status(&user.id).await,
            (active, true) => {
                let presence = if active { Presence::Online } else { Presence::Away };
                self.set_status(&user.id, NewStatus { presence, dnd_end_at: Timestamp::NEVER }).await?;
            }
        }
        Ok(())
    }

    /// A socket of theirs closed: call after it left the bus.
    pub fn socket_closed(&self, user: &UserId) {
        if !self.bus.is_connected(user) {
            self.seen.left(user);
        }
    }

    /// Chooses a status by hand; `online` takes a choice back.
    pub async fn choose_status(&self, account: &AccountAccess, new: NewStatus) -> Result<Status, ChatError> {
        self.set_status(account.id(), new).await
    }

    async fn set_status(&self, user: &UserId, new: NewStatus) -> Result<Status, ChatError> {
        self.store.user(user).await?.ok_or(ChatError::NotFound("account"))?;
        let now = self.clock.now();
        let ends = !new.dnd_end_at.is_never();
        if ends && (new.presence != Presence::Dnd || new.dnd_end_at <= now) {
            let reason = "a moment to come, in Unix seconds, and only with the status `dnd`".to_owned();
            return Err(ChatError::Invalid { field: "dnd_end_time", reason });
        }
        if new.presence == Presence::Online {
            self.store.clear_status(user).await?;
            self.seen.active(user, now);
        } else {
            let chosen = ChosenStatus {
                user_id: user.clone(),
                presence: new.presence,
                dnd_end_at: new.dnd_end_at,
                set_at: now,
            };
            self.store.choose_status(chosen).await?;
            self.seen.known(user);
        }
        self.publish_status(user).await;
        self.status(user).await
    }

    /// The status of an account.
    pub async fn status(&self, user: &UserId) -> Result<Status, ChatError> {
        self.store.user(user).await?.ok_or(ChatError::NotFound("account"))?;
        let chosen = self.store.chosen_status(user).await?;
        Ok(self.status_now(user, chosen.as_ref()))
    }

    /// The statuses of these, in their order. Who is no account is offline, as on the wire.
    pub async fn statuses(&self, users: &[UserId]) -> Result<Vec<Status>, ChatError> {
        if users.len() > MAX_STATUSES {
            let reason = format!("at most {MAX_STATUSES} at once");
            return Err(ChatError::Invalid { field: "user_ids", reason });
        }
        let chosen = self.store.chosen_statuses(users).await?;
        let by_user: HashMap<&UserId, &ChosenStatus> = chosen.iter().map(|one| (&one.user_id, one)).collect();
        Ok(users.iter().map(|user| self.status_now(user, by_user.get(user).copied())).collect())
    }

    /// The users who are not offline, at most `MAX_STATUSES` of them; for a guest only those they share a channel with.
    pub async fn statuses_of_present(&self, caller: &User) -> Result<Vec<Status>, ChatError> {
        let mut known = self.seen.users();
        if rules::is_guest(caller) {
            let visible = self.store.known_users(&caller.id, MAX_KNOWN).await?;
            let visible: HashSet<UserId> = visible.into_iter().chain([caller.id.clone()]).collect();
            known.retain(|user| visible.contains(user));
        }
        known.retain(|user| self.is_there(user));
        known.truncate(MAX_STATUSES);
        let mut statuses = self.statuses(&known).await?;
        statuses.retain(|status| status.presence != Presence::Offline);
        Ok(statuses)
    }

    /// Publishes the statuses that time alone changes, until the server stops.
    pub fn run_presence(&self, tasks: &Tasks) {
        tasks.every(&self.clock, ROUND, "presence", self.clone(), Self::publish_presences);
    }

    async fn publish_presences(self, _: Tasks) -> Result<(), Infallible> {
        for user in self.seen.users() {
            self.publish_status(&user).await;
        }
        Ok(())
    }

    /// Tells somebody's own sockets when their status is another than they were told last.
    async fn publish_status(&self, user: &UserId) {
        if !self.bus.is_connected(user) {
            return;
        }
        let chosen = match self.store.chosen_status(user).await {
            Ok(chosen) => chosen,
            Err(error) => {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "a status was not told");
                return;
            }
        };
        let status = self.status_now(user, chosen.as_ref());
        if self.seen.tell(user, status.presence) {
            let data = json!({"user_id": user, "status": status.presence});
            self.publish_to_user(user, "status_change", &data).await;
        }
    }

    fn status_now(&self, user: &UserId, chosen: Option<&ChosenStatus>) -> Status {
        let now = self.clock.now();
        let chosen = chosen.filter(|chosen| chosen.holds(now));
        let trace = self.seen.of(user);
        Status {
            user_id: user.clone(),
            presence: chosen.map_or_else(|| automatic(trace, now, &self.bus, user), |chosen| chosen.presence),
            manual: chosen.is_some(),
            last_activity_at: trace.map_or(Timestamp::NEVER, |trace| trace.active_at),
            dnd_end_at: chosen.map_or(Timestamp::NEVER, |chosen| chosen.dnd_end_at),
        }
    }

    fn is_there(&self, user: &UserId) -> bool {
        automatic(self.seen.of(user), self.clock.now(), &self.bus, user) != Presence::Offline
    }
}

fn automatic(trace: Option<Trace>, now: Timestamp, bus: &Bus, user: &UserId) -> Presence {
    let active = trace.is_some_and(|trace| now < trace.active_at.plus(IDLE));
    match (bus.is_connected(user), active) {
        (true, true) => Presence::Online,
        (true, false) => Presence::Away,
        (false, true) if trace.is_some_and(|trace| !trace.left) => Presence::Online,
        (false, _) => Presence::Offline,
    }
}

// === impl Seen ===

impl Seen {
    fn active(&self, user: &UserId, now: Timestamp) {
        let told = self.of(user).and_then(|trace| trace.told);
        self.lock().insert(user.clone(), Trace { active_at: now, left: false, told });
    }

    fn left(&self, user: &UserId) {
        if let Some(trace) = self.lock().get_mut(user) {
            trace.left = true;
        }
    }

    /// Remembers somebody who did nothing yet.
    fn known(&self, user: &UserId) {
        let trace = Trace { active_at: Timestamp::NEVER, left: true, told: None };
        self.lock().entry(user.clone()).or_insert(trace);
    }

    /// Notes what somebody is told; false when they know.
    fn tell(&self, user: &UserId, presence: Presence) -> bool {
        match self.lock().get_mut(user) {
            Some(trace) => trace.told.replace(presence) != Some(presence),
            None => false,
        }
    }

    fn of(&self, user: &UserId) -> Option<Trace> {
        self.lock().get(user).copied()
    }

    fn users(&self) -> Vec<UserId> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Trace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
