//! Doors into a closed server: a team's invitation link, and single invitations.

use std::time::Duration;

use serde_json::json;

use super::account::{check_email, invalid};
use super::{Access, AccessError, rules};
use crate::model::{Invitation, Team, TeamId, TeamMember, User};
use crate::secret::{Secret, random_id};
use crate::store::StoreError;

/// The longest an invitation may last, in hours: a month.
const MAX_HOURS: u32 = 24 * 31;
const DEFAULT_HOURS: u32 = 48;

/// What somebody brings who wants an account.
#[derive(Debug, Clone)]
pub enum Invited {
    /// A team's link: its `invite_id`.
    Link(String),
    /// A single invitation's token.
    Token(Secret),
}

#[derive(Debug, Clone, Default)]
pub struct NewInvitation {
    pub team_id: Option<TeamId>,
    /// Empty: for whoever has the token.
    pub email: String,
    /// None: two days.
    pub hours: Option<u32>,
}

/// Where an invitation leads.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) team: Option<Team>,
    /// Of the token that is used up.
    pub(super) digest: Option<String>,
}

impl Access {
    /// Invites one account. The token is shown this once.
    pub async fn invite(&self, by: &User, new: NewInvitation) -> Result<(Invitation, Secret), AccessError> {
        rules::administer(by)?;
        let email = new.email.trim().to_lowercase();
        if !email.is_empty() {
            check_email(&email)?;
        }
        let hours = new.hours.unwrap_or(DEFAULT_HOURS);
        if hours == 0 || hours > MAX_HOURS {
            return Err(invalid("expires_h", format!("1 to {MAX_HOURS} hours")));
        }
        if let Some(team) = &new.team_id {
            self.store.team(team).await?.ok_or(AccessError::NotFound("team"))?;
        }
        let now = self.clock.now();
        let invitation = Invitation {
            id: self.clock.id(),
            team_id: new.team_id,
            email,
            creator_id: by.id.clone(),
            create_at: now,
            expires_at: now.plus(Duration::from_secs(u64::from(hours) * 3600)),
        };
        let token = Secret::random();
        let thing = ("invitation", invitation.id.as_str());
        let note = self.audit_row(Some(by), "invitation.create", thing, None, Some(json!(invitation)));
        self.store.with_audit(note).create_invitation(invitation.clone(), &token).await?;
        Ok((invitation, token))
    }

    /// The team behind an invitation link.
    pub async fn invited_team(&self, invite_id: &str) -> Result<Team, AccessError> {
        if invite_id.contains('\0') {
            return Err(AccessError::BadInvitation);
        }
        self.store.team_by_invite_id(invite_id).await?.ok_or(AccessError::BadInvitation)
    }

    /// Puts an account into the team that it was invited to.
    pub async fn accept(&self, user: &User, invited: Invited) -> Result<TeamMember, AccessError> {
        rules::accounts::follow_invitations(user)?;
        let door = self.door(Some(invited), &user.email).await?.ok_or(AccessError::BadInvitation)?;
        let team = door.team.ok_or(AccessError::BadInvitation)?;
        let member = super::account::door_member(team.id, user);
        let joins = json!({"user_id": user.id});
        let thing = ("team", member.team_id.as_str());
        let store = self.store.with_audit(self.audit_row(Some(user), "team.join", thing, None, Some(joins)));
        let joined = member.clone();
        let joining = async {
            match door.digest {
                Some(digest) => store.accept_invitation(digest, joined).await.map_err(used),
                None => Ok(store.join_team(joined).await?),
            }
        };
        self.change_members(joining).await?;
        self.tell_joined(&member).await;
        Ok(self.store.team_member(&member.team_id, &user.id).await?.unwrap_or(member))
    }

    /// Gives a team another invitation link; the old one leads nowhere then.
    pub async fn regenerate_link(&self, by: &User, id: &TeamId) -> Result<Team, AccessError> {
        let team = self.store.team(id).await?.ok_or(AccessError::NotFound("team"))?;
        let member = self.store.team_member(id, &by.id).await?;
        rules::accounts::manage_team(by, member.as_ref())?;
        let (invite_id, update_at) = (random_id(), self.clock.now());
        let note = self.audit_row(Some(by), "team.invite_id", ("team", id.as_str()), None, None);
        self.store.with_audit(note).set_invite_id(id, invite_id.clone(), update_at).await?;
        Ok(Team { invite_id, update_at, ..team })
    }

    /// Checks what somebody brings who wants an account with this address.
    pub(super) async fn door(
        &self,
        invited: Option<Invited>,
        email: &str,
    ) -> Result<Option<Door>, AccessError> {
        match invited {
            None => Ok(None),
            Some(Invited::Link(id)) => {
                Ok(Some(Door { team: Some(self.invited_team(&id).await?), digest: None }))
            }
            Some(Invited::Token(token)) => {
                let found = self.store.invitation(&token, self.clock.now()).await?;
                let invitation =
                    found.filter(|found| found.is_for(email)).ok_or(AccessError::BadInvitation)?;
                let team = match &invitation.team_id {
                    Some(team) => self.store.team(team).await?.filter(|team| team.delete_at.is_never()),
                    None => None,
                };
                Ok(Some(Door { team, digest: Some(token.digest()) }))
            }
        }
    }
}

impl Invitation {
    fn is_for(&self, email: &str) -> bool {
        self.email.is_empty() || self.email == email.to_lowercase()
    }
}

/// Between looking and using it, somebody else has used the invitation.
pub(super) fn used(error: StoreError) -> AccessError {
    match error {
        StoreError::Missing(_) => AccessError::BadInvitation,
        error => error.into(),
    }
}
