//! Mails that invite an address to a team. Each attempt makes a new invitation, so that no token is stored readably
//! while the mail waits.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::Mailer;
use super::letter::LetterError;
use crate::egress::mail::Letter;
use crate::model::{ClaimedJob, Invitation, InvitationMail, User};
use crate::secret::Secret;

/// How long a mailed invitation is valid.
const LIFETIME: Duration = Duration::from_hours(48);

impl Mailer {
    /// Returns the mail with a new invitation, or None if the team or the account that invites is gone.
    pub(super) async fn invitation_letter(
        &self,
        job: &ClaimedJob,
        by: User,
    ) -> Result<Option<Letter>, LetterError> {
        let wrong = |error: serde_json::Error| {
            LetterError::Unwritable(format!("the job's payload is not valid: {error}"))
        };
        let InvitationMail { team_id, email, .. } =
            InvitationMail::deserialize(&job.payload).map_err(wrong)?;
        let team = self.store.team(&team_id).await?.filter(|team| team.delete_at.is_never());
        let Some(team) = team.filter(|_| by.delete_at.is_never()) else { return Ok(None) };
        let (now, token) = (self.clock.now(), Secret::random());
        let invitation = Invitation {
            id: self.clock.id(),
            team_id: Some(team.id.clone()),
            email: email.clone(),
            creator_id: by.id.clone(),
            create_at: now,
            expires_at: now.plus(LIFETIME),
        };
        self.store.create_invitation(invitation, &token).await?;
        // The page is that of the chat client that is served at the site's address.
        let shown = json!({"email": email, "display_name": team.display_name, "name": team.name}).to_string();
        let shown = percent_encoding::utf8_percent_encode(&shown, percent_encoding::NON_ALPHANUMERIC);
        let data = json!({
            "sender": by.display_name(), "team": team.display_name, "site_url": self.site_url,
            "hours": LIFETIME.as_secs() / 3600,
            "link": format!("{}/signup_user_complete/?d={shown}&t={}", self.site_url, token.reveal()),
        });
        let (html, text) = self.templates.render("invitation", &data).map_err(LetterError::Unwritable)?;
        Ok(Some(Letter {
            id: job.id.to_string(),
            to_name: String::new(),
            to_address: email,
            subject: format!("{} invites you to {}", by.display_name(), team.display_name),
            text,
            html,
            date: now,
        }))
    }
}
