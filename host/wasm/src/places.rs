//! Places for calls that run: so many in all, and three quarters of them for one tenant, so that others always find some.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// All places.
pub(crate) struct Places {
    all: Arc<Semaphore>,
    each: usize,
    /// What tenants that run something, or wait for it, may still have.
    tenants: Mutex<HashMap<u64, Tenant>>,
}

struct Tenant {
    free: Arc<Semaphore>,
    visits: usize,
}

/// A place, until it is dropped. The parts go in this order.
pub(crate) struct Place {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
    _visit: Visit,
}

/// One that wants a place or has it.
struct Visit {
    places: Arc<Places>,
    tenant: u64,
    free: Arc<Semaphore>,
}

impl Places {
    pub(crate) fn new(count: usize) -> Arc<Self> {
        let each = count - count / 4;
        Arc::new(Self { all: Arc::new(Semaphore::new(count)), each, tenants: Mutex::default() })
    }

    /// Waits for a place. Whoever waits for others of the same tenant is in nobody else's way.
    ///
    /// # Errors
    /// If there are none any more.
    pub(crate) async fn take(self: &Arc<Self>, tenant: u64) -> Result<Place, AcquireError> {
        let visit = self.visit(tenant);
        let own = Arc::clone(&visit.free).acquire_owned().await?;
        let all = Arc::clone(&self.all).acquire_owned().await?;
        Ok(Place { _own: own, _all: all, _visit: visit })
    }

    /// Gives no more.
    pub(crate) fn close(&self) {
        self.all.close();
        self.tenants.lock().values().for_each(|tenant| tenant.free.close());
    }

    fn visit(self: &Arc<Self>, tenant: u64) -> Visit {
        let mut tenants = self.tenants.lock();
        let entry = tenants
            .entry(tenant)
            .or_insert_with(|| Tenant { free: Arc::new(Semaphore::new(self.each)), visits: 0 });
        entry.visits += 1;
        Visit { places: Arc::clone(self), tenant, free: Arc::clone(&entry.free) }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut tenants = self.places.tenants.lock();
        if let Some(entry) = tenants.get_mut(&self.tenant) {
            entry.visits -= 1;
            if entry.visits == 0 {
                tenants.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn one_tenant_leaves_some_for_others_and_nothing_behind() {
        let places = Places::new(8);
        let take = |tenant| places.take(tenant).now_or_never().and_then(Result::ok);
        let mut own: Vec<Place> = std::iter::from_fn(|| take(1)).collect();
        assert_eq!(own.len(), 6);
        let other = take(2).unwrap();
        own.pop();
        let again = take(1).unwrap();
        assert!(take(1).is_none());
        drop((own, other, again));
        assert!(places.tenants.lock().is_empty());
        assert_eq!(places.all.available_permits(), 8);
    }

    #[test]
    fn a_single_place_is_one_for_anybody() {
        let places = Places::new(1);
        let place = places.take(1).now_or_never().unwrap().unwrap();
        assert!(places.take(2).now_or_never().is_none());
        drop(place);
        places.close();
        assert!(places.take(2).now_or_never().unwrap().is_err());
    }
}
