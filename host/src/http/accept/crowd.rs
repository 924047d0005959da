//! Counts connections, in total and per address, so that one client cannot take all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::ServerSettings;
use crate::descriptors;

use crate::model::{Network, client_network};

/// The open connections of one server. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Crowd(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    most_per_address: usize,
    /// Proxies bring the connections of many clients, so only the total limits them.
    proxies: Vec<Network>,
    open: Mutex<OpenCounts>,
}

#[derive(Debug, Default)]
struct OpenCounts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's slot in the crowd, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    crowd: Crowd,
    address: IpAddr,
    rushed: bool,
}

impl Crowd {
    pub(super) fn new(settings: &ServerSettings) -> Self {
        let most = settings.connections.min(descriptors::connections()).max(1);
        Self::of(most, settings.connections_per_address, settings.trusted_proxies.clone())
    }

    /// One address never gets more than half of all connections.
    fn of(most: usize, per_address: usize, proxies: Vec<Network>) -> Self {
        let most_per_address = per_address.min(most.div_ceil(2)).max(1);
        Self(Arc::new(Inner { most, most_per_address, proxies, open: Mutex::default() }))
    }

    /// Returns None if there is no place left, in total or for this address. An IPv6 client has its whole /64.
    pub(super) fn enter(&self, peer: IpAddr) -> Option<ConnectionSlot> {
        let is_proxy = self.0.proxies.iter().any(|network| network.contains(peer));
        let address = client_network(peer);
        let mut open = self.open();
        let own = open.by_address.get(&address).copied().unwrap_or(0);
        if open.total >= self.0.most || (own >= self.0.most_per_address && !is_proxy) {
            return None;
        }
        open.total += 1;
        open.by_address.insert(address, own + 1);
        let rushed = open.total > self.0.most / 4 * 3;
        drop(open);
        Some(ConnectionSlot { crowd: self.clone(), address, rushed })
    }

    fn open(&self) -> MutexGuard<'_, OpenCounts> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionSlot {
    /// Whether more than three quarters of all connections were taken when this one came.
    pub(super) fn is_rushed(&self) -> bool {
        self.rushed
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut open = self.crowd.open();
        open.total = open.total.saturating_sub(1);
        if let Some(own) = open.by_address.get_mut(&self.address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_gets_at_most_half_of_the_connections() {
        let crowd = Crowd::of(5, 100, Vec::new());
        let one = address("203.0.113.1");
        let mut slots: Vec<ConnectionSlot> = (0..3).map(|_| crowd.enter(one).unwrap()).collect();
        assert!(crowd.enter(one).is_none());
        let other = crowd.enter(address("203.0.113.2")).unwrap();
        assert!(other.is_rushed() && !slots[0].is_rushed());
        let last = crowd.enter(address("203.0.113.2")).unwrap();
        assert!(crowd.enter(address("203.0.113.3")).is_none());
        drop(last);
        slots.pop();
        assert!(crowd.enter(one).is_some());
        drop((slots, other));
        assert!(crowd.open().by_address.is_empty() && crowd.open().total == 0);
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address_and_a_proxy_is_exempt() {
        let crowd = Crowd::of(100, 1, vec!["10.0.0.0/8".parse().unwrap()]);
        let first = crowd.enter(address("2001:db8::1"));
        assert!(first.is_some() && crowd.enter(address("2001:db8::2")).is_none());
        assert!(crowd.enter(address("2001:db8:0:1::1")).is_some());
        let proxy = [crowd.enter(address("10.1.1.1")), crowd.enter(address("10.1.1.1"))];
        assert!(proxy.iter().all(Option::is_some));
    }
}
