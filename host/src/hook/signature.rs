//! Verifying where a request comes from, over the raw body and in constant time, before any plugin sees it.

use super::HookRequest;
use crate::model::{IncomingHook, Verifier};
use crate::secret::{SealError, Sealer, hmac_sha256_matches};

/// GitHub's header: `sha256=` and the hexadecimal HMAC-SHA256 of the body. Its SHA-1 header is not enough.
const GITHUB: &str = "x-hub-signature-256";

/// Why a request is not believed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    #[error(
        "the request is not signed: the header X-Hub-Signature-256 is missing; set the webhook's secret at the sender"
    )]
    Missing,
    #[error(
        "the signature does not belong to this body: the secret at the sender and here differ, or the body was changed on the way"
    )]
    Wrong,
    #[error("this webhook has no secret to check signatures with: make it anew with one")]
    NoSecret,
    #[error(transparent)]
    Sealed(#[from] SealError),
}

/// Checks a request. The verifier's name when there was something to verify.
pub(super) fn check(
    sealer: &Sealer,
    hook: &IncomingHook,
    request: &HookRequest,
) -> Result<Option<String>, SignatureError> {
    match hook.verifier {
        Verifier::None => Ok(None),
        Verifier::Github => {
            let kept = hook.sealed_secret.as_ref().ok_or(SignatureError::NoSecret)?;
            let secret = sealer.open(kept)?;
            let header = request.header(GITHUB).ok_or(SignatureError::Missing)?;
            let tag = header
                .strip_prefix("sha256=")
                .and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok())
                .ok_or(SignatureError::Wrong)?;
            if hmac_sha256_matches(secret.reveal().as_bytes(), &request.body, &tag) {
                Ok(Some("github".to_owned()))
            } else {
                Err(SignatureError::Wrong)
            }
        }
    }
}
