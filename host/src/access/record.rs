//! The record of who changed what, and what somebody may do.

use serde_json::{Map, Value, json};

use super::{Access, AccessError, rules};
use crate::bus::{Audience, Event, Scope};
use crate::model::{Audit, Team, TeamMember, User, UserId};
use crate::store::AuditFilter;

/// What somebody may do, by name, as the rules have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rights {
    pub system: Vec<&'static str>,
    pub teams: Vec<TeamRights>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TeamRights {
    pub team: Team,
    pub roles: String,
    pub rights: Vec<&'static str>,
}

impl Access {
    /// An audit row about an account; of `was` and `became` only what differs is kept.
    pub(super) fn note(
        &self,
        by: Option<&User>,
        action: &str,
        about: &User,
        was: Option<Value>,
        became: Option<Value>,
    ) -> Audit {
        self.audit_row(by, action, ("user", about.id.as_str()), was, became)
    }

    /// An audit row, to be written by [`crate::store::Store::with_audit`]; of `was` and `became` only what differs is kept.
    pub fn audit_row(
        &self,
        by: Option<&User>,
        action: &str,
        (thing, thing_id): (&str, &str),
        was: Option<Value>,
        became: Option<Value>,
    ) -> Audit {
        let (was, became) = differing(was, became);
        Audit {
            id: self.clock.id(),
            actor_id: by.map(|user| user.id.clone()),
            action: action.to_owned(),
            thing: thing.to_owned(),
            thing_id: thing_id.to_owned(),
            was,
            became,
            create_at: self.clock.now(),
        }
    }

    /// What was changed, newest first.
    pub async fn audit(
        &self,
        by: &User,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<Audit>, AccessError> {
        rules::administer(by)?;
        Ok(self.store.audit(filter, limit).await?)
    }

    /// What somebody may do, on the server and in each of their teams.
    pub async fn rights(&self, user: &User) -> Result<Rights, AccessError> {
        let mut teams = Vec::new();
        for team in self.store.teams_of(&user.id).await? {
            let member = self.store.team_member(&team.id, &user.id).await?;
            let rights = rules::accounts::team_rights(user, member.as_ref());
            teams.push(TeamRights {
                team,
                roles: member.map_or(String::new(), |member| member.roles),
                rights,
            });
        }
        Ok(Rights { system: rules::accounts::system_rights(user, self.member_bots), teams })
    }

    pub(super) async fn tell_new_user(&self, user: &User) {
        let event = Event::new("new_user", &json!({"user_id": user.id}), &Scope::default());
        self.tell_about(user, event).await;
    }

    /// Tells everybody who sees an account how it looks now; the account itself sees all of it.
    pub(super) async fn tell_user_updated(&self, user: &User) {
        let Some(bus) = &self.bus else { return };
        let event = |shown: Value, scope: &Scope| Event::new("user_updated", &json!({"user": shown}), scope);
        let others = Scope { omit_users: vec![user.id.clone()], ..Scope::default() };
        bus.publish(event(user.wire(), &Scope::default()), Audience::User(user.id.clone())).await;
        self.tell_about(user, event(user.wire_for_others(), &others)).await;
    }

    /// Tells everybody but the guests who do not see the account.
    async fn tell_about(&self, user: &User, event: Event) {
        if let Some(bus) = &self.bus {
            bus.publish(event, Audience::WhoSee(user.id.clone())).await;
        }
    }

    pub(super) async fn tell_joined(&self, member: &TeamMember) {
        let Some(bus) = &self.bus else { return };
        let data = json!({"team_id": member.team_id, "user_id": member.user_id});
        let scope = Scope { user_id: Some(member.user_id.clone()), ..Scope::default() };
        bus.publish(Event::new("added_to_team", &data, &scope), Audience::User(member.user_id.clone())).await;
    }

    /// Runs a change of memberships as [`Bus::change_members`](crate::bus::Bus::change_members) wants it.
    pub(super) async fn change_members<T>(&self, change: impl Future<Output = T>) -> T {
        match &self.bus {
            Some(bus) => bus.change_members(change).await,
            None => change.await,
        }
    }

    /// Lets somebody's sockets see whether their sign-in still stands, because it may have ended.
    pub(super) fn recheck(&self, user: &UserId) {
        if let Some(bus) = &self.bus {
            bus.recheck(user);
        }
    }
}

/// Of two objects only the keys whose values differ; anything else as it is.
fn differing(was: Option<Value>, became: Option<Value>) -> (Option<Value>, Option<Value>) {
    match (was, became) {
        (Some(Value::Object(was)), Some(Value::Object(became))) => {
            let only = |of: &Map<String, Value>, other: &Map<String, Value>| {
                let changed = of.iter().filter(|(key, value)| other.get(*key) != Some(value));
                Value::Object(changed.map(|(key, value)| (key.clone(), value.clone())).collect())
            };
            (Some(only(&was, &became)), Some(only(&became, &was)))
        }
        other => other,
    }
}
