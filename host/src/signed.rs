//! The signed API: other programs call four methods in three dialects, and sign each request.
//!
//! A request is parsed ([`call`]), its application is looked up, and then it is judged from these facts alone
//! ([`check`]). Its stamp or nonce is used up in one statement, and only then does a method run ([`methods`]).
//! [`token`] defines what each dialect signs, [`php`] how PHP writes a query.

mod address;
mod applications;
mod body;
mod call;
mod check;
mod explain;
mod message;
mod methods;
pub mod php;
mod refusal;
mod rejection;
mod reply;
pub mod token;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::{Chat, ChatError};
use crate::clock::Clock;
use crate::model::{Application, ApplicationId, ApplicationTarget, Dialect, Strength, Timestamp};
use crate::notice::Notices;
use crate::rate::{Buckets, Rate};
use crate::secret::{Secret, random_key};
use crate::store::{NonceUse, Store, StoreError};

pub use address::{Addresses, InvalidAddresses};
pub use applications::{ApplicationEdit, ApplicationError, Applications, IssuedKey, NewApplication};
pub use check::TOLERANCE;
pub use explain::{Explanation, Sample, Stage, Verdict, code_in};
pub use refusal::{Language, Refusal};
pub use reply::Reply;

use call::SignedCall;
use check::{Entry, Hmac, Pass, ReplayGuard, judge};

/// How stale the stored time of a strength's last use may get. Storing it for each request would make every request a
/// write.
const LAST_USE_STALENESS: Duration = Duration::from_mins(1);

/// Handles signed requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SignedRequests {
    store: Store,
    chat: Chat,
    notices: Notices,
    clock: Clock,
    pub applications: Applications,
    policy: Arc<Policy>,
    /// None if applications are not limited.
    rate: Option<Arc<Buckets>>,
    placeholder: Arc<Application>,
}

/// The operator's settings.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whether a client may also sign the bytes of the query as sent.
    pub raw_query: bool,
    pub max_users: usize,
    /// How often one application may call. None means no limit.
    pub rate: Option<Rate>,
}

/// Which address a request was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `/api.php` and `/x.php`.
    Php,
    /// `/im/{method}`.
    Direct(String),
}

/// A request as it arrived.
#[derive(Debug)]
pub struct SignedRequest {
    pub endpoint: Endpoint,
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
    /// Returns None without a signature; the request must have a token then.
    pub fn of(header: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let field = |name: &str| header(name).unwrap_or_default();
        let signatures = header("webhook-signature")?;
        Some(Self { id: field("webhook-id"), timestamp: field("webhook-timestamp"), signatures })
    }
}

/// A request whose application and signature are valid. Its stamp or nonce is not used up yet.
#[derive(Debug)]
struct ValidCall {
    application: Application,
    pass: Pass,
    call: SignedCall,
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

impl SignedRequests {
    pub fn new(chat: Chat, notices: Notices, applications: Applications, policy: Policy) -> Self {
        let (store, clock) = (applications.store.clone(), applications.clock.clone());
        let placeholder = Arc::new(placeholder(&applications, &clock));
        let rate = policy.rate.map(|rate| Arc::new(Buckets::new(rate)));
        Self { store, chat, notices, clock, applications, policy: Arc::new(policy), rate, placeholder }
    }

    /// Checks a request, counts it, uses up its stamp or nonce, and runs its method.
    pub async fn answer(&self, request: &SignedRequest) -> Result<Reply, SignedError> {
        let checked = self.check(request).await?;
        // Only correctly signed requests count against the application's bucket, so that other clients cannot empty it.
        self.count(&checked.application.id).map_err(SignedError::Refused)?;
        self.enter(&checked).await?;
        methods::call(self, &checked, &request.body).await
    }

    /// Parses a request, finds its application, and judges it. Reads the store once, whatever the verdict.
    async fn check(&self, request: &SignedRequest) -> Result<ValidCall, SignedError> {
        let call = SignedCall::parse(request, self.policy.raw_query).map_err(SignedError::Refused)?;
        let target = self.store.application_target(&call.code).await?;
        let pass = self.judge(request, &call, target.as_ref()).map_err(SignedError::Refused)?;
        // `judge` refuses unknown codes, so there is a target here.
        let application = target.map_or_else(|| (*self.placeholder).clone(), |target| target.application);
        Ok(ValidCall { application, pass, call })
    }

    fn count(&self, application: &ApplicationId) -> Result<(), Refusal> {
        let Some(buckets) = &self.rate else { return Ok(()) };
        let draw = buckets.draw(application, self.clock.now());
        if draw.allowed { Ok(()) } else { Err(Refusal::TooOften { retry_after: draw.retry_after }) }
    }

    fn judge(
        &self,
        request: &SignedRequest,
        call: &SignedCall,
        target: Option<&ApplicationTarget>,
    ) -> Result<Pass, Refusal> {
        let application = target.map_or(&*self.placeholder, |target| &target.application);
        let key = self.applications.open(application, &application.sealed_key);
        let unused = self.placeholder.previous_key.as_deref().unwrap_or_default();
        let previous = application.previous_key.as_deref().unwrap_or(unused);
        let previous = self.applications.open(application, previous).unwrap_or_else(|| Secret::new(""));
        let account_exists = target.is_some_and(|target| target.account_exists);
        let entry = Entry { application, key: key.as_ref(), previous: &previous, account_exists };
        judge(&call.input(request), target.is_some().then_some(&entry), &entry, self.clock.now())
    }

    /// Uses up a request's stamp or nonce. Of two requests with the same one, only one is accepted.
    async fn enter(&self, checked: &ValidCall) -> Result<(), SignedError> {
        let (application, now) = (&checked.application, self.clock.now());
        let refused = match &checked.pass.guard {
            ReplayGuard::Nothing => None,
            ReplayGuard::Time { stamp, latest } => {
                let first = self.store.use_application_time(&application.id, *stamp, *latest).await?;
                (!first).then_some(Refusal::Repeated)
            }
            ReplayGuard::Nonce { word, until } => {
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
        let strength = checked.pass.strength;
        if application.used.of(strength).plus(LAST_USE_STALENESS) <= now {
            self.store.note_application_use(&application.id, strength, now).await?;
        }
        Ok(())
    }
}

impl SignedRequest {
    /// Whether it was sent to `/im/{method}`.
    pub fn is_direct(&self) -> bool {
        matches!(self.endpoint, Endpoint::Direct(_))
    }

    fn hmac(&self) -> Option<Hmac<'_>> {
        self.signature.as_ref().map(|headers| Hmac {
            id: &headers.id,
            timestamp: &headers.timestamp,
            signatures: &headers.signatures,
        })
    }
}

/// Stands in for an unknown code, with keys that belong to no application, so that an unknown code takes as long as a
/// wrong token.
fn placeholder(applications: &Applications, clock: &Clock) -> Application {
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
