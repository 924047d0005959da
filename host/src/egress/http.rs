//! HTTP requests to addresses that users and plugins name.
//!
//! The client resolves a name once, refuses the request if **any** of its addresses is not permitted, and connects to
//! these very addresses, so that a name server cannot give another address to the connection than to the check. It
//! follows no redirect and ignores proxies of the environment.

mod resolver;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use self::resolver::{GuardedResolver, ResolveError, SystemResolver};
use super::guard::Guard;
use crate::config::EgressSettings;

/// Most headers of a response. A request whose response has more fails with [`HttpError::Protocol`].
const MAX_HEADERS: usize = 100;

/// Headers that belong to the connection or follow from the request itself, so a caller may not set them.
const RESERVED_HEADERS: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A client that reaches only public addresses and those in `egress.allow_networks`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GuardedClient {
    client: reqwest::Client,
    guard: Guard,
    limits: ExchangeLimits,
}

/// The limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct ExchangeLimits {
    /// Time to resolve the name and connect. After that the request fails with [`HttpError::Timeout`].
    pub connect: Duration,
    /// Time from the start to the last byte of the response. After that the request fails with [`HttpError::Timeout`].
    pub total: Duration,
    /// Largest body of a request, in bytes. A larger one fails with [`HttpError::TooLarge`], and nothing is sent.
    pub request_body: usize,
    /// Largest body of a response, in bytes. The rest of a larger one is not read, and [`OutgoingResponse::truncated`]
    /// is set.
    pub response_body: usize,
}

/// This is not `Debug`, because headers and address may contain credentials.
#[derive(Clone)]
pub struct OutgoingRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A response of any status. A redirect is a response too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingResponse {
    pub status: u16,
    /// Names are in lower case, values as received.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Whether the body was longer than [`ExchangeLimits::response_body`].
    pub truncated: bool,
}

/// A response whose body has not been read.
pub struct UnreadResponse<'c> {
    client: &'c GuardedClient,
    host: String,
    response: reqwest::Response,
}

/// The client could not be made, for example because the system has no certificates.
#[derive(Debug, thiserror::Error)]
#[error("the client for requests to other servers cannot be made; check the certificates of the system")]
pub struct ClientError(#[from] reqwest::Error);

/// Why there is no response. The text never repeats the path or the credentials of the address.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("the address cannot be used: {0}")]
    Url(String),
    #[error("`{0}` is not a method that can be sent; use one such as `GET` or `POST`")]
    Method(String),
    #[error("the header `{0}` cannot be set; leave it out")]
    Header(String),
    #[error("the request has a body of more than {limit} bytes; send a smaller one")]
    TooLarge { limit: usize },
    #[error(
        "{host} has the address {address}, which is not public; the operator can allow its network in \
         `egress.allow_networks`"
    )]
    Forbidden { host: String, address: IpAddr },
    #[error("the name `{host}` cannot be resolved: {reason}")]
    Resolve { host: String, reason: String },
    #[error("cannot connect to {host}; check the name and the port")]
    Connect {
        host: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{host} did not respond within {} ms; try again later", .limit.as_millis())]
    Timeout { host: String, limit: Duration },
    #[error("the connection to {host} broke off; try again later")]
    Protocol {
        host: String,
        #[source]
        source: reqwest::Error,
    },
}

impl GuardedClient {
    pub fn new(settings: &EgressSettings, limits: ExchangeLimits) -> Result<Self, ClientError> {
        Self::with_resolver(settings, limits, Arc::new(SystemResolver))
    }

    fn with_resolver(
        settings: &EgressSettings,
        limits: ExchangeLimits,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, ClientError> {
        let guard = Guard::new(&settings.allow_networks);
        let client = super::builder()
            .no_proxy()
            .referer(false)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .http1_max_headers(MAX_HEADERS)
            .dns_resolver(Arc::new(GuardedResolver::new(resolver, guard.clone())))
            .build()?;
        Ok(Self { client, guard, limits })
    }

    /// Sends one request and reads the response.
    pub async fn send(&self, request: OutgoingRequest) -> Result<OutgoingResponse, HttpError> {
        self.start(request).await?.read().await
    }

    /// Sends one request, and returns its response without having read the body.
    pub async fn start(&self, request: OutgoingRequest) -> Result<UnreadResponse<'_>, HttpError> {
        let (url, host) = self.check_url(&request.url)?;
        let method: Method = request.method.parse().map_err(|_| HttpError::Method(request.method.clone()))?;
        if matches!(method, Method::CONNECT | Method::TRACE) {
            return Err(HttpError::Method(request.method));
        }
        if request.body.len() > self.limits.request_body {
            return Err(HttpError::TooLarge { limit: self.limits.request_body });
        }
        let headers = headers(request.headers)?;
        let sent = self.client.request(method, url).headers(headers).body(request.body).send();
        let response = sent.await.map_err(|error| self.failure(&host, error))?;
        Ok(UnreadResponse { client: self, host, response })
    }

    /// Checks what the resolver never sees: the scheme, and an IP address in place of a name. Parsing has already
    /// normalised the many spellings of an IPv4 address.
    fn check_url(&self, text: &str) -> Result<(Url, String), HttpError> {
        let url = Url::parse(text).map_err(|error| HttpError::Url(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Url("it must begin with `http://` or `https://`".to_owned()));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) if !self.guard.permits(address) => Err(HttpError::Forbidden { host, address }),
            _ => Ok((url, host)),
        }
    }

    fn failure(&self, host: &str, error: reqwest::Error) -> HttpError {
        let host = host.to_owned();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            match inner.downcast_ref() {
                Some(ResolveError::Forbidden(address)) => {
                    return HttpError::Forbidden { host, address: *address };
                }
                Some(ResolveError::NoAddress(reason)) => {
                    return HttpError::Resolve { host, reason: reason.clone() };
                }
                None => cause = inner.source(),
            }
        }
        let source = error.without_url();
        match (source.is_timeout(), source.is_connect()) {
            (true, true) => HttpError::Timeout { host, limit: self.limits.connect },
            (true, false) => HttpError::Timeout { host, limit: self.limits.total },
            (false, true) => HttpError::Connect { host, source },
            (false, false) => HttpError::Protocol { host, source },
        }
    }
}

impl UnreadResponse<'_> {
    /// Returns how many bytes the body takes in memory, at most.
    pub fn most_bytes(&self) -> usize {
        let announced = self.response.content_length().and_then(|bytes| usize::try_from(bytes).ok());
        announced.unwrap_or(usize::MAX).min(self.client.limits.response_body)
    }

    /// Returns the response as if its body were too long, without reading it.
    pub fn without_body(self) -> OutgoingResponse {
        let status = self.response.status().as_u16();
        let headers = self.response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        OutgoingResponse { status, headers, body: Vec::new(), truncated: true }
    }

    /// Reads the body.
    pub async fn read(mut self) -> Result<OutgoingResponse, HttpError> {
        let (mut body, mut truncated) = (Vec::new(), false);
        let read = |error| self.client.failure(&self.host, error);
        while let Some(chunk) = self.response.chunk().await.map_err(read)? {
            let room = self.client.limits.response_body - body.len();
            truncated = chunk.len() > room;
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if truncated {
                break;
            }
        }
        Ok(OutgoingResponse { body, truncated, ..self.without_body() })
    }
}

fn headers(list: Vec<(String, String)>) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        let parsed: Option<HeaderName> = name.parse().ok();
        let value: Option<HeaderValue> = value.parse().ok();
        match parsed.zip(value) {
            Some((parsed, value)) if !RESERVED_HEADERS.contains(&parsed.as_str()) => {
                headers.append(parsed, value);
            }
            _ => return Err(HttpError::Header(name)),
        }
    }
    Ok(headers)
}
