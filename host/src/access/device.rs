//! Devices that have signed in to an account before. Their attempts to sign in are counted apart from those of
//! strangers, so that guessing cannot keep the owner out (see [`super::throttle`]).
//!
//! A browser keeps a proof: an id of the device, and its HMAC under a key of this server together with the account and
//! the time of its password. So nothing is stored, and a new password ends all proofs.

use super::{Access, AccessError};
use crate::model::User;
use crate::secret::{Secret, hmac_sha256_hex, random_id, same};

impl Access {
    /// Sets the key of the proofs. Without it, as on the command line, there are none.
    #[must_use]
    pub fn with_device_key(self, key: Secret) -> Self {
        Self { device_key: Some(key), ..self }
    }

    /// Returns a proof that this device has signed in to the account.
    pub fn device_proof(&self, user: &User) -> Option<Secret> {
        let device = random_id();
        let tag = self.device_tag(user, &device)?;
        Some(Secret::new(format!("{device}.{tag}")))
    }

    /// Returns the device that signs in to an account, if it has done so before: by its proof, or by a session of the
    /// account that it still has.
    pub(super) async fn known_device(
        &self,
        user: &User,
        proof: Option<&str>,
        token: Option<&str>,
    ) -> Result<Option<String>, AccessError> {
        if let Some((device, tag)) = proof.and_then(|proof| proof.split_once('.'))
            && self.device_tag(user, device).is_some_and(|expected| same(&expected, tag))
        {
            return Ok(Some(device.to_owned()));
        }
        let Some(token) = token else { return Ok(None) };
        let session = self.session_of(token).await?.filter(|session| session.user_id == user.id);
        Ok(session.map(|session| session.id.as_str().to_owned()))
    }

    fn device_tag(&self, user: &User, device: &str) -> Option<String> {
        let key = self.device_key.as_ref()?.reveal();
        let subject = format!("{device} {} {}", user.id, user.last_password_update.as_millis());
        Some(hmac_sha256_hex(key.as_bytes(), subject.as_bytes()))
    }
}
