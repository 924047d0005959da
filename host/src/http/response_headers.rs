//! The headers of every response: the version, and restrictions for browsers.

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::secret::sha256_hex;

/// The Mattermost version whose API this server implements. Clients choose their behaviour by it.
pub(super) const COMPATIBLE_VERSION: &str = "11.6.0";

const VERSION_ID: HeaderName = HeaderName::from_static("x-version-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Responses may load nothing and appear in no frame. Files have a policy of their own.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Version, build, configuration hash and licence: the value of `X-Version-Id` and of the `hello` event. Clients reload
/// when it changes. The build is a digest, because every client gets this header, also without an account.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let build = &sha256_hex(env!("CARGO_PKG_VERSION").as_bytes())[..8];
    format!("{COMPATIBLE_VERSION}.jackfield-{build}.0.false")
});

type Set = SetResponseHeaderLayer<HeaderValue>;

pub(super) fn layers() -> (Set, Set, Set, Set, Set, Set) {
    let version = HeaderValue::from_str(&VERSION).expect("a version is visible ASCII");
    (
        Set::overriding(VERSION_ID, version),
        Set::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        Set::overriding(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        Set::overriding(PERMISSIONS_POLICY, HeaderValue::from_static("")),
        Set::if_not_present(header::CONTENT_SECURITY_POLICY, POLICY),
        // Most responses are private. Those that a browser may keep say so themselves.
        Set::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    )
}

/// Returns the layer that makes browsers use HTTPS only, or None if the operator has not enabled it.
pub(super) fn strict_transport(seconds: u32) -> Option<Set> {
    let value = HeaderValue::from_str(&format!("max-age={seconds}")).ok().filter(|_| seconds > 0)?;
    Some(Set::overriding(header::STRICT_TRANSPORT_SECURITY, value))
}
