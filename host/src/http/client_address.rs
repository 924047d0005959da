//! The address of the client that sent a request: the peer's, or the one that a trusted proxy reports.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use crate::access::Access;
use crate::config::ServerSettings;
use crate::model::Network;
use crate::shutdown::Tasks;

/// Addresses of a forwarding chain that are read; the rest is ignored.
const MAX_HOPS: usize = 16;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The headers by which proxies report their client. Only the first is ever believed.
const FORWARDING: [HeaderName; 3] = [FORWARDED_FOR, header::FORWARDED, HeaderName::from_static("x-real-ip")];

/// The address of the client that sent a request, rather than of a trusted proxy. None only if the request came over no
/// connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientAddress {
    pub(super) ip: Option<IpAddr>,
    /// Whether the request comes from this machine, and no proxy says that it passed it on.
    pub(super) is_local: bool,
}

/// Finds the client's address. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Proxies {
    trusted: Vec<Network>,
    undeclared: Option<Arc<ProxyReport>>,
}

/// Reports once that a proxy on this machine is not declared: all its clients then share one address, so that one of
/// them can use up the sign-ins of all.
#[derive(Debug)]
struct ProxyReport {
    access: Access,
    tasks: Tasks,
    is_reported: AtomicBool,
}

impl Proxies {
    pub(super) fn new(settings: &ServerSettings) -> Self {
        Self { trusted: settings.trusted_proxies.clone(), undeclared: None }
    }

    /// Reports an undeclared proxy in the log and in the audit.
    #[must_use]
    pub(super) fn with_audit(self, access: Access, tasks: Tasks) -> Self {
        let undeclared = ProxyReport { access, tasks, is_reported: AtomicBool::new(false) };
        Self { undeclared: Some(Arc::new(undeclared)), ..self }
    }

    /// Returns the address of the request's client, and leaves it for the extractor [`ClientAddress`].
    pub(super) fn locate(&self, request: &mut Request) -> Option<IpAddr> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
        let headers = request.headers();
        let is_forwarded = FORWARDING.iter().any(|name| headers.contains_key(name));
        if is_forwarded && peer.is_loopback() && !self.trusts(peer) {
            self.report(peer);
        }
        let address = self.client(peer, headers);
        let is_local = address.to_canonical().is_loopback() && !is_forwarded;
        request.extensions_mut().insert(ClientAddress { ip: Some(address.to_canonical()), is_local });
        Some(address)
    }

    /// Returns the peer, or the client that a trusted proxy reports.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines: Vec<&str> =
            headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MAX_HOPS);
        let mut address = peer;
        while self.trusts(address) {
            match hops.next().map(|hop| hop.trim().parse()) {
                Some(Ok(hop)) => address = hop,
                _ => break,
            }
        }
        address
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    fn report(&self, peer: IpAddr) {
        let Some(undeclared) = &self.undeclared else { return };
        if undeclared.is_reported.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            %peer,
            "a proxy on this machine is not in `server.trusted_proxies`, so all its clients count as one address in \
             limits of rates and sign-ins; add its address to the option"
        );
        let access = undeclared.access.clone();
        undeclared.tasks.spawn(async move { access.audit_undeclared_proxy(peer).await });
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Self { ip: None, is_local: false }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn proxies(trusted: &str) -> Proxies {
        let flags = vec![("server.trusted_proxies", trusted.to_owned())];
        Proxies::new(&Sources { flags, ..Sources::default() }.resolve().unwrap().server)
    }

    fn client(proxies: &Proxies, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let proxies = proxies("10.0.0.0/8,127.0.0.1");
        assert_eq!(client(&proxies, "8.8.8.8", &["1.2.3.4"]), "8.8.8.8");
        assert_eq!(client(&proxies, "127.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(&proxies, "127.0.0.1", &["6.6.6.6, 1.2.3.4, 10.1.1.1"]), "1.2.3.4");
        assert_eq!(client(&proxies, "127.0.0.1", &["6.6.6.6", "1.2.3.4", "10.1.1.1"]), "1.2.3.4");
        assert_eq!(client(&proxies, "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client(&proxies, "127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(client(&proxies, "127.0.0.1", &["6.6.6.6, x, 10.1.1.1"]), "10.1.1.1");
        assert_eq!(client(&proxies, "127.0.0.1", &["10.2.2.2, 10.1.1.1"]), "10.2.2.2");
    }

    #[test]
    fn a_request_is_local_if_this_machine_sent_it_and_forwarded_it_for_no_client() {
        let is_local = |peer: &str, header: Option<&str>| {
            let mut request = Request::default();
            let peer = SocketAddr::new(peer.parse().unwrap(), 1);
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(name) = header {
                request
                    .headers_mut()
                    .insert(HeaderName::try_from(name).unwrap(), "127.0.0.1".parse().unwrap());
            }
            proxies("").locate(&mut request);
            request.extensions().get::<ClientAddress>().unwrap().is_local
        };
        assert!(is_local("127.0.0.1", None) && is_local("::1", None) && is_local("::ffff:127.0.0.1", None));
        assert!(!is_local("10.0.0.1", None));
        for name in FORWARDING.iter().map(HeaderName::as_str) {
            assert!(!is_local("127.0.0.1", Some(name)), "{name}");
        }
    }
}
