//! How often somebody may ask: one bucket per session, one per address for whoever has none, and a smaller one for
//! logging in. A request past its bucket is answered 429 in plain text, as the wire has it.
//!
//! A token has a bucket of its own once it opened a session; until then its requests count against their address, so
//! that nobody gets around the limit by inventing tokens, and nobody's session pays for a neighbour who does.

mod bucket;

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use self::bucket::{Buckets, Drawn, Rate};
use super::auth::{self, Authenticated};
use crate::clock::Clock;
use crate::config::{Server, Signed};
use crate::model::{ApplicationId, Network};

/// Logins a second from one address, and how many may come at once.
const LOGIN: Rate = Rate { per_second: 5, burst: 10 };

/// Addresses a proxy may report; a longer chain is read no further.
const MOST_HOPS: usize = 16;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The buckets of one server, and for whom they are. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    hasher: RandomState,
    requests: Option<Buckets>,
    logins: Buckets,
    loopback: bool,
    proxies: Vec<Network>,
}

/// Where a request came from, proxies seen through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin(pub(super) IpAddr);

/// How often one application may call the signed API. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct CallRate(Arc<(Option<Buckets>, RandomState, Clock)>);

/// Whose bucket. Hashed with a key of this process, so that nobody can choose to share somebody else's.
#[derive(Hash)]
enum Whose<'r> {
    Session(&'r str),
    Address(IpAddr),
}

impl Limits {
    pub(super) fn new(settings: &Server, clock: Clock) -> Self {
        let rate = Rate { per_second: settings.rate_per_second, burst: settings.rate_burst };
        Self(Arc::new(Inner {
            clock,
            hasher: RandomState::new(),
            requests: (rate.per_second > 0).then(|| Buckets::new(rate)),
            logins: Buckets::new(LOGIN),
            loopback: settings.rate_limit_loopback,
            proxies: settings.trusted_proxies.clone(),
        }))
    }

    /// Where a request came from: the peer, or what a trusted proxy says it stands for.
    fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let trusted = |address: IpAddr| self.0.proxies.iter().any(|network| network.contains(address));
        let lines: Vec<&str> =
            headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MOST_HOPS);
        let mut address = peer;
        while trusted(address) {
            match hops.next().map(|hop| hop.trim().parse()) {
                Some(Ok(hop)) => address = hop,
                _ => break,
            }
        }
        address
    }

    /// Answers 429 to whoever asks too often, and tells everybody how much is left.
    pub(super) async fn guard(&self, mut request: Request, next: Next) -> Response {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let Some(address) = peer.map(|peer| self.origin(peer, request.headers())) else {
            return next.run(request).await;
        };
        // Whoever asks further in where a request comes from means the client, not the proxy before it.
        request.extensions_mut().insert(Origin(address));
        let Some(buckets) = &self.0.requests else { return next.run(request).await };
        if self.is_free(address, request.uri().path()) {
            return next.run(request).await;
        }
        let now = self.0.clock.now();
        let from = self.key(&Whose::Address(network_of(address)));
        if request.uri().path() == "/api/v4/users/login" {
            let drawn = self.0.logins.draw(from, now);
            if !drawn.allowed {
                return exceeded(&drawn);
            }
        }
        let session = auth::token(request.headers()).map(|token| self.key(&Whose::Session(&token)));
        let known = session.filter(|session| buckets.knows(*session));
        let mut drawn = buckets.draw(known.unwrap_or(from), now);
        if !drawn.allowed {
            return exceeded(&drawn);
        }
        let proved = Authenticated::default();
        request.extensions_mut().insert(proved.clone());
        let mut response = next.run(request).await;
        match (session, known) {
            (Some(session), None) if proved.is_true() => drawn = buckets.draw(session, now),
            (_, Some(session)) if response.status() == StatusCode::UNAUTHORIZED => buckets.forget(session),
            _ => {}
        }
        tell(&mut response, &drawn);
        response
    }

    fn key(&self, whose: &Whose<'_>) -> u64 {
        self.0.hasher.hash_one(whose)
    }

    fn is_free(&self, address: IpAddr, path: &str) -> bool {
        let watched = matches!(path, "/healthz" | "/readyz");
        watched || (address.to_canonical().is_loopback() && !self.0.loopback)
    }
}

impl CallRate {
    pub(super) fn new(settings: &Signed, clock: Clock) -> Self {
        let rate = Rate { per_second: settings.rate_per_second, burst: settings.rate_burst };
        Self(Arc::new(((rate.per_second > 0).then(|| Buckets::new(rate)), RandomState::new(), clock)))
    }

    /// Takes one call; otherwise the seconds until there is one again.
    pub(super) fn take(&self, application: &ApplicationId) -> Result<(), i64> {
        let (buckets, hasher, clock) = &*self.0;
        let Some(buckets) = buckets else { return Ok(()) };
        let drawn = buckets.draw(hasher.hash_one(application), clock.now());
        if drawn.allowed { Ok(()) } else { Err(drawn.retry_after) }
    }
}

/// Whoever has one address of IPv6 has the whole /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

fn exceeded(drawn: &Drawn) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "limit exceeded").into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from(drawn.retry_after));
    tell(&mut response, drawn);
    response
}

fn tell(response: &mut Response, drawn: &Drawn) {
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(drawn.limit));
    headers.insert(REMAINING, HeaderValue::from(drawn.remaining));
    headers.insert(RESET, HeaderValue::from(drawn.reset));
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

    fn origin(limits: &Limits, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        limits.origin(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let limits = limits("10.0.0.0/8,127.0.0.1");
        assert_eq!(origin(&limits, "8.8.8.8", &["1.2.3.4"]), "8.8.8.8");
        assert_eq!(origin(&limits, "127.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(origin(&limits, "127.0.0.1", &["6.6.6.6, 1.2.3.4, 10.1.1.1"]), "1.2.3.4");
        assert_eq!(origin(&limits, "127.0.0.1", &["6.6.6.6", "1.2.3.4", "10.1.1.1"]), "1.2.3.4");
        assert_eq!(origin(&limits, "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(origin(&limits, "127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(origin(&limits, "127.0.0.1", &["6.6.6.6, x, 10.1.1.1"]), "10.1.1.1");
        assert_eq!(origin(&limits, "127.0.0.1", &["10.2.2.2, 10.1.1.1"]), "10.2.2.2");
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
