//! The only HTTP clients, and the only mail client.
//!
//! Whoever chose an address decides what it may be, so each has a client of its own type. [`http::GuardedClient`] sends
//! requests to addresses that users and plugins name: it refuses what is not public. [`OperatorClient`] and
//! [`mail::MailServer`] connect to what the operator named, on this machine and on private networks too.

mod guard;
pub mod http;
pub mod mail;
mod operator;

pub use operator::OperatorClient;

/// What every HTTP client has in common: it names itself and follows no redirect.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes HTTP clients")]
fn builder() -> reqwest::ClientBuilder {
    // Another part of the process may have chosen a provider already; either choice is fine.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("jackfield/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
}
