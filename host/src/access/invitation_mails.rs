//! Invitations to a team by mail. Whether an address has an account already shows in no response.

use std::time::Duration;

use serde_json::json;

use super::checks::check_email;
use super::{Access, AccessError, Admin, TeamAccess, audit_row, rules};
use crate::model::{Audit, InvitationMail, JobKind, Kind, MailKind, NewJob, TeamId};

/// Most addresses in one request. A request with more is refused.
const MAX_ADDRESSES: usize = 20;

/// Most invitations that one account mails within [`PERIOD`]. Further ones are refused.
const MAX_MAILED: i64 = 100;
const PERIOD: Duration = Duration::from_hours(24);

impl Access {
    /// Mails invitations to a team, and returns what became of each address, in order.
    pub async fn invite_by_mail(
        &self,
        team: &TeamAccess,
        emails: &[String],
    ) -> Result<Vec<(String, Result<(), AccessError>)>, AccessError> {
        let (caller, now) = (team.caller(), self.clock.now());
        rules::invite_by_mail(caller)?;
        if emails.is_empty() || emails.len() > MAX_ADDRESSES {
            let reason = format!("send 1 to {MAX_ADDRESSES} addresses at once");
            return Err(AccessError::invalid(Kind::Request, "emails", reason));
        }
        let mut invited = Vec::with_capacity(emails.len());
        let mut jobs = Vec::new();
        for email in emails {
            let email = email.trim().to_lowercase();
            let checked = check_email(&email)
                .map_err(|_| {
                    AccessError::invalid(
                        Kind::Invitation,
                        "email",
                        "it must be an address such as name@example.org",
                    )
                })
                .and_then(|()| rules::address_may_join(&email, team.team()))
                .and_then(|()| if self.sends_mail() { Ok(()) } else { Err(AccessError::NoMail) });
            if checked.is_ok() {
                jobs.push(NewJob {
                    id: self.clock.id(),
                    kind: JobKind::Mail,
                    subject: caller.id.to_string(),
                    payload: json!(InvitationMail {
                        kind: MailKind::Invitation,
                        team_id: team.team().id.clone(),
                        email: email.clone(),
                    }),
                    unique_key: None,
                    due_at: now,
                    create_at: now,
                });
            }
            invited.push((email, checked));
        }
        if !jobs.is_empty() {
            let audit = self.invitation_audit(team, jobs.len());
            self.store
                .with_audit(audit)
                .mail_invitations(&caller.id, jobs, now.minus(PERIOD), MAX_MAILED)
                .await?;
        }
        Ok(invited)
    }

    /// Withdraws every invitation of a single address that has not been used.
    pub async fn withdraw_mailed_invitations(&self, admin: &Admin) -> Result<(), AccessError> {
        let thing = ("invitation", "all");
        let audit = audit_row(&self.clock, Some(admin.user()), "invitation.withdraw", thing, None, None);
        self.store.with_audit(audit).delete_addressed_invitations().await?;
        Ok(())
    }

    fn invitation_audit(&self, team: &TeamAccess, count: usize) -> Audit {
        let id: &TeamId = &team.team().id;
        let thing = ("team", id.as_str());
        audit_row(&self.clock, Some(team.caller()), "team.invite", thing, None, Some(json!({"mails": count})))
    }
}
