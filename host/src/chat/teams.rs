//! Teams: creating, listing, changing and archiving them. An administrator sees all, a guest only their own.

mod members;

use std::sync::Arc;

use serde_json::{Value, json};

use super::checks::{
    MAX_DESCRIPTION, check_length, check_team_name, checked_display_name, invalid_team, is_slug, name_taken,
    page,
};
use super::{Chat, ChatError, NewChannel};
use crate::access::{AccountAccess, TeamAccess, TeamAdmin, audit_row, rules};
use crate::model::wire::{self, TeamResponse};
use crate::model::{
    ChannelKind, FIRST_CHANNELS, Kind, Team, TeamChange, TeamId, TeamKind, TeamMember, Timestamp, User, role,
};
use crate::secret::random_id;
use crate::store::{Quota, QuotaKind};

/// Longest settings of a team, in characters. Longer ones are refused.
const MAX_COMPANY_NAME: usize = 64;
const MAX_ALLOWED_DOMAINS: usize = 500;

/// A team that a client wants to create.
#[derive(Debug, Clone)]
pub struct NewTeam {
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub kind: TeamKind,
    /// Whether every user may find the team and join it.
    pub open: bool,
    pub company_name: String,
    pub allowed_domains: String,
}

impl Chat {
    /// Creates a team with `town-square` and `off-topic`. Its creator becomes its administrator.
    pub async fn create_team(&self, creator: &User, new: NewTeam) -> Result<Team, ChatError> {
        rules::make_teams(creator)?;
        let display_name = checked_display_name(Kind::Team, &new.display_name)?;
        check_team_name(&new.name)?;
        check_length(Kind::Team, "description", &new.description, 0, MAX_DESCRIPTION)?;
        check_length(Kind::Team, "company_name", &new.company_name, 0, MAX_COMPANY_NAME)?;
        check_length(Kind::Team, "allowed_domains", &new.allowed_domains, 0, MAX_ALLOWED_DOMAINS)?;
        let now = self.clock.now();
        let team = Team {
            id: self.clock.id(),
            name: new.name,
            display_name,
            description: new.description,
            kind: new.kind,
            open: new.open,
            email: creator.email.clone(),
            company_name: new.company_name,
            allowed_domains: new.allowed_domains,
            picture_at: Timestamp::NEVER,
            invite_id: random_id(),
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        };
        rules::join_by_address(creator, &team)?;
        let first_channel = |(name, display_name): (&str, &str)| NewChannel {
            team_id: team.id.clone(),
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            kind: ChannelKind::Public,
            header: String::new(),
            purpose: String::new(),
        };
        let channels = FIRST_CHANNELS.map(|names| self.build_channel(creator, first_channel(names))).to_vec();
        let member = TeamMember {
            team_id: team.id.clone(),
            user_id: creator.id.clone(),
            roles: format!("{} {}", role::TEAM_USER, role::TEAM_ADMIN),
            delete_at: Timestamp::NEVER,
        };
        let limit = Quota::new(QuotaKind::TeamsOfAccount, &creator.id, self.limits.teams_per_account);
        let store = self.store.with_quotas([limit]);
        let created = store.create_team(team.clone(), channels, member);
        self.bus.change_members(created).await.map_err(|error| name_taken(error, Kind::Team))?;
        self.announce_team_members(None, &team.id, &[creator]).await;
        Ok(team)
    }

    /// Returns a team that the user may see.
    pub async fn visible_team(&self, user: &User, id: &TeamId) -> Result<Team, ChatError> {
        let team = self.team(id).await?;
        self.see_team(user, team).await
    }

    pub async fn visible_team_by_name(&self, user: &User, name: &str) -> Result<Team, ChatError> {
        if !is_slug(name) {
            return Err(ChatError::NotFound(Kind::TeamName));
        }
        let team = self.store.team_by_name(name).await?.ok_or(ChatError::NotFound(Kind::TeamName))?;
        self.see_team(user, team).await
    }

    /// Returns a page of the open teams; for guests of their own, for administrators of all.
    pub async fn teams(&self, user: &User, offset: i64, limit: i64) -> Result<Vec<Team>, ChatError> {
        if rules::is_guest(user) {
            let own = self.store.teams_of(&user.id).await?;
            return Ok(hide_parts(user, &[], page(own, offset, limit)));
        }
        let teams = self.store.teams(!rules::is_admin(user), offset, limit).await?;
        Ok(hide_parts(user, &[], teams))
    }

    /// Returns how many teams [`Self::teams`] lists.
    pub async fn team_count(&self, user: &User) -> Result<i64, ChatError> {
        if rules::is_guest(user) {
            return Ok(i64::try_from(self.store.teams_of(&user.id).await?.len()).unwrap_or(i64::MAX));
        }
        Ok(self.store.team_count(!rules::is_admin(user)).await?)
    }

    /// Returns how many teams [`Self::search_teams`] finds.
    pub async fn found_team_count(&self, user: &User, term: &str) -> Result<i64, ChatError> {
        let of = (!rules::is_admin(user)).then_some(&user.id);
        Ok(self.store.found_team_count(term.trim(), of, !rules::is_guest(user)).await?)
    }

    /// Searches teams by name: open ones and the caller's own; for guests only their own, for administrators all.
    pub async fn search_teams(
        &self,
        user: &User,
        term: &str,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Team>, ChatError> {
        let of = (!rules::is_admin(user)).then_some(&user.id);
        let open = !rules::is_guest(user);
        let teams = self.store.search_teams(term.trim(), of, open, offset, limit).await?;
        Ok(hide_parts(user, &[], teams))
    }

    /// Returns the teams of an account.
    pub async fn teams_of(&self, account: &AccountAccess) -> Result<Vec<Team>, ChatError> {
        let teams = self.store.teams_of(account.id()).await?;
        let memberships = self.store.team_memberships_of(&account.caller().id).await?;
        Ok(hide_parts(account.caller(), &memberships, teams))
    }

    /// Proves that the caller may act in a team.
    pub async fn team_access(&self, caller: Arc<User>, id: &TeamId) -> Result<TeamAccess, ChatError> {
        let team = self.store.team(id).await?.ok_or_else(|| rules::no_team(&caller))?;
        let member = self.store.team_member(id, &caller.id).await?;
        Ok(TeamAccess::prove(caller, team, member.as_ref())?)
    }

    /// Returns a team that the user may act in.
    pub async fn enter_team(&self, user: &User, id: &TeamId) -> Result<Team, ChatError> {
        let team = self.entered_team(user, id).await?;
        let member = self.store.team_member(id, &user.id).await?;
        rules::enter_team(user, member.as_ref())?;
        Ok(team)
    }

    /// Returns the error for a team whose id is none.
    pub fn unknown_team(&self, user: &User) -> ChatError {
        rules::no_team(user).into()
    }

    /// Proves that the caller may manage a team.
    pub async fn team_admin(&self, caller: Arc<User>, id: &TeamId) -> Result<TeamAdmin, ChatError> {
        let team = self.entered_team(&caller, id).await?;
        let member = self.store.team_member(id, &caller.id).await?;
        Ok(TeamAdmin::prove(caller, team, member.as_ref())?)
    }

    /// Changes a team's names and who may join it. Absent fields stay unchanged.
    pub async fn change_team(&self, admin: &TeamAdmin, mut change: TeamChange) -> Result<Team, ChatError> {
        change.display_name =
            change.display_name.as_deref().map(|name| checked_display_name(Kind::Team, name)).transpose()?;
        for (field, text, most) in [
            ("description", &change.description, MAX_DESCRIPTION),
            ("company_name", &change.company_name, MAX_COMPANY_NAME),
            ("allowed_domains", &change.allowed_domains, MAX_ALLOWED_DOMAINS),
        ] {
            check_length(Kind::Team, field, text.as_deref().unwrap_or_default(), 0, most)?;
        }
        let change = TeamChange { delete_at: None, ..change };
        self.apply_to_team(admin, change, ("team.change", "update_team")).await
    }

    /// Archives a team. Changes nothing if it is archived already.
    pub async fn archive_team(&self, admin: &TeamAdmin) -> Result<(), ChatError> {
        if admin.team().delete_at.is_never() {
            let delete_at = Some(self.clock.now());
            let change = TeamChange { delete_at, ..TeamChange::default() };
            self.apply_to_team(admin, change, ("team.archive", "delete_team")).await?;
        }
        Ok(())
    }

    /// Restores an archived team.
    pub async fn restore_team(&self, admin: &TeamAdmin) -> Result<Team, ChatError> {
        if admin.team().delete_at.is_never() {
            return Err(invalid_team("the team is not archived"));
        }
        let delete_at = Some(Timestamp::NEVER);
        let change = TeamChange { delete_at, ..TeamChange::default() };
        self.apply_to_team(admin, change, ("team.restore", "restore_team")).await
    }

    pub(super) async fn team(&self, id: &TeamId) -> Result<Team, ChatError> {
        self.store.team(id).await?.ok_or(ChatError::NotFound(Kind::Team))
    }

    /// Returns a team that the user wants to use. An unknown one is refused as one that the user is not in.
    pub(super) async fn entered_team(&self, user: &User, id: &TeamId) -> Result<Team, ChatError> {
        Ok(self.store.team(id).await?.ok_or_else(|| rules::no_team(user))?)
    }

    async fn see_team(&self, user: &User, mut team: Team) -> Result<Team, ChatError> {
        let member = self.store.team_member(&team.id, &user.id).await?;
        if !rules::sees_team(user, &team, member.as_ref()) {
            return Err(rules::hidden_team().into());
        }
        hide_part(user, member.as_ref(), &mut team);
        Ok(team)
    }

    /// Writes a change with its audit row, and publishes the team to its members.
    async fn apply_to_team(
        &self,
        admin: &TeamAdmin,
        change: TeamChange,
        (action, event): (&'static str, &'static str),
    ) -> Result<Team, ChatError> {
        let team = admin.team();
        let becomes = change.clone().applied_to(team.clone());
        let id = &team.id;
        let (was, becomes) = (Some(audit_value(team)), Some(audit_value(&becomes)));
        let row = audit_row(&self.clock, Some(admin.caller()), action, ("team", id.as_str()), was, becomes);
        let store = self.store.with_audit(row.only_differences());
        let changed = store.change_team(id, change, self.clock.now()).await?;
        let team = changed.ok_or(ChatError::NotFound(Kind::Team))?;
        self.publish_team(&team, event).await;
        Ok(team)
    }

    /// Publishes a team to its members.
    pub(super) async fn publish_team(&self, team: &Team, event: &'static str) {
        // All members receive the event, guests too, so it has neither the invitation link nor an e-mail address.
        let visible = Team { invite_id: String::new(), email: String::new(), ..team.clone() };
        let data = json!({"team": wire::text(&TeamResponse::from(visible))});
        self.publish_to_team(&team.id, event, &data).await;
    }
}

/// Returns what an audit row says about a team.
fn audit_value(team: &Team) -> Value {
    json!({
        "display_name": team.display_name, "description": team.description, "company_name": team.company_name,
        "allowed_domains": team.allowed_domains, "open": team.open, "delete_at": team.delete_at,
    })
}

/// Removes from teams what the user may not see, given the memberships that count.
fn hide_parts(user: &User, memberships: &[TeamMember], mut teams: Vec<Team>) -> Vec<Team> {
    for team in &mut teams {
        hide_part(user, memberships.iter().find(|member| member.team_id == team.id), team);
    }
    teams
}

/// Removes the invitation link if the user may not pass it on, and the address of the team's creator if they do not
/// manage the team.
fn hide_part(user: &User, member: Option<&TeamMember>, team: &mut Team) {
    if !rules::sees_link(user, member.is_some()) {
        team.invite_id.clear();
    }
    if rules::manage_team(user, member).is_err() {
        team.email.clear();
    }
}
