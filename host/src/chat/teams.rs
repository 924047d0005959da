//! Changing teams that are there, and who is in them.

use std::collections::BTreeSet;

use serde_json::json;

use super::members::checked_roles;
use super::places::{MAX_DISPLAY_NAME, check_length};
use super::{Chat, ChatError};
use crate::access::rules;
use crate::model::wire::{self, TeamResponse};
use crate::model::{Team, TeamChange, TeamId, TeamMember, Timestamp, User, UserId, role};

const MAX_DESCRIPTION: usize = 255;
/// Accounts one request may add to a team.
const MAX_ADDED: usize = 200;

impl Chat {
    /// Changes what a team is called and who may join it. What the change does not set stays.
    pub async fn change_team(&self, user: &User, id: &TeamId, change: TeamChange) -> Result<Team, ChatError> {
        self.managed_team(user, id).await?;
        if let Some(name) = &change.display_name {
            check_length("display_name", name, 1, MAX_DISPLAY_NAME)?;
        }
        check_length("description", change.description.as_deref().unwrap_or_default(), 0, MAX_DESCRIPTION)?;
        self.apply_to_team(id, TeamChange { delete_at: None, ..change }, "update_team").await
    }

    /// Archives a team. Again changes nothing.
    pub async fn archive_team(&self, user: &User, id: &TeamId) -> Result<(), ChatError> {
        let team = self.managed_team(user, id).await?;
        if team.delete_at.is_never() {
            let delete_at = Some(self.clock.now());
            self.apply_to_team(id, TeamChange { delete_at, ..TeamChange::default() }, "delete_team").await?;
        }
        Ok(())
    }

    /// Takes a team out of the archive.
    pub async fn restore_team(&self, user: &User, id: &TeamId) -> Result<Team, ChatError> {
        let team = self.managed_team(user, id).await?;
        if team.delete_at.is_never() {
            let reason = "the team is not archived".to_owned();
            return Err(ChatError::Invalid { field: "team_id", reason });
        }
        let delete_at = Some(Timestamp::NEVER);
        self.apply_to_team(id, TeamChange { delete_at, ..TeamChange::default() }, "restore_team").await
    }

    /// Puts several accounts into a team, all or nobody.
    pub async fn add_all_to_team(
        &self,
        user: &User,
        id: &TeamId,
        added: &[UserId],
    ) -> Result<Vec<TeamMember>, ChatError> {
        if added.is_empty() || added.len() > MAX_ADDED {
            let reason = format!("1 to {MAX_ADDED} accounts at once");
            return Err(ChatError::Invalid { field: "user_ids", reason });
        }
        let added: BTreeSet<&UserId> = added.iter().collect();
        let mut members = Vec::with_capacity(added.len());
        for one in added {
            members.push(self.new_team_member(user, id, one).await?);
        }
        let joins: Vec<&UserId> = members.iter().map(|member| &member.user_id).collect();
        let joins = Some(json!({"user_ids": joins}));
        let recording = self.recording(user, "team.join", ("team", id.as_str()), None, joins);
        self.bus.change_members(recording.join_teams(members.clone())).await?;
        for member in &members {
            let data = json!({"team_id": member.team_id, "user_id": member.user_id});
            self.publish_to_user(&member.user_id, "added_to_team", &data).await;
        }
        let ids: Vec<UserId> = members.into_iter().map(|member| member.user_id).collect();
        Ok(self.store.team_members_by_ids(id, &ids).await?)
    }

    /// Takes somebody out of a team and its channels: oneself, or others as its administrator.
    pub async fn remove_from_team(
        &self,
        user: &User,
        id: &TeamId,
        removed: &UserId,
    ) -> Result<(), ChatError> {
        self.store.team(id).await?.ok_or(ChatError::NotFound("team"))?;
        let mine = self.store.team_member(id, &user.id).await?;
        rules::remove_from_team(user, mine.as_ref(), removed)?;
        self.store.team_member(id, removed).await?.ok_or(ChatError::NotFound("member"))?;
        let left = Some(json!({"user_id": removed}));
        let recording = self.recording(user, "team.leave", ("team", id.as_str()), left, None);
        if !self.bus.change_members(recording.leave_team(id, removed, self.clock.now())).await? {
            return Err(ChatError::NotFound("member"));
        }
        let data = json!({"team_id": id, "user_id": removed});
        self.publish_to_team(id, "leave_team", &data).await;
        self.publish_to_user(removed, "leave_team", &data).await;
        Ok(())
    }

    /// Gives a member of a team these roles.
    pub async fn set_team_roles(
        &self,
        user: &User,
        id: &TeamId,
        member: &UserId,
        roles: &str,
    ) -> Result<(), ChatError> {
        self.managed_team(user, id).await?;
        let roles = checked_roles(roles, role::TEAM_USER, role::TEAM_ADMIN)?;
        let before = self.store.team_member(id, member).await?.ok_or(ChatError::NotFound("member"))?;
        self.check_no_guest(member).await?;
        let with = |roles: &str| Some(json!({"user_id": member, "roles": roles}));
        let thing = ("team", id.as_str());
        let recording = self.recording(user, "team.roles", thing, with(&before.roles), with(&roles));
        if recording.set_team_roles(id, member, roles).await? {
            Ok(())
        } else {
            Err(ChatError::NotFound("member"))
        }
    }

    /// Proves that somebody leads a team.
    pub async fn managed_team(&self, user: &User, id: &TeamId) -> Result<Team, ChatError> {
        let team = self.store.team(id).await?.ok_or(ChatError::NotFound("team"))?;
        let mine = self.store.team_member(id, &user.id).await?;
        rules::manage_team(user, mine.as_ref())?;
        Ok(team)
    }

    async fn apply_to_team(
        &self,
        id: &TeamId,
        change: TeamChange,
        event: &'static str,
    ) -> Result<Team, ChatError> {
        let changed = self.store.change_team(id, change, self.clock.now()).await?;
        let team = changed.ok_or(ChatError::NotFound("team"))?;
        // Guests hear of it too: without the link that lets others in.
        let shown = Team { invite_id: String::new(), ..team.clone() };
        self.publish_to_team(id, event, &json!({"team": wire::text(&TeamResponse::from(shown))})).await;
        Ok(team)
    }
}
