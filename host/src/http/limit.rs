//! Rate limits: one bucket per session, one per address for requests without a session, and a smaller one for signing
//! in. A request that finds its bucket empty gets a 429 in plain text, which clients of v4 expect.
//!
//! A token gets its own bucket once it has proved a session; until then its requests count against their address. So
//! invented tokens do not evade the limit, and a client that sends them cannot use up the bucket of a session at the
//! same address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::auth::{self, Authenticated};
use super::middleware::{Middleware, Next, Responding};
use crate::clock::Clock;
use crate::config::Server;
use crate::model::Network;
use crate::rate::{Buckets, Draw, Rate};

/// Sign-ins per second from one address, and how many may arrive at once.
const LOGIN: Rate = Rate { per_second: 5, burst: 10 };

/// Addresses of a forwarding chain that are read; the rest is ignored.
const MAX_HOPS: usize = 16;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The buckets of one server. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    /// None if requests are not limited.
    requests: Option<Buckets>,
    logins: Buckets,
    loopback: bool,
    proxies: Vec<Network>,
}

/// The address of the client that sent a request, rather than of a trusted proxy. None only if the request came over no
/// connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientAddress(pub(super) Option<IpAddr>);

/// What a bucket belongs to.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Session(String),
    Address(IpAddr),
}

/// A request that was counted, and what is left in its bucket.
struct Counted {
    draw: Draw,
    /// The token's own bucket, and whether the request counted against it.
    session: Option<(Key, bool)>,
    authenticated: Authenticated,
}

impl Middleware for Limits {
    fn handle(&self, mut request: Request, next: &mut impl Next) -> Responding {
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

impl Limits {
    pub(super) fn new(settings: &Server, clock: Clock) -> Self {
        let rate = Rate { per_second: settings.rate_per_second, burst: settings.rate_burst };
        Self(Arc::new(Inner {
            clock,
            requests: (rate.per_second > 0).then(|| Buckets::new(rate)),
            logins: Buckets::new(LOGIN),
            loopback: settings.rate_limit_loopback,
            proxies: settings.trusted_proxies.clone(),
        }))
    }

    /// Returns the peer, or the client that a trusted proxy reports.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let trusted = |address: IpAddr| self.0.proxies.iter().any(|network| network.contains(address));
        let lines: Vec<&str> =
            headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MAX_HOPS);
        let mut address = peer;
        while trusted(address) {
            match hops.next().map(|hop| hop.trim().parse()) {
                Some(Ok(hop)) => address = hop,
                _ => break,
            }
        }
        address
    }

    /// Counts a request. Returns None if it is not limited, and an error if its bucket is empty.
    fn count(&self, request: &mut Request) -> Result<Option<Counted>, Draw> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let Some(address) = peer.map(|peer| self.client(peer, request.headers())) else { return Ok(None) };
        request.extensions_mut().insert(ClientAddress(Some(address.to_canonical())));
        let Some(buckets) = &self.0.requests else { return Ok(None) };
        if self.is_free(address, request.uri().path()) {
            return Ok(None);
        }
        let now = self.0.clock.now();
        let from = Key::Address(network_of(address));
        if request.uri().path() == "/api/v4/users/login" {
            allowed(self.0.logins.draw(&from, now))?;
        }
        let session = auth::token(request.headers()).map(Key::Session);
        let session = session.map(|session| {
            let known = buckets.knows(&session);
            (session, known)
        });
        let key = session.as_ref().filter(|(_, known)| *known).map_or(&from, |(session, _)| session);
        let draw = allowed(buckets.draw(key, now))?;
        let authenticated = Authenticated::default();
        request.extensions_mut().insert(authenticated.clone());
        Ok(Some(Counted { draw, session, authenticated }))
    }

    /// Gives a token that proved a session its own bucket, removes the bucket of a token that no longer does, and
    /// reports the remaining requests to the client.
    fn settle(&self, counted: Counted, response: &mut Response) {
        let Counted { mut draw, session, authenticated } = counted;
        if let (Some(buckets), Some((session, known))) = (&self.0.requests, session) {
            if !known && authenticated.is_true() {
                draw = buckets.draw(&session, self.0.clock.now());
            } else if known && response.status() == StatusCode::UNAUTHORIZED {
                buckets.forget(&session);
            }
        }
        set_headers(response, &draw);
    }

    fn is_free(&self, address: IpAddr, path: &str) -> bool {
        let watched = matches!(path, "/healthz" | "/readyz");
        watched || (address.to_canonical().is_loopback() && !self.0.loopback)
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

/// A client with one IPv6 address has the whole /64, so its bucket covers that network.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::model::Timestamp;

    fn limits(proxies: &str) -> Limits {
        let flags = vec![("server.trusted_proxies", proxies.to_owned())];
        let config = Sources { flags, ..Sources::default() }.resolve().unwrap();
        Limits::new(&config.server, Clock::manual(Timestamp::from_millis(1)))
    }

    fn client(limits: &Limits, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        limits.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let limits = limits("10.0.0.0/8,127.0.0.1");
        assert_eq!(client(&limits, "8.8.8.8", &["1.2.3.4"]), "8.8.8.8");
        assert_eq!(client(&limits, "127.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(&limits, "127.0.0.1", &["6.6.6.6, 1.2.3.4, 10.1.1.1"]), "1.2.3.4");
        assert_eq!(client(&limits, "127.0.0.1", &["6.6.6.6", "1.2.3.4", "10.1.1.1"]), "1.2.3.4");
        assert_eq!(client(&limits, "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client(&limits, "127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(client(&limits, "127.0.0.1", &["6.6.6.6, x, 10.1.1.1"]), "10.1.1.1");
        assert_eq!(client(&limits, "127.0.0.1", &["10.2.2.2, 10.1.1.1"]), "10.2.2.2");
    }

    #[test]
    fn neighbours_in_one_network_of_ipv6_share_a_bucket() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("1.2.3.4"), of("1.2.3.5"));
        assert_eq!(of("::ffff:1.2.3.4"), of("1.2.3.4"));
    }
}
