//! Places for calls that run: so many in all, and three quarters of them for one tenant, so that others always find some.

use std::sync::Arc;

use stdx::{Held, Visits};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// All places.
pub(crate) struct Places {
    all: Arc<Semaphore>,
    /// What tenants that run something, or wait for it, may still have.
    tenants: Arc<Visits<u64>>,
}

/// A place, until it is dropped.
pub(crate) struct Place {
    _own: Held<u64>,
    _all: OwnedSemaphorePermit,
}

impl Places {
    pub(crate) fn new(count: usize) -> Self {
        let each = count - count / 4;
        Self { all: Arc::new(Semaphore::new(count)), tenants: Visits::new(each) }
    }

    /// Waits for a place. Whoever waits for others of the same tenant is in nobody else's way.
    ///
    /// # Errors
    /// If there are none any more.
    pub(crate) async fn take(&self, tenant: u64) -> Result<Place, AcquireError> {
        let own = self.tenants.enter(tenant).hold().await?;
        let all = Arc::clone(&self.all).acquire_owned().await?;
        Ok(Place { _own: own, _all: all })
    }

    /// Gives no more.
    pub(crate) fn close(&self) {
        self.all.close();
        self.tenants.close();
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
        assert_eq!(places.tenants.present(), 0);
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
