//! Which teams have outgoing webhooks, and when those fire: what each post has to know.
//!
//! Most teams have none, so the set of those that have some is kept in memory. A post in another team reads nothing.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::types::Json;

use super::Outgoing;
use crate::model::{
    ChannelId, EndpointId, HookTrigger, OutgoingHookId, TeamId, TeamTriggers, Timestamp, TriggerWhen,
};
use crate::store::cache::Load;
use crate::store::{Db, StoreError};

/// How long the set is used. A hook that another node creates may miss the posts of this time.
const MAX_AGE: Duration = Duration::from_secs(1);

const TEAMS: &str = "select distinct team_id from outgoing_hooks where delete_at = 0";
const TRIGGERS: [&str; 2] = over_texts!(
    "with asked (id) as",
    "$1",
    "select h.team_id, h.id, h.channel_id, h.trigger_words, h.trigger_when, e.id as endpoint_id, \
     (e.disabled_at <> 0) as is_disabled from asked join outgoing_hooks h on h.team_id = asked.id \
     join outgoing_endpoints e on e.hook_id = h.id where h.delete_at = 0 and e.delete_at = 0 \
     order by h.create_at, h.id, e.id"
);

/// The teams that have hooks, as they were a moment ago.
#[derive(Default)]
pub(in crate::store) struct HookedTeams {
    /// Grows when hooks are written.
    generation: AtomicU64,
    known: Mutex<TeamSet>,
}

#[derive(Default)]
struct TeamSet {
    /// The generation before the read.
    generation: u64,
    /// None before the first read.
    read_at: Option<Timestamp>,
    teams: HashSet<TeamId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    team_id: TeamId,
    id: OutgoingHookId,
    channel_id: Option<ChannelId>,
    #[sqlx(json)]
    trigger_words: Vec<String>,
    trigger_when: TriggerWhen,
    endpoint_id: EndpointId,
    is_disabled: bool,
}

impl HookedTeams {
    /// Makes the next post read the set again. Called after hooks were written.
    pub(in crate::store) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether a team has hooks; None if the set has to be read.
    fn holds(&self, team: &TeamId, now: Timestamp) -> Option<bool> {
        let known = self.known();
        let is_young = known.read_at.is_some_and(|at| at <= now && now < at.plus(MAX_AGE));
        let is_present = is_young && known.generation == self.generation();
        is_present.then(|| known.teams.contains(team))
    }

    fn keep(&self, generation: u64, read_at: Timestamp, teams: HashSet<TeamId>) {
        *self.known() = TeamSet { generation, read_at: Some(read_at), teams };
    }

    fn known(&self) -> MutexGuard<'_, TeamSet> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outgoing {
    /// Returns when the hooks of a team fire, or None if it has none.
    pub async fn triggers(
        &self,
        team: &TeamId,
        now: Timestamp,
    ) -> Result<Option<Arc<TeamTriggers>>, StoreError> {
        let load = &self.0.load;
        let has_hooks = if let Some(has_hooks) = load.hooked_teams.holds(team, now) {
            has_hooks
        } else {
            let generation = load.hooked_teams.generation();
            let teams: Vec<TeamId> =
                read!(self.0.db, conn => sqlx::query_scalar(TEAMS).fetch_all(conn).await)?;
            let has_hooks = teams.contains(team);
            load.hooked_teams.keep(generation, now, teams.into_iter().collect());
            has_hooks
        };
        if has_hooks { load.team_triggers.get(team).await } else { Ok(None) }
    }
}

impl Load for TeamTriggers {
    type Key = TeamId;

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        let words = self.hooks.iter().flat_map(|hook| &hook.trigger_words).map(|word| word.len() + 24);
        words.sum::<usize>() + self.hooks.iter().map(|hook| 256 + 64 * hook.endpoints.len()).sum::<usize>()
    }

    async fn load(db: &Db, keys: &[TeamId]) -> Result<HashMap<TeamId, Self>, StoreError> {
        let sql = db.of(TRIGGERS);
        let rows: Vec<Row> = read!(db, conn => sqlx::query_as(sql).bind(Json(keys)).fetch_all(conn).await)?;
        let mut teams: HashMap<TeamId, Self> = HashMap::new();
        for row in rows {
            let hooks = &mut teams.entry(row.team_id).or_default().hooks;
            let endpoint = (row.endpoint_id, row.is_disabled);
            match hooks.last_mut().filter(|hook| hook.hook_id == row.id) {
                Some(hook) => hook.endpoints.push(endpoint),
                None => hooks.push(HookTrigger {
                    hook_id: row.id,
                    channel_id: row.channel_id,
                    trigger_words: row.trigger_words,
                    trigger_when: row.trigger_when,
                    endpoints: vec![endpoint],
                }),
            }
        }
        Ok(teams)
    }
}
