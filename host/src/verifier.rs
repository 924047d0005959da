//! How a request proves who sent it: one file per verifier, and a table of all.
//!
//! The permission sheet, the creation of a hook and the check of its requests all use this table.

mod github;
mod none;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Timestamp, Verifier};

/// Everything that is specific to one verifier.
#[derive(Debug)]
pub struct Scheme {
    /// The verifier's name, as a plugin sees it in `verified-by`.
    pub name: &'static str,
    /// What it proves, in parentheses after "receives the bridge x" on a permission sheet.
    pub sentence: &'static str,
    /// The header, in lower case, with the sender's id of a delivery, for the log. It is not signed: a delivery whose
    /// signed body is known is not processed again, whatever its id.
    pub delivery_header: Option<&'static str>,
    /// What is checked; None if the address is the only proof.
    pub signature: Option<Signature>,
}

/// How a signature over the raw body is checked.
#[derive(Debug)]
pub struct Signature {
    /// Why a hook cannot be created without a secret.
    pub needs_secret: &'static str,
    /// The headers, in lower case, that carry the proof. No plugin sees them.
    pub private_headers: &'static [&'static str],
    /// How far the signed time may be from now. Beyond this limit the check fails with [`SignatureError::Stale`].
    tolerance: Option<Duration>,
    /// Compares in constant time. Returns the signed time, if there is one.
    check: fn(secret: &[u8], request: Evidence<'_>) -> Result<Option<Timestamp>, SignatureError>,
}

/// The request that a signature is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'r> {
    /// Names are in lower case.
    pub headers: &'r BTreeMap<String, String>,
    pub body: &'r [u8],
}

/// Why a request is not accepted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the header {0} with the signature is missing; set the webhook's secret at the sender")]
    Missing(&'static str),
    #[error(
        "the signature does not belong to this body; set the same secret at the sender and here, and forward the body unchanged"
    )]
    Wrong,
    #[error("the signature is too old or from the future; check the clocks, or send the request again")]
    Stale,
    #[error("this webhook has no secret to check signatures with; create it again with one")]
    NoSecret,
}

/// The table of verifiers, one line each.
pub fn scheme(verifier: Verifier) -> &'static Scheme {
    match verifier {
        Verifier::None => &none::SCHEME,
        Verifier::Github => &github::SCHEME,
    }
}

/// Whether a header carries the proof of some verifier.
pub fn is_private(header: &str) -> bool {
    let signatures = Verifier::ALL.iter().filter_map(|verifier| scheme(*verifier).signature.as_ref());
    signatures.flat_map(|signature| signature.private_headers).any(|private| *private == header)
}

impl Signature {
    /// Checks a request that arrived at `now`.
    pub fn verify(&self, secret: &[u8], request: Evidence<'_>, now: Timestamp) -> Result<(), SignatureError> {
        let signed_at = (self.check)(secret, request)?;
        match signed_at.zip(self.tolerance) {
            Some((at, tolerance))
                if u128::from(at.as_millis().abs_diff(now.as_millis())) > tolerance.as_millis() =>
            {
                Err(SignatureError::Stale)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_has_the_name_its_verifier_is_stored_under() {
        for verifier in Verifier::ALL {
            assert_eq!(serde_json::json!(verifier), scheme(verifier).name);
        }
    }

    #[test]
    fn a_signature_holds_within_its_tolerance_before_and_after() {
        let signature = Signature {
            needs_secret: "",
            private_headers: &[],
            tolerance: Some(Duration::from_mins(5)),
            check: |_, _| Ok(Some(Timestamp::from_millis(1_000_000))),
        };
        let headers = BTreeMap::new();
        for (now, expected) in [
            (1_300_000, Ok(())),
            (1_300_001, Err(SignatureError::Stale)),
            (700_000, Ok(())),
            (699_999, Err(SignatureError::Stale)),
        ] {
            let request = Evidence { headers: &headers, body: b"" };
            assert_eq!(signature.verify(b"", request, Timestamp::from_millis(now)), expected, "{now}");
        }
    }

    #[test]
    fn headers_with_a_proof_are_private() {
        assert!(is_private("x-hub-signature-256") && is_private("x-hub-signature"));
        assert!(!is_private("x-github-event") && !is_private("x-github-delivery"));
    }
}
