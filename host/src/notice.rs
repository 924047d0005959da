//! The notification centre: notices from programs to users. Each recipient has a notice until they remove it or it
//! expires. It is delivered to watching sockets repeatedly, until a client acknowledges it.
//!
//! A client watches the topic `notice` on its socket (`jackfield_watch`), shows each id once, acknowledges it
//! (`jackfield_notice_ack`, or over REST), and watches again while an event says that there are more. Once one client
//! has acknowledged a notice, it is not pushed to the account's other clients, but it stays in the list for all of
//! them.

mod digest;
mod inbox;
pub mod limits;
mod mails;
mod retention;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::access::{AccessError, Admin};
use crate::bus::{Audience, Bus, Event, Scope, Topic};
use crate::clock::Clock;
use crate::config::NoticesSettings;
use crate::model::{Kind, NewNotice, Notice, NoticeDraft, NoticeId, NoticeResponse, Timestamp, UserId};
use crate::store::{Store, StoreError};

/// Most recipients of one notice; more are refused.
pub const MAX_RECIPIENTS: usize = 1000;

/// The name of the socket event, which is part of the wire.
const EVENT: &str = "jackfield_notice";

/// Handles for notices. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notices {
    store: Store,
    clock: Clock,
    bus: Bus,
    settings: NoticesSettings,
    /// The hour of daily digests; None while the server sends no mail.
    digest_hour: Option<i8>,
}

/// Why a notice was not sent, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    #[error("the list of recipients is empty; name at least one")]
    NoRecipients,
    #[error("the notice has {given} recipients; at most {MAX_RECIPIENTS} are allowed")]
    TooManyRecipients { given: usize },
    #[error("`users`: one of the recipients has no account; check the ids")]
    UnknownRecipient,
    #[error("`{field}` is not valid: {reason}")]
    Invalid { field: &'static str, reason: String },
    #[error("there is no such {0}; check its id or name")]
    NotFound(Kind),
    #[error("this server sends no mail; its operator must set `mail.url`")]
    NoMail,
    #[error("this mail was sent, or is being sent; nothing needs to be done")]
    NotWaiting,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Notices {
    /// `digest_hour` is None if the server sends no mail.
    pub fn new(
        store: Store,
        clock: Clock,
        bus: Bus,
        settings: &NoticesSettings,
        digest_hour: Option<i8>,
    ) -> Self {
        Self { store, clock, bus, settings: settings.clone(), digest_hour }
    }

    /// Sends a notice for an administrator.
    pub async fn send_as(
        &self,
        _: &Admin,
        recipients: &[UserId],
        draft: NoticeDraft,
    ) -> Result<NoticeId, NoticeError> {
        self.send(recipients, draft).await
    }

    /// Sends a notice to all of these users or to none: writes it for each, then publishes it.
    pub async fn send(&self, recipients: &[UserId], draft: NoticeDraft) -> Result<NoticeId, NoticeError> {
        // Each recipient once, and in the same order in all units of work.
        let recipients: BTreeSet<&UserId> = recipients.iter().collect();
        if recipients.is_empty() {
            return Err(NoticeError::NoRecipients);
        }
        if recipients.len() > MAX_RECIPIENTS {
            return Err(NoticeError::TooManyRecipients { given: recipients.len() });
        }
        limits::check(&draft)?;
        let now = self.clock.now();
        let create_at = self.clock.stamp();
        let new = NewNotice {
            id: self.clock.id(),
            recipients: recipients.iter().map(|user| ((*user).clone(), self.clock.id())).collect(),
            digests: self.digest_hour.map(|hour| (digest::next_hour(now), digest::next_day(now, hour))),
            create_at,
            draft,
        };
        let notice = unread(&new);
        match self.store.notices().create(new).await {
            Ok(()) => {}
            Err(StoreError::Missing(_)) => return Err(NoticeError::UnknownRecipient),
            Err(error) => return Err(error.into()),
        }
        let recipients: Vec<UserId> = recipients.into_iter().cloned().collect();
        let event = Event::new(EVENT, &event_data(&[&notice], false), &Scope::default()).on(Topic::Notice);
        self.bus.publish(event, Audience::Users(recipients)).await;
        Ok(notice.id)
    }
}

/// Returns the new notice as each recipient has it.
fn unread(new: &NewNotice) -> Notice {
    Notice {
        id: new.id.clone(),
        draft: new.draft.clone(),
        create_at: new.create_at,
        read_at: Timestamp::NEVER,
        acknowledged_at: Timestamp::NEVER,
    }
}

/// Builds the data of the event. `more` is whether further notices wait.
fn event_data(notices: &[&Notice], more: bool) -> Value {
    let notices: Vec<NoticeResponse> = notices.iter().map(|notice| notice.response()).collect();
    json!({"notices": notices, "more": more})
}

/// Converts a limit to the store's type.
fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
