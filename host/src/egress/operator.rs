//! The client for addresses that the operator chose.

use std::time::Duration;

/// How long a request may take, including uploading and compiling a plugin. After that the request fails.
const TIMEOUT: Duration = Duration::from_mins(5);

/// An HTTP client that refuses no address: for the command line, whose user types the address. Requests on behalf of
/// users and plugins go through [`GuardedClient`](super::http::GuardedClient).
#[derive(Debug, Clone)]
pub struct OperatorClient(reqwest::Client);

impl OperatorClient {
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self(super::builder().timeout(TIMEOUT).build()?))
    }

    pub fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.0.request(method, url)
    }
}
