//! Resolves a name, and refuses all of its addresses if one is not permitted.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::egress::guard::Guard;

/// Why no connection is made to a name.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("{0} is not permitted")]
    Forbidden(IpAddr),
    #[error("{0}")]
    NoAddress(String),
}

/// The operating system's resolver.
pub(super) struct SystemResolver;

/// Wraps another resolver in the guard. The connection uses the addresses it returns and looks up no others.
pub(super) struct GuardedResolver {
    inner: Arc<dyn Resolve>,
    guard: Guard,
}

impl GuardedResolver {
    pub(super) fn new(inner: Arc<dyn Resolve>, guard: Guard) -> Self {
        Self { inner, guard }
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolving, guard) = (self.inner.resolve(name), self.guard.clone());
        Box::pin(async move {
            let addresses = resolving.await.map_err(|error| ResolveError::NoAddress(error.to_string()))?;
            let addresses: Vec<SocketAddr> = addresses.collect();
            if let Some(address) = addresses.iter().map(SocketAddr::ip).find(|ip| !guard.permits(*ip)) {
                return Err(ResolveError::Forbidden(address).into());
            }
            if addresses.is_empty() {
                return Err(ResolveError::NoAddress("it has none".to_owned()).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
