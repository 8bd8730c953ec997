//! The share of a budget that each account, or each address, still may hold.
//!
//! An account has as many keys as its users have, so keys count for their account. A key id is no secret, though: before
//! the signature holds, a body that is sent under one counts for the address that it comes from. Otherwise four ids and
//! no signature would be enough to keep everybody out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::caps::counted_as;

/// Whose part of a budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    Account(AccountId),
    /// An address, as connections are counted.
    Stranger(IpAddr),
}

impl Whose {
    /// Who sends from `peer` and claims to be of this account. Loopback is no address to tell anybody by: proxies send
    /// from there for all.
    pub(crate) fn claims(account: AccountId, peer: IpAddr) -> Self {
        counted_as(peer).map_or(Self::Account(account), Self::Stranger)
    }
}

/// Those who hold something.
pub(crate) struct Tenants {
    permits_each: usize,
    present: Mutex<HashMap<Whose, Present>>,
}

struct Present {
    free: Arc<Semaphore>,
    visits: usize,
}

/// One who holds something, until the last visit is dropped.
pub(crate) struct Tenant {
    tenants: Arc<Tenants>,
    whose: Whose,
    free: Arc<Semaphore>,
}

impl Tenants {
    pub(crate) fn new(permits_each: usize) -> Arc<Self> {
        Arc::new(Self { permits_each, present: Mutex::default() })
    }

    pub(crate) fn enter(self: &Arc<Self>, whose: Whose) -> Tenant {
        let mut present = self.present.lock();
        let entry = present.entry(whose).or_insert_with(|| Present {
            free: Arc::new(Semaphore::new(self.permits_each)),
            visits: 0,
        });
        entry.visits += 1;
        let free = Arc::clone(&entry.free);
        drop(present);
        Tenant { tenants: Arc::clone(self), whose, free }
    }
}

impl Tenant {
    /// Another visit.
    pub(crate) fn again(&self) -> Self {
        self.tenants.enter(self.whose)
    }

    /// A visit of somebody else, unless it is the same.
    pub(crate) fn other(&self, whose: Whose) -> Option<Self> {
        (self.whose != whose).then(|| self.tenants.enter(whose))
    }

    /// What it still may hold.
    pub(crate) fn free(&self) -> &Semaphore {
        &self.free
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        let mut present = self.tenants.present.lock();
        if let Some(entry) = present.get_mut(&self.whose) {
            entry.visits -= 1;
            if entry.visits == 0 {
                present.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_told_apart_by_address_and_those_of_loopback_by_account() {
        let account = AccountId::DEV;
        let claims = |peer: &str| Whose::claims(account, peer.parse().unwrap());
        assert_eq!(claims("127.0.0.1"), Whose::Account(account));
        assert_eq!(claims("192.0.2.1"), Whose::Stranger("192.0.2.1".parse().unwrap()));
        assert_eq!(claims("2001:db8::1"), claims("2001:db8::2"));
        assert_ne!(claims("192.0.2.1"), claims("192.0.2.2"));
    }

    #[test]
    fn visits_of_one_share_and_the_last_one_leaves_nothing_behind() {
        let tenants = Tenants::new(3);
        let [a, b] = ["192.0.2.1", "192.0.2.2"].map(|it| Whose::Stranger(it.parse().unwrap()));
        let (first, second) = (tenants.enter(a), tenants.enter(a));
        first.free().try_acquire_many(2).unwrap().forget();
        assert_eq!(second.free().available_permits(), 1);
        assert_eq!(tenants.enter(b).free().available_permits(), 3);
        drop(first);
        assert_eq!(tenants.enter(a).free().available_permits(), 1);
        drop(second);
        assert!(tenants.present.lock().is_empty());
    }
}
