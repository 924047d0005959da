//! The only HTTP clients, and the only mail client.
//!
//! Which addresses are permitted depends on who chose them, so each case has its own client type.
//! [`http::GuardedClient`] sends requests to addresses that users and plugins name, and refuses those that are not
//! public. [`OperatorClient`] and [`mail::MailServer`] connect to addresses that the operator named, including this
//! machine and private networks.

mod guard;
pub mod http;
pub mod mail;

use std::time::Duration;

/// How long a request may take, including uploading and compiling a plugin. After that the request fails.
const TIMEOUT: Duration = Duration::from_mins(5);

/// An HTTP client that refuses no address: for the command line, whose user types the address. Requests on behalf of
/// users and plugins go through [`GuardedClient`](http::GuardedClient).
#[derive(Debug, Clone)]
pub struct OperatorClient(reqwest::Client);

impl OperatorClient {
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self(builder().timeout(TIMEOUT).build()?))
    }

    pub fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.0.request(method, url)
    }
}

/// The base of every HTTP client: it sends its name as `User-Agent` and follows no redirect.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes HTTP clients")]
fn builder() -> reqwest::ClientBuilder {
    // Another part of the process may have installed a provider already; either one is fine.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("jackfield/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
}
