//! The second factor: codes of six digits that an authenticator computes from a shared secret and the time (RFC 6238).

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha1::Sha1;

use super::throttle::PasswordAttempt;
use super::{Access, AccessError, AccountAccess, SITE_NAME};
use crate::model::{Kind, Timestamp, User};
use crate::secret::{Secret, random_bytes, same};

/// How long one code is valid, in milliseconds.
const STEP: i64 = 30_000;

/// Steps before and after the present one whose codes are accepted, because clocks differ.
const DRIFT: i64 = 1;

/// The length of a code.
const DIGITS: usize = 6;

/// The length of the shared secret, in bytes.
const SECRET: usize = 20;

/// A shared secret for an authenticator. It is shown only here.
#[derive(Debug)]
pub struct FactorSecret {
    /// The secret in base 32, for typing.
    pub secret: Secret,
    /// The same as an address for a QR code.
    pub address: Secret,
}

impl Access {
    /// Gives an account a new secret for its authenticator. The factor is not in force until a code of it was accepted.
    /// A factor that is in force stays as it is.
    pub async fn prepare_second_factor(&self, account: &AccountAccess) -> Result<FactorSecret, AccessError> {
        let user = self.own_user(account).await?;
        if user.mfa_active {
            return Err(AccessError::SecondFactorActive);
        }
        let secret = Secret::new(data_encoding::BASE32_NOPAD.encode(&random_bytes::<SECRET>()));
        let sealer = self.sealer.as_ref().ok_or(AccessError::NoSecondFactor)?;
        self.store.set_mfa_secret(&user.id, Some(sealer.seal(&secret)), false, self.clock.now()).await?;
        let label = format!("{}:{}", SITE_NAME, user.email);
        let text = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let address =
            format!("otpauth://totp/{}?secret={}&issuer={}", text(&label), secret.reveal(), text(SITE_NAME));
        Ok(FactorSecret { secret, address: Secret::new(address) })
    }

    /// Puts an account's second factor in force, with a code of it.
    pub async fn activate_second_factor(
        &self,
        account: &AccountAccess,
        code: &str,
    ) -> Result<(), AccessError> {
        let user = self.own_user(account).await?;
        let attempt = PasswordAttempt::of_session(&user.id);
        self.throttle.begin(&attempt, self.clock.now())?;
        if !self.accepts(&user, code).await? {
            return Err(AccessError::WrongActivationCode);
        }
        self.throttle.succeeded(&attempt);
        self.switch_second_factor(account, &user, true).await
    }

    /// Removes an account's second factor and its secret.
    pub async fn remove_second_factor(&self, account: &AccountAccess) -> Result<(), AccessError> {
        let user = self.own_user(account).await?;
        self.switch_second_factor(account, &user, false).await
    }

    /// Checks the code of a sign-in, if the account has a second factor. A code is accepted once.
    pub(super) async fn check_second_factor(&self, user: &User, code: &Secret) -> Result<(), AccessError> {
        if !user.mfa_active {
            return Ok(());
        }
        let code = code.reveal().trim();
        if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AccessError::CodeNeeded);
        }
        if self.accepts(user, code).await? { Ok(()) } else { Err(AccessError::WrongCode) }
    }

    async fn own_user(&self, account: &AccountAccess) -> Result<User, AccessError> {
        let user = self.user(account.id()).await?;
        if user.is_bot {
            return Err(AccessError::invalid(
                Kind::Account,
                "user_id",
                "bots sign in with tokens and have no second factor",
            ));
        }
        Ok(user)
    }

    async fn switch_second_factor(
        &self,
        account: &AccountAccess,
        was: &User,
        active: bool,
    ) -> Result<(), AccessError> {
        let (before, after) = (json!({"mfa_active": was.mfa_active}), json!({"mfa_active": active}));
        let row = self.account_audit(Some(account.caller()), "user.mfa", was, Some(before), Some(after));
        let (store, now) = (self.store.with_audit(row), self.clock.now());
        if active {
            store.activate_mfa(&was.id, now).await?;
        } else {
            store.set_mfa_secret(&was.id, None, false, now).await?;
        }
        let user = self.user(&was.id).await?;
        self.publish_user_updated(&user).await;
        Ok(())
    }

    /// Whether a code is right and was not used before. The step of an accepted code is recorded, so that of two
    /// requests with one code only one succeeds.
    async fn accepts(&self, user: &User, code: &str) -> Result<bool, AccessError> {
        let Some(secret) = self.store.mfa_secret(&user.id).await? else { return Ok(false) };
        let sealer = self.sealer.as_ref().ok_or(AccessError::NoSecondFactor)?;
        let Ok(secret) = sealer.open(&secret) else {
            tracing::warn!(user = %user.id, "the secret of a second factor cannot be unsealed; was the key file replaced?");
            return Ok(false);
        };
        let Ok(key) = data_encoding::BASE32_NOPAD.decode(secret.reveal().as_bytes()) else {
            return Ok(false);
        };
        match step_of(&key, code.trim(), self.clock.now()) {
            Some(step) => Ok(self.store.use_mfa_step(&user.id, step).await?),
            None => Ok(false),
        }
    }
}

/// Returns the time step that a code belongs to, if it is one of those that are accepted now.
fn step_of(key: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let present = now.as_millis() / STEP;
    (present - DRIFT..=present + DRIFT)
        .rev()
        .find(|step| code_at(key, *step).is_some_and(|right| same(&right, code)))
}

fn code_at(key: &[u8], step: i64) -> Option<String> {
    let mac = Hmac::<Sha1>::new_from_slice(key).ok()?.chain_update(step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0x0f);
    let bytes: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six digits.
        let at = |seconds: i64| code_at(KEY, seconds / 30).unwrap();
        assert_eq!([at(59), at(1_111_111_109), at(20_000_000_000)], ["287082", "081804", "353130"]);
    }

    #[test]
    fn a_code_is_accepted_for_one_step_more_on_each_side() {
        let now = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let code = code_at(KEY, 100).unwrap();
        for (seconds, accepted) in [(2969, false), (2970, true), (3000, true), (3059, true), (3060, false)] {
            assert_eq!(step_of(KEY, &code, now(seconds)), accepted.then_some(100), "{seconds}");
        }
    }
}
