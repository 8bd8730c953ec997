//! Whose calls are in hand: so many of one tenant, so many of all.

use std::sync::Arc;

use domain::AccountId;
use stdx::{Held, Visits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;
use crate::limits::Limits;

/// Places for calls.
#[derive(Debug)]
pub(crate) struct Tenants {
    all: Arc<Semaphore>,
    each: Arc<Visits<AccountId>>,
}

/// A call in hand, until dropped.
#[derive(Debug)]
pub(crate) struct InHand {
    _own: Held<AccountId>,
    _all: OwnedSemaphorePermit,
}

impl Tenants {
    pub(crate) fn new(limits: &Limits) -> Self {
        let calls_max = limits.calls_max.min(Semaphore::MAX_PERMITS);
        let all = Arc::new(Semaphore::new(calls_max));
        Self { all, each: Visits::new(limits.tenant_calls_max) }
    }

    /// Takes a place. Whoever finds none is told at once: a guest that waited would hold its own place meanwhile.
    pub(crate) fn enter(&self, tenant: AccountId) -> Result<InHand, Error> {
        let own = self.each.enter(tenant).try_hold().map_err(|_none| Error::Busy)?;
        let all = Arc::clone(&self.all).try_acquire_owned().map_err(|_none| Error::Busy)?;
        Ok(InHand { _own: own, _all: all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_its_own_places_and_nobody_all() {
        let limits = Limits { tenant_calls_max: 2, calls_max: 3, ..Limits::default() };
        let tenants = Tenants::new(&limits);
        let [one, other] =
            ["111111111111", "222222222222"].map(|id| id.parse::<AccountId>().unwrap());
        let (first, second) = (tenants.enter(one).unwrap(), tenants.enter(one).unwrap());
        assert!(tenants.enter(one).is_err(), "the tenant's own bound");
        let third = tenants.enter(other).unwrap();
        assert!(tenants.enter(other).is_err(), "the bound of all");
        drop(first);
        let again = tenants.enter(one).unwrap();
        drop((second, third, again));
        assert_eq!(tenants.each.present(), 0);
    }
}
