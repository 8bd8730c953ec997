//! Room in the queue: each job takes some of its tenant's share and as much of what all share.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Closed;

/// Room is counted in these units; a job takes at least one.
pub(super) const UNIT: usize = 1024;

/// Shares that are there before any is looked at for whether it is still used.
pub(super) const SHARES_MIN: usize = 64;

/// What one tenant may take of `capacity`.
pub(super) fn share(capacity: usize) -> usize {
    (capacity / 2).max(1)
}

/// The room that a job takes.
#[derive(Clone, Copy)]
pub(super) struct Weight {
    share: u32,
    common: u32,
}

impl Weight {
    /// That of a job of `bytes`. One larger than the share or the whole queue passes alone.
    pub(super) fn of(bytes: usize, capacity: usize) -> Self {
        let units = bytes / UNIT + 1;
        let capped = |cap| u32::try_from(units.min(cap)).unwrap_or(u32::MAX);
        Self { share: capped(share(capacity)), common: capped(capacity) }
    }
}

/// Room that a job has, given back when it is dropped.
pub(super) struct Place {
    _share: OwnedSemaphorePermit,
    _common: OwnedSemaphorePermit,
}

impl Place {
    /// Room, if it is there and nobody waits for it.
    pub(super) fn try_take(
        share: &Arc<Semaphore>,
        common: &Arc<Semaphore>,
        weight: Weight,
    ) -> Option<Self> {
        let share = Arc::clone(share).try_acquire_many_owned(weight.share).ok()?;
        let common = Arc::clone(common).try_acquire_many_owned(weight.common).ok()?;
        Some(Self { _share: share, _common: common })
    }

    /// Room, when it is this job's turn. The share comes first: who waits for the common room stands in the
    /// way of everybody, so a tenant may have only a share's worth of jobs waiting there.
    pub(super) async fn take(
        share: Arc<Semaphore>,
        common: Arc<Semaphore>,
        weight: Weight,
    ) -> Result<Self, Closed> {
        let share = share.acquire_many_owned(weight.share).await.map_err(|_closed| Closed)?;
        let common = common.acquire_many_owned(weight.common).await.map_err(|_closed| Closed)?;
        Ok(Self { _share: share, _common: common })
    }
}

/// The shares of the tenants that have jobs in the queue, at the writer or waiting.
pub(super) struct Shares {
    units: usize,
    shares: HashMap<u64, Arc<Semaphore>>,
    /// How many there may be before those that are not used go.
    max: usize,
}

impl Shares {
    /// None yet; each will be of `units`.
    pub(super) fn new(units: usize) -> Self {
        Self { units, shares: HashMap::new(), max: SHARES_MIN }
    }

    /// That of `tenant`.
    pub(super) fn of(&mut self, tenant: u64) -> Arc<Semaphore> {
        if let Some(share) = self.shares.get(&tenant) {
            return Arc::clone(share);
        }
        if self.shares.len() >= self.max {
            // Who holds or awaits room in a share holds the share, and only here it is given out.
            self.shares.retain(|_, share| Arc::strong_count(share) > 1);
            // Twice what is in use: so a new tenant costs a constant time, on average.
            self.max = (2 * self.shares.len()).max(SHARES_MIN);
        }
        let share = Arc::new(Semaphore::new(self.units));
        self.shares.insert(tenant, Arc::clone(&share));
        share
    }

    /// Ends every wait for room in a share.
    pub(super) fn close(&self) {
        self.shares.values().for_each(|share| share.close());
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.shares.len()
    }
}
