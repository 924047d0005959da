//! Jobs of the kind `mail`: renders a mail from its notices and hands it to the mail server.
//!
//! Each attempt has the same message id, so that mail programs recognise a repetition.

mod invitation;
mod letter;
mod token;

use std::sync::Arc;
use std::time::Duration;

use self::letter::LetterError;
use super::{Attempt, Handler, JobLimits};
use crate::clock::Clock;
use crate::config::Config;
use crate::egress::mail::{MailFault, MailServer, MailSettingError};
use crate::model::{ClaimedJob, JobKind};
use crate::store::{Store, StoreError};
use crate::template::{MailTemplates, TemplateError};

/// Mails handed over at the same time.
const AT_ONCE: usize = 4;

/// Hands mails to the mail server.
#[derive(Debug)]
pub struct Mailer {
    store: Store,
    clock: Clock,
    server: MailServer,
    templates: MailTemplates,
    /// The address that links in mails start with, without a trailing slash.
    site_url: Arc<str>,
    limits: JobLimits,
}

/// Returns the mail server, or None if none is configured. Checks the settings that depend on it.
pub fn server(config: &Config) -> Result<Option<MailServer>, MailSettingError> {
    let digest_hour = config.notices.digest_hour;
    if !(0..24).contains(&digest_hour) {
        let reason = format!("it must be 0 to 23, not {digest_hour}");
        return Err(MailSettingError { key: "notices.digest_hour", reason });
    }
    let server = MailServer::from_settings(&config.mail)?;
    if server.is_some() && config.mail.attempts == 0 {
        let reason = "it must be greater than 0".to_owned();
        return Err(MailSettingError { key: "mail.attempts", reason });
    }
    Ok(server)
}

/// Returns how long mails stay listed after they ended. It also applies to a server that has no mail server any more.
pub fn keep(config: &Config) -> Duration {
    Duration::from_hours(24) * config.notices.keep_mails_days
}

impl Mailer {
    pub fn new(
        store: Store,
        clock: Clock,
        server: MailServer,
        site_url: Arc<str>,
        config: &Config,
    ) -> Result<Self, TemplateError> {
        let limits = JobLimits {
            at_once: AT_ONCE,
            per_subject: None,
            attempts: config.mail.attempts.into(),
            timeout: Duration::from_millis(config.mail.timeout_ms.into()),
            keep: keep(config),
        };
        Ok(Self { store, clock, server, templates: MailTemplates::new()?, site_url, limits })
    }
}

impl Handler for Mailer {
    const KIND: JobKind = JobKind::Mail;

    fn limits(&self) -> JobLimits {
        self.limits
    }

    async fn run(&self, job: &ClaimedJob) -> Result<Attempt, StoreError> {
        let sent = match self.letter(job).await {
            Ok(Some(letter)) => self.server.send(&letter).await,
            Ok(None) => return Ok(Attempt::Discarded),
            Err(LetterError::Store(error)) => return Err(error),
            Err(LetterError::Unwritable(reason)) => Err(MailFault { permanent: true, reason }),
        };
        Ok(match sent {
            Ok(()) => Attempt::Done,
            Err(MailFault { permanent, reason }) => Attempt::Failed { permanent, reason },
        })
    }
}
