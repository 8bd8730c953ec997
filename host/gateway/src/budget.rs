//! The bytes of all bodies of one direction that are in memory, and who may have more.
//!
//! Shares are taken before bytes are read. Who does not get one within a short wait is refused: a queue of
//! waiting requests would hold connections and clients for longer than their own retry takes. One key never
//! gets all: others find something left, whoever sends under a key they know.

use std::sync::Arc;
use std::time::Duration;

use metering::{Counter, Gauge};
use tokio::sync::{AcquireError, Semaphore};
use tokio::time::timeout;

use crate::tenants::{Tenant, Tenants};

/// Shares are handed out in units of this size, so that their count fits the semaphore.
const UNIT_BYTES: usize = 1024;

/// All shares.
pub(crate) struct Budget {
    free: Semaphore,
    tenants: Arc<Tenants>,
    terms: Terms,
}

/// How much a budget has and where it tells of it.
pub(crate) struct Terms {
    /// What the bytes are, for the log.
    pub(crate) of: &'static str,
    pub(crate) bytes: usize,
    pub(crate) bytes_per_key: usize,
    pub(crate) wait: Duration,
    pub(crate) in_flight: Gauge,
    pub(crate) refusals: Counter,
}

/// What one request holds; given back when dropped.
pub(crate) struct Share {
    budget: Arc<Budget>,
    tenant: Tenant,
    units: u32,
}

/// The budget is used up, or the key's part of it.
#[derive(Debug, thiserror::Error)]
#[error("too many bytes of {of} in flight")]
pub(crate) struct UsedUp {
    of: &'static str,
}

impl Budget {
    pub(crate) fn new(terms: Terms) -> Arc<Self> {
        Arc::new(Self {
            free: Semaphore::new(permits(terms.bytes)),
            tenants: Tenants::new(permits(terms.bytes_per_key.min(terms.bytes))),
            terms,
        })
    }

    /// A share of `bytes` for who uses this key.
    pub(crate) async fn take(self: &Arc<Self>, key: &str, bytes: usize) -> Result<Share, UsedUp> {
        let tenant = self.tenants.enter(key);
        let mut share = Share { budget: Arc::clone(self), tenant, units: 0 };
        share.grow_to(bytes).await?;
        Ok(share)
    }
}

impl Share {
    /// How many bytes it is good for.
    pub(crate) fn bytes(&self) -> usize {
        usize::try_from(self.units).map_or(usize::MAX, |units| units.saturating_mul(UNIT_BYTES))
    }

    /// Makes the share at least `bytes` large.
    pub(crate) async fn grow_to(&mut self, bytes: usize) -> Result<(), UsedUp> {
        let missing = units_for(bytes).saturating_sub(self.units);
        if missing == 0 || self.try_add(missing) {
            return Ok(());
        }
        let added = timeout(self.budget.terms.wait, self.add(missing)).await;
        match added {
            Ok(Ok(())) => {
                self.count(missing);
                Ok(())
            }
            Ok(Err(_)) | Err(_) => Err(self.refused()),
        }
    }

    /// Makes the share cover `bytes` of something that has at most `end`. Doubles, so that something that
    /// comes in many pieces asks only now and then, and holds at most twice what came.
    pub(crate) async fn follow(&mut self, bytes: usize, end: usize) -> Result<(), UsedUp> {
        if bytes <= self.bytes() {
            return Ok(());
        }
        let doubled = self.bytes().saturating_mul(2).min(end);
        self.grow_to(doubled.max(bytes)).await
    }

    /// Makes the share just as large as `bytes`, without waiting: they are in memory already.
    pub(crate) fn fit(&mut self, bytes: usize) -> Result<(), UsedUp> {
        let units = units_for(bytes);
        let missing = units.saturating_sub(self.units);
        if missing > 0 && !self.try_add(missing) {
            return Err(self.refused());
        }
        self.give_back(self.units - units);
        Ok(())
    }

    fn try_add(&mut self, units: u32) -> bool {
        let Ok(own) = self.tenant.free().try_acquire_many(units) else {
            return false;
        };
        let Ok(all) = self.budget.free.try_acquire_many(units) else {
            return false;
        };
        own.forget();
        all.forget();
        self.count(units);
        true
    }

    /// Forgets the permits only when both are there: who stops waiting in between has lost nothing.
    async fn add(&self, units: u32) -> Result<(), AcquireError> {
        let own = self.tenant.free().acquire_many(units).await?;
        let all = self.budget.free.acquire_many(units).await?;
        own.forget();
        all.forget();
        Ok(())
    }

    fn count(&mut self, units: u32) {
        self.units += units;
        self.budget.terms.in_flight.inc_by(bytes_of(units));
    }

    fn give_back(&mut self, units: u32) {
        let permits = usize::try_from(units).unwrap_or(usize::MAX);
        self.tenant.free().add_permits(permits);
        self.budget.free.add_permits(permits);
        self.units -= units;
        self.budget.terms.in_flight.dec_by(bytes_of(units));
    }

    fn refused(&self) -> UsedUp {
        let Terms { of, refusals, .. } = &self.budget.terms;
        refusals.inc();
        UsedUp { of }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.units);
    }
}

fn permits(bytes: usize) -> usize {
    (bytes / UNIT_BYTES).min(Semaphore::MAX_PERMITS)
}

fn units_for(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

fn bytes_of(units: u32) -> i64 {
    i64::from(units) * i64::try_from(UNIT_BYTES).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(units: usize, units_per_key: usize) -> Arc<Budget> {
        Budget::new(Terms {
            of: "tests",
            bytes: units * UNIT_BYTES,
            bytes_per_key: units_per_key * UNIT_BYTES,
            wait: Duration::from_secs(1),
            in_flight: Gauge::default(),
            refusals: Counter::default(),
        })
    }

    fn held(budget: &Budget) -> i64 {
        budget.terms.in_flight.get()
    }

    #[tokio::test(start_paused = true)]
    async fn shares_are_given_back_and_refusals_counted() {
        let budget = budget(10, 10);
        let mut share = budget.take("a", 1).await.unwrap();
        share.grow_to(9 * UNIT_BYTES).await.unwrap();
        share.grow_to(1).await.unwrap();
        assert_eq!(held(&budget), 9 * 1024);
        let _rest = budget.take("a", UNIT_BYTES).await.unwrap();
        assert!(budget.take("b", 1).await.is_err());
        assert!(share.grow_to(10 * UNIT_BYTES).await.is_err());
        assert_eq!(budget.terms.refusals.get(), 2);
        drop(share);
        assert_eq!(held(&budget), 1024);
        assert!(budget.take("b", 9 * UNIT_BYTES).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_that_comes_free_in_time_is_taken() {
        let budget = budget(1, 1);
        let share = budget.take("a", 1).await.unwrap();
        let second = budget.take("b", 1);
        let free = async {
            tokio::time::sleep(Duration::from_millis(900)).await;
            drop(share);
        };
        let (second, ()) = tokio::join!(second, free);
        assert!(second.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_key_leaves_something_for_the_others() {
        let budget = budget(8, 2);
        let first = budget.take("a", 2 * UNIT_BYTES).await.unwrap();
        assert!(budget.take("a", 1).await.is_err());
        assert!(budget.take("b", 2 * UNIT_BYTES).await.is_ok());
        drop(first);
        assert!(budget.take("a", 2 * UNIT_BYTES).await.is_ok());
        assert_eq!(budget.free.available_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_is_made_to_fit_at_once_or_not_at_all() {
        let budget = budget(10, 10);
        let mut share = budget.take("a", 4 * UNIT_BYTES).await.unwrap();
        share.fit(10 * UNIT_BYTES).unwrap();
        assert!(share.fit(11 * UNIT_BYTES).is_err());
        share.fit(1).unwrap();
        assert_eq!(held(&budget), 1024);
        assert_eq!(budget.free.available_permits(), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn shares_double_up_to_the_end() {
        let budget = budget(100, 100);
        let mut share = budget.take("a", 4 * UNIT_BYTES).await.unwrap();
        for (arrived, units) in [(4, 4), (5, 8), (8, 8), (9, 10), (10, 10)] {
            share.follow(arrived * UNIT_BYTES, 10 * UNIT_BYTES).await.unwrap();
            assert_eq!(share.bytes(), units * UNIT_BYTES, "{arrived}");
        }
    }
}
