//! No verifier: any sender that knows the address is accepted.

use super::Scheme;

pub(super) const SCHEME: Scheme = Scheme {
    name: "none",
    sentence: "its secret address is the only proof",
    delivery_header: None,
    signature: None,
};
