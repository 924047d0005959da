//! Rate limits: one bucket per account, one per address for requests without an account, and a smaller one for signing
//! in. A request that finds its bucket empty gets a 429 in plain text, which clients of v4 expect.
//!
//! All sessions and access tokens of an account share its bucket, so that more of them do not raise the limit. A token
//! counts against its account once it has proved it; until then its requests count against their address. So invented
//! tokens do not evade the limit, and a client that sends them cannot use up the bucket of an account at the same
//! address.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::auth::{self, ProvenAccount};
use super::client_address::Proxies;
use super::middleware::{Middleware, NextService, Responding};
use crate::clock::Clock;
use crate::config::ServerSettings;
use crate::model::{UserId, client_network};
use crate::rate::{Buckets, Draw, Generations, Rate};

/// Sign-ins per second from one address, and how many may arrive at once.
const LOGIN: Rate = Rate { per_second: 5, burst: 10 };

/// Tokens in one generation whose accounts are remembered. Those of a dropped generation count against their address
/// again.
const GENERATION: usize = 32 * 1024;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The buckets of one server. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct RateLimits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    /// None if requests are not limited.
    requests: Option<Buckets>,
    logins: Buckets,
    /// The accounts of tokens that proved them.
    owners: Generations<UserId>,
    loopback: bool,
    proxies: Proxies,
}

/// What a bucket belongs to.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(UserId),
    Address(IpAddr),
}

/// A request that was counted, and what is left in its bucket.
struct CountedRequest {
    draw: Draw,
    from: Key,
    token: Option<String>,
    /// The account that the request counted against, because its token proved it before.
    owner: Option<UserId>,
    authenticated: ProvenAccount,
}

impl Middleware for RateLimits {
    fn handle(&self, mut request: Request, next: &mut impl NextService) -> Responding {
        match self.count(&mut request) {
            Ok(None) => Box::pin(next.call(request)),
            Ok(Some(counted)) => {
                let (limits, responding) = (self.clone(), next.call(request));
                Box::pin(async move {
                    let mut response = responding.await?;
                    limits.settle(counted, &mut response);
                    Ok(response)
                })
            }
            Err(draw) => Box::pin(async move { Ok(exceeded(&draw)) }),
        }
    }
}

impl RateLimits {
    pub(super) fn new(settings: &ServerSettings, clock: Clock, proxies: Proxies) -> Self {
        let rate = Rate { per_second: settings.rate_per_second, burst: settings.rate_burst };
        Self(Arc::new(Inner {
            clock,
            requests: (rate.per_second > 0).then(|| Buckets::new(rate)),
            logins: Buckets::new(LOGIN),
            owners: Generations::new(GENERATION),
            loopback: settings.rate_limit_loopback,
            proxies,
        }))
    }

    /// Counts a request. Returns None if it is not limited, and an error if its bucket is empty.
    fn count(&self, request: &mut Request) -> Result<Option<CountedRequest>, Draw> {
        let Some(address) = self.0.proxies.locate(request) else { return Ok(None) };
        let Some(buckets) = &self.0.requests else { return Ok(None) };
        if self.is_free(address, request.uri().path()) {
            return Ok(None);
        }
        let now = self.0.clock.now();
        let from = Key::Address(client_network(address));
        if request.uri().path() == "/api/v4/users/login" {
            allowed(self.0.logins.draw(&from, now))?;
        }
        let token = auth::token(request.headers());
        let owner = token.as_deref().and_then(|token| self.0.owners.get(token));
        let draw = match &owner {
            Some(owner) => allowed(buckets.draw(&Key::Account(owner.clone()), now))?,
            None => allowed(buckets.draw(&from, now))?,
        };
        let authenticated = ProvenAccount::default();
        request.extensions_mut().insert(authenticated.clone());
        Ok(Some(CountedRequest { draw, from, token, owner, authenticated }))
    }

    /// Remembers the account that a token proved, and reports the remaining requests to the client. A request that
    /// proved no account counts against its address after all, so that a token that has ended cannot use up an
    /// account's bucket.
    fn settle(&self, counted: CountedRequest, response: &mut Response) {
        let CountedRequest { mut draw, from, token, owner, authenticated } = counted;
        if let (Some(buckets), Some(token)) = (&self.0.requests, token) {
            let now = self.0.clock.now();
            match (authenticated.account(), owner) {
                (Some(account), None) => {
                    self.0.owners.set(token.as_str(), account.clone());
                    draw = buckets.draw(&Key::Account(account.clone()), now);
                }
                (None, Some(owner)) => {
                    buckets.give_back(&Key::Account(owner));
                    draw = buckets.draw(&from, now);
                    if !draw.allowed || response.status() == StatusCode::UNAUTHORIZED {
                        self.0.owners.remove(token.as_str());
                    }
                }
                _ => {}
            }
        }
        set_headers(response, &draw);
    }

    fn is_free(&self, address: IpAddr, path: &str) -> bool {
        let watched = matches!(path, "/healthz" | "/readyz");
        watched || (address.to_canonical().is_loopback() && !self.0.loopback)
    }
}

fn allowed(draw: Draw) -> Result<Draw, Draw> {
    if draw.allowed { Ok(draw) } else { Err(draw) }
}

fn exceeded(draw: &Draw) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "limit exceeded").into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from(draw.retry_after));
    set_headers(&mut response, draw);
    response
}

fn set_headers(response: &mut Response, draw: &Draw) {
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(draw.limit));
    headers.insert(REMAINING, HeaderValue::from(draw.remaining));
    headers.insert(RESET, HeaderValue::from(draw.reset));
}
