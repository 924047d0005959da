//! Mails with a token for the account's own address. Each attempt makes a new token, so that none is stored readably
//! while the mail waits.

use serde_json::json;

use super::Mailer;
use super::letter::LetterError;
use crate::egress::mail::Letter;
use crate::model::{ClaimedJob, MAIL_TOKEN_LENGTH, MAIL_TOKEN_LIFETIME, MailToken, TokenPurpose, User};
use crate::secret::{Secret, random_id};

impl Mailer {
    /// Returns the mail with a new token. Deactivated accounts get none.
    pub(super) async fn token_letter(
        &self,
        job: &ClaimedJob,
        reader: User,
        purpose: TokenPurpose,
    ) -> Result<Option<Letter>, LetterError> {
        if !reader.delete_at.is_never() || reader.email.is_empty() {
            return Ok(None);
        }
        let now = self.clock.now();
        let secret =
            Secret::new([random_id(), random_id(), random_id()].concat().split_at(MAIL_TOKEN_LENGTH).0);
        let token = MailToken {
            user_id: reader.id.clone(),
            purpose,
            email: reader.email.clone(),
            sent_at: now,
            expires_at: now.plus(MAIL_TOKEN_LIFETIME),
        };
        self.store.create_mail_token(token, &secret).await?;
        // The pages are those of the chat client that is served at the site's address.
        let (template, subject, page) = match purpose {
            TokenPurpose::Password => ("password", "Set a new password", "reset_password_complete"),
            TokenPurpose::Verification => ("verification", "Confirm your address", "do_verify_email"),
        };
        let email = percent_encoding::utf8_percent_encode(&reader.email, percent_encoding::NON_ALPHANUMERIC);
        let data = json!({
            "reader": reader.display_name(), "site_url": self.site_url, "token": secret.reveal(),
            "hours": MAIL_TOKEN_LIFETIME.as_secs() / 3600,
            "link": format!("{}/{page}?token={}&email={email}", self.site_url, secret.reveal()),
        });
        let (html, text) = self.templates.render(template, &data).map_err(LetterError::Unwritable)?;
        Ok(Some(Letter {
            id: job.id.to_string(),
            to_name: reader.display_name(),
            to_address: reader.email,
            subject: subject.to_owned(),
            text,
            html,
            date: now,
        }))
    }
}
