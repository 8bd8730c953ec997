//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use metering::Metrics;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Limits;

/// Counts connections and refuses those beyond the limits.
pub(crate) struct Caps {
    /// One permit per connection that may still come.
    free: Arc<Semaphore>,
    total: u32,
    per_address: usize,
    /// Addresses with at least one connection.
    open: Mutex<HashMap<IpAddr, usize>>,
    metrics: Metrics,
}

/// The right to one connection; gives it back when dropped.
pub(crate) struct Slot {
    caps: Arc<Caps>,
    /// None for addresses that are not counted.
    counted: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Caps {
    pub(crate) fn new(limits: &Limits, metrics: Metrics) -> Self {
        let total = u32::try_from(limits.connections_max).unwrap_or(u32::MAX);
        let permits = usize::try_from(total).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
            total,
            per_address: limits.connections_per_address_max,
            open: Mutex::default(),
            metrics,
        }
    }

    /// The right to a connection from `address`, unless there are too many.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let door = &self.metrics.door;
        let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() else {
            door.refused_total.inc();
            return None;
        };
        let counted = counted_as(address);
        if let Some(address) = counted {
            let mut open = self.open.lock();
            let count = open.entry(address).or_default();
            if *count >= self.per_address {
                // An entry that was just made must not stay behind with nobody to remove it.
                if *count == 0 {
                    open.remove(&address);
                }
                door.refused_per_address.inc();
                return None;
            }
            *count += 1;
        }
        door.connections_accepted.inc();
        door.connections_open.inc();
        Some(Slot { caps: Arc::clone(self), counted, _permit: permit })
    }

    /// Waits until all connections are closed.
    pub(crate) async fn all_closed(&self) {
        // The semaphore is never closed, so this fails never.
        let _ = self.free.acquire_many(self.total).await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.caps.metrics.door.connections_open.dec();
        let Some(address) = self.counted else { return };
        let mut open = self.caps.open.lock();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

/// Under which address a connection is counted: none for loopback, where proxies and tests live; the /64
/// network with IPv6, because a single host has all of one.
pub(crate) fn counted_as(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V4(address) => Some(address.into()),
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            Some(Ipv6Addr::from_bits(network).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(connections_max: usize, connections_per_address_max: usize) -> Arc<Caps> {
        let limits = Limits { connections_max, connections_per_address_max, ..Limits::default() };
        Arc::new(Caps::new(&limits, Metrics::new()))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_total_counts_everybody() {
        let caps = caps(2, 2);
        let first = caps.take(ip("127.0.0.1")).unwrap();
        let _second = caps.take(ip("192.0.2.1")).unwrap();
        assert!(caps.take(ip("192.0.2.2")).is_none());
        assert_eq!(caps.metrics.door.refused_total.get(), 1);
        drop(first);
        assert!(caps.take(ip("192.0.2.2")).is_some());
        assert_eq!(caps.metrics.door.connections_open.get(), 1);
    }

    #[test]
    fn addresses_and_networks_have_a_share_and_loopback_is_exempt() {
        let caps = caps(100, 1);
        let v4 = caps.take(ip("192.0.2.1")).unwrap();
        assert!(caps.take(ip("::ffff:192.0.2.1")).is_none());
        let _v6 = caps.take(ip("2001:db8::1")).unwrap();
        assert!(caps.take(ip("2001:db8::2")).is_none());
        assert!(caps.take(ip("2001:db8:0:1::2")).is_some());
        let local: Vec<Slot> = (0..9).filter_map(|_| caps.take(ip("127.0.0.1"))).collect();
        assert_eq!(local.len(), 9);
        drop(v4);
        assert!(caps.take(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn refused_addresses_leave_nothing_behind() {
        let caps = caps(100, 0);
        assert!(caps.take(ip("192.0.2.1")).is_none());
        assert!(caps.open.lock().is_empty());
    }
}
