//! The headers of every response: the version, and restrictions for browsers.

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

/// The Mattermost version whose API this server implements. Clients choose their behaviour by it.
pub(super) const COMPATIBLE_VERSION: &str = "11.6.0";

const VERSION_ID: HeaderName = HeaderName::from_static("x-version-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Version, build, configuration hash and licence: the value of `X-Version-Id` and of the `hello` event.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!("{COMPATIBLE_VERSION}.jackfield-{}.0.false", env!("CARGO_PKG_VERSION").replace('.', "-"))
});

type Set = SetResponseHeaderLayer<HeaderValue>;

pub(super) fn layers() -> (Set, Set, Set, Set) {
    let version = HeaderValue::from_str(&VERSION).expect("a version is visible ASCII");
    (
        Set::overriding(VERSION_ID, version),
        Set::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        Set::overriding(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        Set::overriding(PERMISSIONS_POLICY, HeaderValue::from_static("")),
    )
}
