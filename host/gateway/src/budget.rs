//! The bytes of all bodies that are being read or worked on, and who may have more.
//!
//! Shares are taken before bytes are read. Who does not get one within a short wait is refused: a queue of
//! waiting requests would hold connections and clients for longer than their own retry takes.

use std::time::Duration;

use metering::Metrics;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::Limits;

/// Shares are handed out in units of this size, so that their count fits the semaphore.
const UNIT_BYTES: usize = 1024;

/// All shares.
pub(crate) struct Budget {
    free: Semaphore,
    wait: Duration,
    metrics: Metrics,
}

/// What one request holds; given back when dropped.
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    permit: SemaphorePermit<'a>,
}

/// The budget is used up.
#[derive(Debug, thiserror::Error)]
#[error("too many bytes of request bodies in flight")]
pub(crate) struct UsedUp;

impl Budget {
    pub(crate) fn new(limits: &Limits, metrics: Metrics) -> Self {
        let units = limits.body_budget_bytes / UNIT_BYTES;
        Self {
            free: Semaphore::new(units.min(Semaphore::MAX_PERMITS)),
            wait: limits.body_budget_wait,
            metrics,
        }
    }

    /// A share of `bytes`.
    pub(crate) async fn take(&self, bytes: usize) -> Result<Share<'_>, UsedUp> {
        let permit = self.permit(units_for(bytes)).await?;
        Ok(Share { budget: self, permit })
    }

    async fn permit(&self, units: u32) -> Result<SemaphorePermit<'_>, UsedUp> {
        let permit = match self.free.try_acquire_many(units) {
            Ok(permit) => Ok(permit),
            Err(_not_now) => match timeout(self.wait, self.free.acquire_many(units)).await {
                Ok(Ok(permit)) => Ok(permit),
                Ok(Err(_)) | Err(_) => Err(UsedUp),
            },
        };
        let door = &self.metrics.door;
        match permit {
            Ok(permit) => {
                door.body_in_flight_bytes.inc_by(bytes_of(units));
                Ok(permit)
            }
            Err(UsedUp) => {
                door.body_budget_refusals.inc();
                Err(UsedUp)
            }
        }
    }
}

impl Share<'_> {
    /// Makes the share at least `bytes` large.
    pub(crate) async fn grow_to(&mut self, bytes: usize) -> Result<(), UsedUp> {
        let held = u32::try_from(self.permit.num_permits()).unwrap_or(u32::MAX);
        let missing = units_for(bytes).saturating_sub(held);
        if missing > 0 {
            self.permit.merge(self.budget.permit(missing).await?);
        }
        Ok(())
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let units = u32::try_from(self.permit.num_permits()).unwrap_or(u32::MAX);
        let door = &self.budget.metrics.door;
        door.body_in_flight_bytes.dec_by(bytes_of(units));
    }
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

    fn budget(body_budget_bytes: usize) -> Budget {
        let limits = Limits {
            body_budget_bytes,
            body_budget_wait: Duration::from_secs(1),
            ..Limits::default()
        };
        Budget::new(&limits, Metrics::new())
    }

    #[tokio::test(start_paused = true)]
    async fn shares_are_given_back_and_refusals_counted() {
        let budget = budget(10 * UNIT_BYTES);
        let held = |budget: &Budget| budget.metrics.door.body_in_flight_bytes.get();
        let mut share = budget.take(1).await.unwrap();
        share.grow_to(9 * UNIT_BYTES).await.unwrap();
        share.grow_to(1).await.unwrap();
        assert_eq!(held(&budget), 9 * 1024);
        let _rest = budget.take(UNIT_BYTES).await.unwrap();
        assert!(budget.take(1).await.is_err());
        assert!(share.grow_to(10 * UNIT_BYTES).await.is_err());
        assert_eq!(budget.metrics.door.body_budget_refusals.get(), 2);
        drop(share);
        assert_eq!(held(&budget), 1024);
        assert!(budget.take(9 * UNIT_BYTES).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_that_comes_free_in_time_is_taken() {
        let budget = budget(UNIT_BYTES);
        let share = budget.take(1).await.unwrap();
        let second = budget.take(1);
        let free = async {
            tokio::time::sleep(Duration::from_millis(900)).await;
            drop(share);
        };
        let (second, ()) = tokio::join!(second, free);
        assert!(second.is_ok());
    }
}
