//! How accounts enter a closed server: a team's invitation link, or a single invitation.

use std::time::Duration;

use serde_json::json;

use super::checks::check_email;
use super::{Access, AccessError, Admin, TeamAdmin, audit_row, rules};
use crate::model::{Invitation, Kind, Team, TeamId, TeamMember, Timestamp, User};
use crate::secret::{Secret, random_id};
use crate::store::StoreError;

/// The longest lifetime of an invitation, in hours: a month.
const MAX_HOURS: u32 = 24 * 31;
const DEFAULT_HOURS: u32 = 48;

/// The invitation that a client presents.
#[derive(Debug, Clone)]
pub enum InvitationKey {
    /// A team's link, by its `invite_id`.
    Link(String),
    /// The token of a single invitation.
    Token(Secret),
}

#[derive(Debug, Clone, Default)]
pub struct NewInvitation {
    pub team_id: Option<TeamId>,
    /// Empty for any address.
    pub email: String,
    /// Two days if it is None.
    pub hours: Option<u32>,
}

/// What a valid invitation grants.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) team: Option<Team>,
    /// The digest of the token to use up.
    pub(super) digest: Option<String>,
}

impl Access {
    /// Creates an invitation for one account. The token is not shown again.
    pub async fn invite(
        &self,
        admin: &Admin,
        new: NewInvitation,
    ) -> Result<(Invitation, Secret), AccessError> {
        let email = new.email.trim().to_lowercase();
        if !email.is_empty() {
            check_email(&email)?;
        }
        let hours = new.hours.unwrap_or(DEFAULT_HOURS);
        if hours == 0 || hours > MAX_HOURS {
            return Err(AccessError::invalid(
                Kind::Request,
                "expires_h",
                format!("it must be 1 to {MAX_HOURS} hours"),
            ));
        }
        if let Some(team) = &new.team_id {
            self.store.team(team).await?.ok_or(AccessError::NotFound(Kind::Team))?;
        }
        let now = self.clock.now();
        let invitation = Invitation {
            id: self.clock.id(),
            team_id: new.team_id,
            email,
            creator_id: admin.user().id.clone(),
            create_at: now,
            expires_at: now.plus(Duration::from_secs(u64::from(hours) * 3600)),
        };
        let token = Secret::random();
        let thing = ("invitation", invitation.id.as_str());
        let audit = audit_row(
            &self.clock,
            Some(admin.user()),
            "invitation.create",
            thing,
            None,
            Some(json!(invitation)),
        );
        self.store.with_audit(audit).create_invitation(invitation.clone(), &token).await?;
        Ok((invitation, token))
    }

    /// Returns the team of an invitation link.
    pub async fn invited_team(&self, invite_id: &str) -> Result<Team, AccessError> {
        let team = self.store.team_by_invite_id(invite_id).await?;
        team.ok_or(AccessError::NotFound(Kind::TeamInvitation))
    }

    /// Adds an account to the team that it was invited to. Returns its membership, and whether that is new.
    pub async fn accept(
        &self,
        user: &User,
        invitation: InvitationKey,
    ) -> Result<(TeamMember, bool), AccessError> {
        rules::follow_invitations(user)?;
        let admission =
            self.admission(Some(invitation), &user.email).await?.ok_or(AccessError::BadInvitation)?;
        let team = admission.team.ok_or(AccessError::BadInvitation)?;
        rules::join_by_address(user, &team)?;
        let member = invited_member(team.id, user);
        let joins = json!({"user_id": user.id});
        let thing = ("team", member.team_id.as_str());
        let audit = audit_row(&self.clock, Some(user), "team.join", thing, None, Some(joins));
        let store = self.store.with_audit(audit);
        let joined = member.clone();
        let joining = async {
            match admission.digest {
                Some(digest) => store.accept_invitation(digest, joined).await.map_err(use_conflict),
                None => Ok(store.join_team(joined).await?),
            }
        };
        let is_new = self.change_members(joining).await?;
        self.publish_joined(&member).await;
        let stored = self.store.team_member(&member.team_id, &user.id).await?;
        Ok((stored.unwrap_or(member), is_new))
    }

    /// Gives a team a new invitation link. The old one becomes invalid.
    pub async fn regenerate_link(&self, admin: &TeamAdmin) -> Result<Team, AccessError> {
        let (invite_id, update_at) = (random_id(), self.clock.now());
        let team = admin.team().clone();
        let thing = ("team", team.id.as_str());
        let audit = audit_row(&self.clock, Some(admin.caller()), "team.invite_id", thing, None, None);
        self.store.with_audit(audit).set_invite_id(&team.id, invite_id.clone(), update_at).await?;
        Ok(Team { invite_id, update_at, ..team })
    }

    /// Checks an invitation for an account with this address.
    pub(super) async fn admission(
        &self,
        invitation: Option<InvitationKey>,
        email: &str,
    ) -> Result<Option<Admission>, AccessError> {
        match invitation {
            None => Ok(None),
            Some(InvitationKey::Link(id)) => {
                Ok(Some(Admission { team: Some(self.invited_team(&id).await?), digest: None }))
            }
            Some(InvitationKey::Token(token)) => {
                let found = self.store.invitation(&token, self.clock.now()).await?;
                let invitation =
                    found.filter(|found| found.is_for(email)).ok_or(AccessError::BadInvitation)?;
                let team = match &invitation.team_id {
                    Some(team) => self.store.team(team).await?.filter(|team| team.delete_at.is_never()),
                    None => None,
                };
                Ok(Some(Admission { team, digest: Some(token.digest()) }))
            }
        }
    }
}

impl Invitation {
    fn is_for(&self, email: &str) -> bool {
        self.email.is_empty() || self.email == email.to_lowercase()
    }
}

/// Returns the membership that an invitation to a team grants.
pub(super) fn invited_member(team_id: TeamId, user: &User) -> TeamMember {
    TeamMember {
        team_id,
        user_id: user.id.clone(),
        roles: rules::team_role(user).to_owned(),
        delete_at: Timestamp::NEVER,
    }
}

/// Another request used the invitation after it was checked.
fn use_conflict(error: StoreError) -> AccessError {
    match error {
        StoreError::Missing(_) => AccessError::BadInvitation,
        error => error.into(),
    }
}
