//! Signing in and out, and recognising tokens.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;

use super::session::check_device;
use super::throttle::PasswordAttempt;
use super::{Access, AccessError, Credential, Principal};
use crate::model::{Agent, Session, User, UserId};
use crate::secret::{Secret, random_id};

/// Longer tokens are cut to this length before the lookup, as on the wire.
const MAX_TOKEN: usize = 50;

/// Precision of a session's last use, so that not every request causes a write.
const ACTIVITY: Duration = Duration::from_mins(1);

/// A new sign-in. Its token is shown only here.
#[derive(Debug)]
pub struct NewSession {
    pub user: User,
    pub session: Session,
    pub token: Secret,
}

/// A request to sign in.
#[derive(Debug)]
pub struct SignIn {
    /// A username or an e-mail address.
    pub login: String,
    /// The account's id, instead of `login`.
    pub id: Option<UserId>,
    pub password: Secret,
    pub address: Option<IpAddr>,
    /// The proof that the device has from an earlier sign-in.
    pub device: Option<Secret>,
    /// The token of an earlier sign-in that the request carries.
    pub token: Option<Secret>,
    /// The code of the account's second factor, or empty.
    pub code: Secret,
    /// The device and the program that sign in, as the client names them.
    pub device_id: String,
    pub agent: Agent,
}

impl Access {
    /// Checks a login, a password and the code of a second factor, and creates a session. After repeated failures,
    /// further attempts must wait. Wrong passwords and codes of an account are audited.
    pub async fn sign_in(&self, request: SignIn) -> Result<NewSession, AccessError> {
        let SignIn { login, id, password, address, device, token, code, device_id, agent } = request;
        check_device(&device_id)?;
        let password = password.reveal().to_owned();
        if password.is_empty() {
            return Err(AccessError::BlankPassword);
        }
        let known = match id {
            Some(id) => self.store.login_by_id(&id).await?,
            None => self.store.login(&login).await?,
        };
        let (user, hash) = known.unzip();
        let (proof, token) = (device.as_ref().map(Secret::reveal), token.as_ref().map(Secret::reveal));
        let device = match &user {
            Some(user) => self.known_device(user, proof, token).await?,
            None => None,
        };
        let is_known = device.is_some();
        let attempt = match (&user, device) {
            (Some(user), Some(device)) => PasswordAttempt::of_device(&user.id, device),
            (user, _) => PasswordAttempt::of_stranger(user.as_ref().map(|user| &user.id), &login, address),
        };
        self.throttle.begin(&attempt, self.clock.now())?;
        let matches = self.verify_password(password, hash.flatten(), is_known).await?;
        if matches && let Some(user) = &user {
            let checked = self.check_second_factor(user, &code).await;
            match &checked {
                // A client learns in this way whether it must request a code from its user.
                Err(AccessError::CodeNeeded) if code.reveal().is_empty() => self.throttle.withdraw(&attempt),
                Err(AccessError::CodeNeeded | AccessError::WrongCode) => {
                    self.audit_failure(user, address).await;
                }
                _ => {}
            }
            checked?;
        }
        if matches {
            self.throttle.succeeded(&attempt);
        }
        match user {
            Some(user) if user.is_bot => Err(AccessError::BotLogin),
            Some(user) if matches && !user.delete_at.is_never() => Err(AccessError::Inactive),
            Some(user) if matches => self.open_session(user, device_id, agent).await,
            Some(user) => {
                self.audit_failure(&user, address).await;
                Err(AccessError::WrongLogin)
            }
            None => Err(AccessError::WrongLogin),
        }
    }

    /// Audits a wrong password or code, in the background: the time of the response must not tell whether the account
    /// exists. A failure to do so is logged.
    async fn audit_failure(&self, user: &User, address: Option<IpAddr>) {
        let Some(failures) = self.throttle.audited_failure(&user.id, self.clock.now()) else { return };
        let became = json!({"failures": failures, "address": address.map(|address| address.to_string())});
        let row = self.account_audit(None, "user.login.fail", user, None, Some(became));
        let store = self.store.clone();
        let written = async move {
            if let Err(error) = store.record_audit(row).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a failed sign-in was not audited");
            }
        };
        match &self.tasks {
            Some(tasks) => drop(tasks.spawn(written)),
            None => written.await,
        }
    }

    /// Returns the holder of a token: a session's, or an active personal access token.
    pub async fn recognise(&self, token: &str) -> Result<Principal, AccessError> {
        let token = secret_of(token);
        let (user_id, credential) = match self.live_session(&token).await? {
            Some(session) => (session.user_id.clone(), Credential::Session(session)),
            None => match self.store.access_token_by_secret(&token).await? {
                Some(access) if access.is_active => (access.user_id, Credential::AccessToken(access.id)),
                _ => return Err(AccessError::NoSession),
            },
        };
        match self.store.shared_user(&user_id).await? {
            Some(user) if user.delete_at.is_never() => Ok(Principal { user, credential }),
            _ => Err(AccessError::NoSession),
        }
    }

    /// Ends the session that the request was signed in with. A personal access token stays valid.
    pub async fn sign_out(&self, principal: &Principal) -> Result<(), AccessError> {
        if let Credential::Session(session) = &principal.credential {
            self.store.delete_session(&session.id).await?;
            self.recheck(&principal.user.id);
        }
        Ok(())
    }

    /// Returns the session of a token, if it is one.
    pub(super) async fn session_of(&self, token: &str) -> Result<Option<Session>, AccessError> {
        self.live_session(&secret_of(token)).await
    }

    /// Returns the session of a token, and records its use.
    async fn live_session(&self, token: &Secret) -> Result<Option<Session>, AccessError> {
        let now = self.clock.now();
        let Some(live) = self.store.live_session(token, now, self.idle_since()).await? else {
            return Ok(None);
        };
        if live.last_activity_at.plus(ACTIVITY) <= now
            && let Err(error) = self.store.touch_session(&live.session.id, now).await
        {
            // The session is valid even if its use could not be recorded.
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the last use of a session was not written");
        }
        Ok(Some(live.session))
    }

    async fn open_session(
        &self,
        user: User,
        device_id: String,
        agent: Agent,
    ) -> Result<NewSession, AccessError> {
        let now = self.clock.now();
        let token = Secret::random();
        let session = Session {
            id: self.clock.id(),
            user_id: user.id.clone(),
            csrf: random_id(),
            create_at: now,
            expires_at: now.plus(self.session_lifetime),
            device_id,
            agent,
        };
        if self.store.create_session(session.clone(), &token, self.sessions_per_account).await? > 0 {
            // The sockets of the sessions that made room close.
            self.recheck(&user.id);
        }
        Ok(NewSession { user, session, token })
    }
}

fn secret_of(token: &str) -> Secret {
    Secret::new(token.chars().take(MAX_TOKEN).collect::<String>())
}
