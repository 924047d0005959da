//! The only HTTP client, and the only one for mail.
//!
//! Both go to servers that the operator named: the command line to the one it is told, mails to `mail.url`. So no address
//! is refused here, on this machine and on private networks neither.

pub mod mail;

use std::time::Duration;

/// How long a request of the command line may take: uploading and compiling a plugin included.
const TIMEOUT: Duration = Duration::from_mins(5);

/// A client for an address the operator typed: no address is refused, no redirect followed.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes HTTP clients")]
pub fn operator_client() -> Result<reqwest::Client, reqwest::Error> {
    // Another part of the process may have chosen already; either choice is fine.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("jackfield/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .build()
}
