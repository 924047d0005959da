//! GitHub: `X-Hub-Signature-256: sha256=<hex>`, the HMAC-SHA256 of the raw body. The SHA-1 header is not accepted, and
//! GitHub signs no time.

use super::{Evidence, Scheme, Signature, SignatureError};
use crate::model::Timestamp;
use crate::secret::hmac_sha256_matches;

const HEADER: &str = "x-hub-signature-256";

pub(super) const SCHEME: Scheme = Scheme {
    name: "github",
    sentence: "verified by GitHub's signature",
    delivery_header: Some("x-github-delivery"),
    signature: Some(Signature {
        needs_secret: "GitHub's signature needs the secret set at GitHub",
        private_headers: &["x-hub-signature", HEADER],
        tolerance: None,
        check,
    }),
};

fn check(secret: &[u8], request: Evidence<'_>) -> Result<Option<Timestamp>, SignatureError> {
    let header = request.headers.get(HEADER).ok_or(SignatureError::Missing("X-Hub-Signature-256"))?;
    let tag = header
        .strip_prefix("sha256=")
        .and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok())
        .ok_or(SignatureError::Wrong)?;
    if hmac_sha256_matches(secret, request.body, &tag) { Ok(None) } else { Err(SignatureError::Wrong) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn checked(header: &str, value: &str, body: &[u8]) -> Result<Option<Timestamp>, SignatureError> {
        let headers = BTreeMap::from([(header.to_owned(), value.to_owned())]);
        check(SECRET, Evidence { headers: &headers, body })
    }

    #[test]
    fn githubs_published_sample_verifies_and_nothing_else() {
        assert_eq!(checked(HEADER, SIGNATURE, b"Hello, World!"), Ok(None));
        assert_eq!(checked(HEADER, SIGNATURE, b"Hello, World?"), Err(SignatureError::Wrong));
        assert_eq!(checked(HEADER, &SIGNATURE[7..], b"Hello, World!"), Err(SignatureError::Wrong));
        let missing = Err(SignatureError::Missing("X-Hub-Signature-256"));
        assert_eq!(checked("x-hub-signature", SIGNATURE, b"Hello, World!"), missing);
    }
}
