//! Which teams have outgoing webhooks, and when those fire: what each post has to know.
//!
//! Most teams have none, so the set of those that have some is kept in memory. A post in another team reads nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::types::Json;

use super::Outgoing;
use crate::model::{ChannelId, EndpointId, HookTrigger, OutgoingHookId, TeamId, TeamTriggers, TriggerWhen};
use crate::store::cache::Load;
use crate::store::{Db, StoreError};

const TEAMS: &str = "select distinct team_id from outgoing_hooks where delete_at = 0";
const TRIGGERS: [&str; 2] = over_texts!(
    "with asked (id) as",
    "$1",
    "select h.team_id, h.id, h.channel_id, h.trigger_words, h.trigger_when, e.id as endpoint_id, \
     (e.disabled_at <> 0) as is_disabled from asked join outgoing_hooks h on h.team_id = asked.id \
     join outgoing_endpoints e on e.hook_id = h.id where h.delete_at = 0 and e.delete_at = 0 \
     order by h.create_at, h.id, e.id"
);

/// The teams that have hooks.
pub(in crate::store) struct HookedTeams(HashSet<TeamId>);

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

impl Outgoing {
    /// Returns when the hooks of a team fire, or None if it has none.
    pub async fn triggers(&self, team: &TeamId) -> Result<Option<Arc<TeamTriggers>>, StoreError> {
        let load = &self.0.load;
        let hooked = load.hooked_teams.get(&()).await?;
        if hooked.is_some_and(|hooked| hooked.0.contains(team)) {
            load.team_triggers.get(team).await
        } else {
            Ok(None)
        }
    }
}

/// There is one set for all teams.
impl Load for HookedTeams {
    type Key = ();

    const CACHED: bool = true;

    fn weight(&self) -> usize {
        64 + self.0.len() * 64
    }

    async fn load(db: &Db, _: &[()]) -> Result<HashMap<(), Self>, StoreError> {
        let teams: Vec<TeamId> = read!(db, conn => sqlx::query_scalar(TEAMS).fetch_all(conn).await)?;
        Ok(HashMap::from([((), Self(teams.into_iter().collect()))]))
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
