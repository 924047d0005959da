//! The notification centre: what programs tell people. A notice is kept for each recipient until they are done with
//! it, told to whoever watches, and told again until a client says that it has it.
//!
//! A client watches the topic `notice` on its socket (`jackfield_watch`), shows each id it is told once, acknowledges it
//! (`jackfield_notice_ack`, or over REST), and watches again while it is told that there are more. What one client
//! acknowledged is not pushed to the account's others any more; all of them find it in the list.

mod digest;
mod draft;
mod keeping;
mod reading;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::access::{AccessError, rules};
use crate::bus::{Audience, Bus, Event, Scope, Topic};
use crate::clock::Clock;
use crate::config::Notices as Settings;
use crate::model::{NewNotice, Notice, NoticeDraft, NoticeId, Timestamp, User, UserId};
use crate::store::{Store, StoreError};

/// Recipients one notice may have. More are refused.
pub const MAX_RECIPIENTS: usize = 1000;

/// The event sockets are told of. Its name is part of the wire.
const EVENT: &str = "jackfield_notice";

/// Handles for notices. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notices {
    store: Store,
    clock: Clock,
    bus: Bus,
    settings: Settings,
    /// The hour of daily digests; none while the server sends no mail.
    digest_hour: Option<i8>,
}

/// Why a notice was not sent, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    #[error("a notice needs somebody to tell: the list of recipients is empty")]
    NoRecipients,
    #[error("the notice has {given} recipients; at most {MAX_RECIPIENTS} are allowed")]
    TooManyRecipients { given: usize },
    #[error("one of the recipients has no account")]
    UnknownRecipient,
    #[error("`{field}` is not valid: {reason}")]
    Invalid { field: &'static str, reason: String },
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("this server sends no mail: its operator has to set `mail.url` first")]
    NoMail,
    #[error("this mail was sent, or is being sent")]
    NotWaiting,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Notices {
    /// `digest_hour` is none where the server sends no mail.
    pub fn new(store: Store, clock: Clock, bus: Bus, settings: &Settings, digest_hour: Option<i8>) -> Self {
        Self { store, clock, bus, settings: settings.clone(), digest_hour }
    }

    /// An administrator sends a notice.
    pub async fn send_as(
        &self,
        by: &User,
        recipients: &[UserId],
        draft: NoticeDraft,
    ) -> Result<NoticeId, NoticeError> {
        rules::administer(by)?;
        self.send(recipients, draft).await
    }

    /// Sends a notice to these people, all or none: written for each, then told to those who watch.
    pub async fn send(&self, recipients: &[UserId], draft: NoticeDraft) -> Result<NoticeId, NoticeError> {
        // Each once, and in one order for all units of work.
        let recipients: BTreeSet<&UserId> = recipients.iter().collect();
        if recipients.is_empty() {
            return Err(NoticeError::NoRecipients);
        }
        if recipients.len() > MAX_RECIPIENTS {
            return Err(NoticeError::TooManyRecipients { given: recipients.len() });
        }
        draft::check(&draft)?;
        let now = self.clock.now();
        let new = NewNotice {
            id: self.clock.id(),
            recipients: recipients.iter().map(|user| ((*user).clone(), self.clock.id())).collect(),
            digests: self.digest_hour.map(|hour| (digest::next_hour(now), digest::next_day(now, hour))),
            create_at: now,
            draft,
        };
        let notice = first_of(&new);
        match self.store.create_notice(new).await {
            Ok(()) => {}
            Err(StoreError::Missing(_)) => return Err(NoticeError::UnknownRecipient),
            Err(error) => return Err(error.into()),
        }
        let recipients: Vec<UserId> = recipients.into_iter().cloned().collect();
        let event = Event::new(EVENT, &told(&[&notice], false), &Scope::default()).on(Topic::Notice);
        self.bus.publish(event, Audience::Users(recipients)).await;
        Ok(notice.id)
    }
}

/// As everybody has it when it is new.
fn first_of(new: &NewNotice) -> Notice {
    Notice {
        id: new.id.clone(),
        draft: new.draft.clone(),
        create_at: new.create_at,
        read_at: Timestamp::NEVER,
        acknowledged_at: Timestamp::NEVER,
    }
}

/// The data of the event: `more` says that others wait behind these.
fn told(notices: &[&Notice], more: bool) -> Value {
    let notices: Vec<Value> = notices.iter().map(|notice| notice.wire()).collect();
    json!({"notices": notices, "more": more})
}
