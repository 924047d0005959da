//! The signed API: programs of others that sign each request call four methods, in three dialects.
//!
//! A request is read ([`read`]), its application looked up, and then judged over these facts alone ([`check`]); what
//! it uses up is noted in one statement, and only then a method sees it ([`methods`]). What the dialects sign is in
//! [`token`], what PHP has to do with it in [`php`].

mod address;
mod applications;
mod body;
mod check;
mod explain;
mod fault;
mod message;
mod methods;
pub mod php;
mod read;
mod refusal;
mod reply;
pub mod token;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::{Chat, ChatError};
use crate::clock::Clock;
use crate::model::{Application, ApplicationTarget, Dialect, Strength, Timestamp};
use crate::notice::Notices;
use crate::secret::{Secret, random_key};
use crate::store::{NonceUse, Store, StoreError};

pub use address::{Addresses, InvalidAddresses};
pub use applications::{ApplicationEdit, ApplicationError, Applications, Issued, NewApplication};
pub use check::TOLERANCE;
pub use explain::{Explanation, Sample, Stage, Verdict, code_in};
pub use refusal::{Language, Refusal};
pub use reply::Reply;

use check::{Claim, Hmac, Known, Pass, judge};
use read::Read;

/// A rung's last use is noted again after this long: a note per request would make every request a write.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// Handles for signed requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signed {
    store: Store,
    chat: Chat,
    notices: Notices,
    clock: Clock,
    pub applications: Applications,
    rules: Arc<Rules>,
    nobody: Arc<Application>,
}

/// What the operator allows.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whether the query's own bytes may be signed too.
    pub raw_query: bool,
    pub max_users: usize,
}

/// Which addresses a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entrance {
    /// `/api.php` and `/x.php`.
    Php,
    /// `/im/{method}`.
    Direct(String),
}

/// A request as it arrived.
#[derive(Debug)]
pub struct Request {
    pub door: Entrance,
    pub query: String,
    pub signature: Option<SignatureHeaders>,
    pub body: Vec<u8>,
    pub address: IpAddr,
    pub language: Language,
}

/// The headers of Standard Webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    pub id: String,
    pub timestamp: String,
    pub signatures: String,
}

impl SignatureHeaders {
    /// None without a signature: then the token counts.
    pub fn of(header: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let field = |name: &str| header(name).unwrap_or_default();
        let signatures = header("webhook-signature")?;
        Some(Self { id: field("webhook-id"), timestamp: field("webhook-timestamp"), signatures })
    }
}

/// A request whose application and signature were found right. It has used up nothing yet.
#[derive(Debug)]
pub struct Checked {
    pub application: Application,
    pass: Pass,
    read: Read,
}

#[derive(Debug, thiserror::Error)]
pub enum SignedError {
    #[error("a signed request was refused: {}", .0.reason())]
    Refused(Refusal),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Signed {
    pub fn new(chat: Chat, notices: Notices, applications: Applications, rules: Rules) -> Self {
        let (store, clock) = (applications.store.clone(), applications.clock.clone());
        let nobody = Arc::new(nobody(&applications, &clock));
        Self { store, chat, notices, clock, applications, rules: Arc::new(rules), nobody }
    }

    /// Reads a request, finds its application, and decides. One read of the store, whatever comes of it.
    pub async fn check(&self, request: &Request) -> Result<Checked, SignedError> {
        let read = Read::of(request, self.rules.raw_query).map_err(SignedError::Refused)?;
        let target = self.store.application_target(&read.code).await?;
        let pass = self.judge(request, &read, target.as_ref()).map_err(SignedError::Refused)?;
        // `judge` refuses unknown codes, so there is a target here.
        let application = target.map_or_else(|| (*self.nobody).clone(), |target| target.application);
        Ok(Checked { application, pass, read })
    }

    fn judge(
        &self,
        request: &Request,
        read: &Read,
        target: Option<&ApplicationTarget>,
    ) -> Result<Pass, Refusal> {
        let application = target.map_or(&*self.nobody, |target| &target.application);
        let key = self.applications.open(application, &application.sealed_key);
        let nobodys = self.nobody.previous_key.as_deref().unwrap_or_default();
        let previous = application.previous_key.as_deref().unwrap_or(nobodys);
        let previous = self.applications.open(application, previous).unwrap_or_else(|| Secret::new(""));
        let account_exists = target.is_some_and(|target| target.account_exists);
        let entry = Known { application, key: key.as_ref(), previous: &previous, account_exists };
        let known = target.is_some().then_some(&entry);
        judge(&read.asked(request), known, &entry, self.clock.now())
    }

    /// Uses up what a request may use once. Of two that come with the same, one gets in.
    pub async fn enter(&self, checked: &Checked) -> Result<(), SignedError> {
        let (application, now) = (&checked.application, self.clock.now());
        let refused = match &checked.pass.claim {
            Claim::Nothing => None,
            Claim::Time(stamp) => {
                let first = self.store.use_application_time(&application.id, *stamp).await?;
                (!first).then_some(Refusal::Repeated)
            }
            Claim::Nonce { word, until } => {
                match self.store.use_application_nonce(&application.id, word, *until, now).await? {
                    NonceUse::Fresh => None,
                    NonceUse::Repeated => Some(Refusal::Repeated),
                    NonceUse::Full => Some(Refusal::NoncesFull),
                }
            }
        };
        if let Some(refusal) = refused {
            return Err(SignedError::Refused(refusal));
        }
        let rung = checked.pass.rung;
        if application.used.of(rung).plus(NOTED_EVERY) <= now {
            self.store.note_application_use(&application.id, rung, now).await?;
        }
        Ok(())
    }

    /// Does what a request asks for, once it has entered.
    pub async fn call(&self, checked: &Checked, request: &Request) -> Result<Reply, SignedError> {
        methods::call(self, checked, &request.body).await
    }
}

impl Request {
    /// Whether it came to `/im/{method}`.
    pub fn is_direct(&self) -> bool {
        matches!(self.door, Entrance::Direct(_))
    }

    fn hmac(&self) -> Option<Hmac<'_>> {
        self.signature.as_ref().map(|headers| Hmac {
            id: &headers.id,
            timestamp: &headers.timestamp,
            signatures: &headers.signatures,
        })
    }
}

/// What an unknown code is checked against: keys that nobody has.
fn nobody(applications: &Applications, clock: &Clock) -> Application {
    Application {
        id: clock.id(),
        name: String::new(),
        code: String::new(),
        sealed_key: applications.seal(&random_key()),
        previous_key: Some(applications.seal(&random_key())),
        previous_until: Timestamp::NEVER,
        account_id: None,
        free: false,
        bot_id: None,
        addresses: "*".to_owned(),
        dialects: Dialect::ALL.to_vec(),
        strengths: Strength::ALL.to_vec(),
        enabled: false,
        called_time: 0,
        used: crate::model::LastUse::default(),
        create_at: Timestamp::NEVER,
        update_at: Timestamp::NEVER,
        delete_at: Timestamp::NEVER,
    }
}
