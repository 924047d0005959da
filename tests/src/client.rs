//! An HTTP client of a host, anonymous or with a token.

use std::sync::{Arc, PoisonError, RwLock};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::{TestResponse, soon};

/// The current address of the host, shared by all its clients, so that they follow a restart.
#[derive(Debug, Clone)]
pub(crate) struct Address(Arc<RwLock<String>>);

/// An HTTP client that is cheap to clone.
#[derive(Debug, Clone)]
pub struct TestClient {
    address: Address,
    http: reqwest::Client,
    account: Option<Account>,
    /// Empty if the client is anonymous.
    pub username: String,
}

#[derive(Debug, Clone)]
struct Account {
    id: String,
    token: String,
}

impl Address {
    pub(crate) fn new(url: String) -> Self {
        Self(Arc::new(RwLock::new(url)))
    }

    pub(crate) fn set(&self, url: String) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    pub(crate) fn url(&self) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TestClient {
    pub(crate) fn anonymous(address: Address) -> Self {
        Self { address, http: http_client(), account: None, username: String::new() }
    }

    /// Returns a client of another account that shares the connections. `user` is the account's wire JSON.
    pub(crate) fn signed_in(&self, user: &Value, token: &str) -> Self {
        let text = |key: &str| {
            user[key].as_str().unwrap_or_else(|| panic!("an account has `{key}`: {user}")).to_owned()
        };
        let account = Account { id: text("id"), token: token.to_owned() };
        Self { account: Some(account), username: text("username"), ..self.clone() }
    }

    /// Returns a client of the same account with another token, e.g. a personal access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        let account = Account { id: self.id().to_owned(), token: token.to_owned() };
        Self { account: Some(account), ..self.clone() }
    }

    #[track_caller]
    pub fn id(&self) -> &str {
        &self.account.as_ref().expect("a signed-in client has an id").id
    }

    #[track_caller]
    pub fn token(&self) -> &str {
        &self.account.as_ref().expect("a signed-in client has a token").token
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.request("GET", path, &[], "").await
    }

    pub async fn delete(&self, path: &str) -> TestResponse {
        self.request("DELETE", path, &[], "").await
    }

    pub async fn post(&self, path: &str, json: impl Into<Value>) -> TestResponse {
        self.post_raw(path, Some("application/json"), json.into().to_string()).await
    }

    pub async fn put(&self, path: &str, json: impl Into<Value>) -> TestResponse {
        self.request("PUT", path, &[("content-type", "application/json")], json.into().to_string()).await
    }

    pub async fn post_raw(
        &self,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> TestResponse {
        let headers: Vec<(&str, &str)> =
            content_type.map(|value| (CONTENT_TYPE.as_str(), value)).into_iter().collect();
        self.request("POST", path, &headers, body).await
    }

    /// Sends a request. The client's token is added unless the headers already hold a cookie or an authorisation.
    /// Redirects are returned, not followed.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> TestResponse {
        let method: Method = method.parse().expect("a method");
        let mut fields = header_map(headers);
        if let Some(account) = &self.account
            && !fields.contains_key(AUTHORIZATION)
            && !fields.contains_key(COOKIE)
        {
            let bearer =
                HeaderValue::try_from(format!("Bearer {}", account.token)).expect("a token fits a header");
            fields.insert(AUTHORIZATION, bearer);
        }
        let what = format!("{method} {path}");
        let request = self
            .http
            .request(method, format!("{}{path}", self.address.url()))
            .headers(fields)
            .body(body.into());
        let read = async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok::<_, reqwest::Error>(TestResponse { status, headers, body: response.bytes().await?.to_vec() })
        };
        match soon(&what, read).await {
            Ok(response) => response,
            Err(error) => panic!("{what}: {error:?}"),
        }
    }
}

pub(crate) fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).expect("a header's name");
        map.append(name, HeaderValue::try_from(*value).expect("a header's value"));
    }
    map
}

#[expect(clippy::disallowed_methods, reason = "tests are the other side of the wire, not part of the host")]
fn http_client() -> reqwest::Client {
    // The client requires a crypto provider even without TLS; another test may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.build().expect("an HTTP client")
}
