//! An HTTP client of a server that may stop at any moment.

use jackfield_tests::{TestResponse, soon};
use serde_json::Value;

/// Every client has its own connections. Clones share them.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
    /// The client that a proxy in between reports, if there is one.
    forwarded_for: Option<String>,
}

impl Client {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are the other side of the wire, not part of the host"
    )]
    pub(crate) fn new(url: &str) -> Self {
        // The client requires a crypto provider even without TLS; another test may have installed it already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { http, url: url.to_owned(), token: String::new(), forwarded_for: None }
    }

    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self }
    }

    /// Returns this client behind a proxy that reports its address.
    pub(super) fn forwarded_for(self, address: &str) -> Self {
        Self { forwarded_for: Some(address.to_owned()), ..self }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Returns the response, or why there was none.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        json: Option<&Value>,
    ) -> reqwest::Result<TestResponse> {
        let mut request = self.http.request(method.parse().expect("a method"), format!("{}{path}", self.url));
        if let Some(json) = json {
            request = request.json(json);
        }
        self.exchange(path, request).await
    }

    async fn exchange(
        &self,
        path: &str,
        mut request: reqwest::RequestBuilder,
    ) -> reqwest::Result<TestResponse> {
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(address) = &self.forwarded_for {
            request = request.header("x-forwarded-for", address);
        }
        let read = async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(TestResponse { status, headers, body: response.bytes().await?.to_vec() })
        };
        soon(path, read).await
    }

    /// Sends a file as the body.
    pub(crate) async fn upload(&self, path: &str, bytes: Vec<u8>) -> TestResponse {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token).body(bytes);
        let read = async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok::<_, reqwest::Error>(TestResponse { status, headers, body: response.bytes().await?.to_vec() })
        };
        soon(path, read).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.send("GET", path, None).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    pub(crate) async fn put(&self, path: &str, json: Value) -> TestResponse {
        self.send("PUT", path, Some(&json)).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    pub(crate) async fn post(&self, path: &str, json: Value) -> TestResponse {
        self.send("POST", path, Some(&json)).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }
    /// Posts these bytes.
    pub(crate) async fn post_raw(&self, path: &str, body: Vec<u8>) -> TestResponse {
        let request = self.http.post(format!("{}{path}", self.url)).body(body);
        self.exchange(path, request).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }
}
