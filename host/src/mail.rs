//! Loop: claim mails that are due, write them, hand them over, record how that ended.
//!
//! A mail is handed over at least once: a server that dies in between does so again when the claim ends, under the same
//! message id.

mod backoff;
mod compose;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use crate::clock::Clock;
use crate::config::{Config, Notices as NoticeSettings};
use crate::egress::mail::{MailFault, MailServer, MailSettingError};
use crate::model::{ClaimedMail, MailEnd};
use crate::notice::Notices;
use crate::shutdown::Tasks;
use crate::store::{Store, StoreError};
use crate::template::MailTemplates;

/// Mails claimed at once.
const BATCH: i64 = 20;

/// Mails handed over at the same time.
const AT_ONCE: usize = 4;

/// How long a claim lasts, on top of what its mails may take.
const LEASE: Duration = Duration::from_mins(1);

/// How often to look when nothing wakes the loop.
const POLL: Duration = Duration::from_secs(30);

/// How long a mail under way may take once the server is asked to stop.
const LAST: Duration = Duration::from_secs(3);

/// What the loop works with.
#[derive(Debug)]
pub struct Mailing {
    pub store: Store,
    pub clock: Clock,
    pub notices: Notices,
    pub server: MailServer,
    pub templates: MailTemplates,
    /// Where mails lead, without a trailing slash.
    pub site_url: Arc<str>,
    /// How often a mail is tried.
    pub attempts: i64,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// The server for mails, none where no mail is sent; and the settings around it are usable.
pub fn server(config: &Config) -> Result<Option<MailServer>, MailSettingError> {
    let NoticeSettings { digest_hour, .. } = config.notices;
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

impl Mailing {
    /// Runs until the server stops.
    pub async fn run(self, tasks: Tasks) {
        while !tasks.is_stopping() {
            let next = self.clock.sleep(POLL);
            let more = match self.round(&tasks).await {
                Ok(handled) => handled == usize::try_from(BATCH).unwrap_or(usize::MAX),
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "mails could not be claimed; trying again");
                    false
                }
            };
            if more {
                continue;
            }
            tokio::select! {
                () = tasks.stopping() => {}
                () = next => {}
                () = self.notices.mails_written() => {}
            }
        }
    }

    /// Deals with one batch; answers how many mails there were.
    async fn round(&self, tasks: &Tasks) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let rounds = u32::try_from(usize::try_from(BATCH).unwrap_or(1).div_ceil(AT_ONCE)).unwrap_or(1);
        let until = now.plus(LEASE + self.timeout * rounds);
        let claimed = self.store.claim_mails(now, until, BATCH).await?;
        let count = claimed.len();
        stream::iter(claimed)
            .for_each_concurrent(AT_ONCE, |mail| async move {
                if let Err(error) = self.deal_with(&mail, tasks).await {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(mail = %mail.id, error, "how a mail ended could not be recorded");
                }
            })
            .await;
        Ok(count)
    }

    async fn deal_with(&self, mail: &ClaimedMail, tasks: &Tasks) -> Result<(), StoreError> {
        let end = match self.letter(mail).await {
            _ if tasks.is_stopping() => self.put_off(),
            Ok(None) => MailEnd::Void,
            Ok(Some(letter)) => tokio::select! {
                sent = self.server.send(&letter) => self.ended(mail, sent),
                () = async { tasks.stopping().await; tokio::time::sleep(LAST).await } => self.put_off(),
            },
            Err(compose::Unwritten::Store(error)) => return Err(error),
            Err(compose::Unwritten::Template(reason)) => {
                self.ended(mail, Err(MailFault { permanent: true, reason }))
            }
        };
        if let MailEnd::Again { error, .. } | MailEnd::Dead { error, .. } = &end {
            tracing::warn!(mail = %mail.id, attempt = mail.attempts, error, "a mail was not handed over");
        }
        self.store.settle_mail(mail, end).await?;
        Ok(())
    }

    fn ended(&self, mail: &ClaimedMail, sent: Result<(), MailFault>) -> MailEnd {
        let at = self.clock.now();
        match sent {
            Ok(()) => MailEnd::Sent { at },
            Err(MailFault { permanent, reason: error }) if permanent || mail.attempts >= self.attempts => {
                MailEnd::Dead { at, error }
            }
            Err(MailFault { reason: error, .. }) => {
                MailEnd::Again { due_at: at.plus(backoff::after(mail.attempts)), error }
            }
        }
    }

    /// The server stops: whoever runs next begins with it.
    fn put_off(&self) -> MailEnd {
        MailEnd::Again { due_at: self.clock.now(), error: "the server stopped before it was sent".to_owned() }
    }
}
