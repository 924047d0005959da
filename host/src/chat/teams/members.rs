//! The members of a team: adding and removing them, and their roles.

use std::collections::BTreeSet;

use serde_json::json;

use crate::access::{Prohibition, TeamAdmin, rules};
use crate::chat::checks::{check_added, check_roles, check_team_active};
use crate::chat::{Chat, ChatError};
use crate::model::wire::{self, TeamMemberResponse};
use crate::model::{Kind, TeamId, TeamMember, Timestamp, User, UserId, role};

impl Chat {
    /// Adds an account to a team and its first channels.
    pub async fn add_to_team(
        &self,
        user: &User,
        team: &TeamId,
        added: &UserId,
    ) -> Result<TeamMember, ChatError> {
        let (account, member) = self.new_team_member(user, team, added).await?;
        let joins = Some(json!({"user_id": member.user_id, "roles": member.roles}));
        let recording = self.recording(user, "team.join", ("team", member.team_id.as_str()), None, joins);
        let is_new = self.bus.change_members(recording.join_team(member.clone())).await?;
        self.publish_added_to_team(&member).await;
        if is_new {
            self.announce_team_members(None, &member.team_id, &[&account]).await;
        }
        Ok(self.store.team_member(&member.team_id, &member.user_id).await?.unwrap_or(member))
    }

    /// Adds several accounts to a team, all or none.
    pub async fn add_all_to_team(
        &self,
        user: &User,
        id: &TeamId,
        added: &[UserId],
    ) -> Result<Vec<TeamMember>, ChatError> {
        check_added(added)?;
        let mut named = BTreeSet::new();
        let mut members: Vec<TeamMember> = Vec::with_capacity(added.len());
        let mut accounts = Vec::with_capacity(added.len());
        for account in added.iter().filter(|account| named.insert(*account)) {
            let (account, member) = self.new_team_member(user, id, account).await?;
            accounts.push(account);
            members.push(member);
        }
        let joins: Vec<&UserId> = members.iter().map(|member| &member.user_id).collect();
        let joins = Some(json!({"user_ids": joins}));
        let recording = self.recording(user, "team.join", ("team", id.as_str()), None, joins);
        let joined = self.bus.change_members(recording.join_teams(members.clone())).await?;
        for member in &members {
            self.publish_added_to_team(member).await;
        }
        let joined: Vec<&User> = accounts.iter().filter(|account| joined.contains(&account.id)).collect();
        self.announce_team_members(Some(user), id, &joined).await;
        let ids: Vec<UserId> = members.into_iter().map(|member| member.user_id).collect();
        let mut members = self.store.team_members_by_ids(id, &ids).await?;
        let place = |member: &TeamMember| ids.iter().position(|id| *id == member.user_id);
        members.sort_by_key(place);
        Ok(members)
    }

    /// Adds several accounts to a team, each by itself, and returns what became of each. Fails as a whole only if the
    /// caller may not add accounts to this team.
    pub async fn add_each_to_team(
        &self,
        user: &User,
        id: &TeamId,
        added: Vec<UserId>,
    ) -> Result<Vec<(UserId, Result<TeamMember, ChatError>)>, ChatError> {
        check_added(&added)?;
        self.enter_team(user, id).await?;
        let mut outcomes = Vec::with_capacity(added.len());
        for account in added {
            let outcome = self.add_to_team(user, id, &account).await;
            outcomes.push((account, outcome));
        }
        Ok(outcomes)
    }

    /// Removes an account from a team and its channels. Members may remove themselves; the team's administrators may
    /// remove others.
    pub async fn remove_from_team(
        &self,
        user: &User,
        id: &TeamId,
        removed: &UserId,
    ) -> Result<(), ChatError> {
        self.entered_team(user, id).await?;
        let mine = self.store.team_member(id, &user.id).await?;
        rules::remove_from_team(user, mine.as_ref(), removed)?;
        match self.store.past_team_member(id, removed).await? {
            None => return Err(Prohibition::RemoveStranger.into()),
            // The account left before.
            Some(member) if !member.delete_at.is_never() => return Ok(()),
            Some(_) => {}
        }
        let left = Some(json!({"user_id": removed}));
        let recording = self.recording(user, "team.leave", ("team", id.as_str()), left, None);
        if !self.bus.change_members(recording.leave_team(id, removed, self.clock.now())).await? {
            return Err(ChatError::NotFound(Kind::TeamMember));
        }
        let data = json!({"team_id": id, "user_id": removed});
        self.publish_to_team(id, "leave_team", &data).await;
        self.publish_to_user(removed, "leave_team", &data).await;
        self.announce_team_departure(user, id, removed).await;
        Ok(())
    }

    /// Sets a team member's roles.
    pub async fn set_team_roles(
        &self,
        admin: &TeamAdmin,
        member: &UserId,
        roles: &str,
    ) -> Result<(), ChatError> {
        let id = &admin.team().id;
        let roles = check_roles(roles, role::TEAM_USER, role::TEAM_ADMIN)?;
        let before =
            self.store.team_member(id, member).await?.ok_or(ChatError::NotFound(Kind::TeamMember))?;
        self.check_no_guest(member).await?;
        let with = |roles: &str| Some(json!({"user_id": member, "roles": roles}));
        let thing = ("team", id.as_str());
        let caller = admin.caller();
        let recording = self.recording(caller, "team.roles", thing, with(&before.roles), with(&roles));
        if !recording.set_team_roles(id, member, roles.clone()).await? {
            return Err(ChatError::NotFound(Kind::TeamMember));
        }
        let changed = TeamMember { roles, ..before };
        let data = json!({"member": wire::text(&TeamMemberResponse::from(changed))});
        self.publish_to_user(member, "memberrole_updated", &data).await;
        Ok(())
    }

    /// Builds an account's membership in a team, after checking that the account exists and that `user` may add it.
    async fn new_team_member(
        &self,
        user: &User,
        team: &TeamId,
        added: &UserId,
    ) -> Result<(User, TeamMember), ChatError> {
        let team = self.entered_team(user, team).await?;
        let mine = self.store.team_member(&team.id, &user.id).await?;
        rules::add_to_team(user, &team, mine.as_ref(), added)?;
        check_team_active(&team)?;
        let added = self.account(added).await?;
        rules::join_by_address(&added, &team)?;
        let member = TeamMember {
            team_id: team.id,
            roles: rules::team_role(&added).to_owned(),
            user_id: added.id.clone(),
            delete_at: Timestamp::NEVER,
        };
        Ok((added, member))
    }

    async fn publish_added_to_team(&self, member: &TeamMember) {
        let data = json!({"team_id": member.team_id, "user_id": member.user_id});
        self.publish_to_user(&member.user_id, "added_to_team", &data).await;
    }
}
