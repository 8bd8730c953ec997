//! The bytes of all bodies of one direction that are in memory, and who may have more.
//!
//! Shares are taken before bytes are read. Who does not get one within a short wait is refused: a queue of
//! waiting requests would hold connections and clients for longer than their own retry takes. No account, and no
//! address of strangers, gets all: others find something left.

use std::sync::Arc;
use std::time::Duration;

use metering::{Counter, Gauge};
use stdx::Visits;
use tokio::sync::Semaphore;

use crate::share::Share;
use crate::whose::Whose;

/// Shares are handed out in units of this size, so that their count fits the semaphore.
pub(crate) const UNIT_BYTES: usize = 1024;

/// All shares.
pub(crate) struct Budget {
    pub(crate) free: Semaphore,
    /// What each one still may hold.
    tenants: Arc<Visits<Whose>>,
    pub(crate) terms: Terms,
}

/// How much a budget has and where it tells of it.
pub(crate) struct Terms {
    /// What the bytes are, for the log.
    pub(crate) of: &'static str,
    pub(crate) bytes: usize,
    pub(crate) bytes_each: usize,
    pub(crate) wait: Duration,
    pub(crate) in_flight: Gauge,
    pub(crate) refusals: Counter,
}

/// The budget is used up, or somebody's part of it.
#[derive(Debug, thiserror::Error)]
#[error("too many bytes of {of} in flight")]
pub(crate) struct UsedUp {
    pub(crate) of: &'static str,
}

impl Budget {
    pub(crate) fn new(terms: Terms) -> Arc<Self> {
        Arc::new(Self {
            free: Semaphore::new(permits(terms.bytes)),
            tenants: Visits::new(permits(terms.bytes_each.next_multiple_of(UNIT_BYTES))),
            terms,
        })
    }

    /// A share of `bytes` for somebody.
    pub(crate) async fn take(
        self: &Arc<Self>,
        whose: Whose,
        bytes: usize,
    ) -> Result<Share, UsedUp> {
        let tenant = self.tenants.enter(whose);
        let mut share = Share::none(Arc::clone(self), tenant);
        share.grow_to(bytes).await?;
        Ok(share)
    }
}

fn permits(bytes: usize) -> usize {
    (bytes / UNIT_BYTES).min(Semaphore::MAX_PERMITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(units: usize, units_each: usize) -> Arc<Budget> {
        Budget::new(Terms {
            of: "tests",
            bytes: units * UNIT_BYTES,
            bytes_each: units_each * UNIT_BYTES,
            wait: Duration::from_secs(1),
            in_flight: Gauge::default(),
            refusals: Counter::default(),
        })
    }

    /// Somebody.
    fn of(last: u8) -> Whose {
        Whose::Stranger([192, 0, 2, last].into())
    }

    fn held(budget: &Budget) -> i64 {
        budget.terms.in_flight.get()
    }

    #[tokio::test(start_paused = true)]
    async fn shares_are_given_back_and_refusals_counted() {
        let budget = budget(10, 10);
        let mut share = budget.take(of(1), 1).await.unwrap();
        share.grow_to(9 * UNIT_BYTES).await.unwrap();
        share.grow_to(1).await.unwrap();
        assert_eq!(held(&budget), 9 * 1024);
        let _rest = budget.take(of(1), UNIT_BYTES).await.unwrap();
        assert!(budget.take(of(2), 1).await.is_err());
        assert!(share.grow_to(10 * UNIT_BYTES).await.is_err());
        assert_eq!(budget.terms.refusals.get(), 2);
        drop(share);
        assert_eq!(held(&budget), 1024);
        assert!(budget.take(of(2), 9 * UNIT_BYTES).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_that_comes_free_in_time_is_taken() {
        let budget = budget(1, 1);
        let share = budget.take(of(1), 1).await.unwrap();
        let second = budget.take(of(2), 1);
        let free = async {
            tokio::time::sleep(Duration::from_millis(900)).await;
            drop(share);
        };
        let (second, ()) = tokio::join!(second, free);
        assert!(second.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_leaves_something_for_the_others() {
        let budget = budget(8, 2);
        let first = budget.take(of(1), 2 * UNIT_BYTES).await.unwrap();
        assert!(budget.take(of(1), 1).await.is_err());
        assert!(budget.take(of(2), 2 * UNIT_BYTES).await.is_ok());
        drop(first);
        assert!(budget.take(of(1), 2 * UNIT_BYTES).await.is_ok());
        assert_eq!(budget.free.available_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_passes_from_a_stranger_to_the_account_if_that_has_room() {
        let budget = budget(8, 2);
        let mut share = budget.take(of(1), 2 * UNIT_BYTES).await.unwrap();
        share.pass_to(of(2)).await.unwrap();
        assert_eq!(held(&budget), 2 * 1024);
        let mut other = budget.take(of(1), 2 * UNIT_BYTES).await.unwrap();
        other.pass_to(of(1)).await.unwrap();
        assert!(other.pass_to(of(2)).await.is_err(), "it has all it may have");
        drop(share);
        other.pass_to(of(2)).await.unwrap();
        drop(other);
        assert_eq!((held(&budget), budget.free.available_permits()), (0, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_is_made_to_fit_at_once_or_not_at_all() {
        let budget = budget(10, 10);
        let mut share = budget.take(of(1), 4 * UNIT_BYTES).await.unwrap();
        share.fit(10 * UNIT_BYTES).unwrap();
        assert!(share.fit(11 * UNIT_BYTES).is_err());
        share.fit(1).unwrap();
        assert_eq!(held(&budget), 1024);
        assert_eq!(budget.free.available_permits(), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn shares_double_up_to_the_end() {
        let budget = budget(100, 100);
        let mut share = budget.take(of(1), 4 * UNIT_BYTES).await.unwrap();
        for (arrived, units) in [(4, 4), (5, 8), (8, 8), (9, 10), (10, 10)] {
            share.follow(arrived * UNIT_BYTES, 10 * UNIT_BYTES).await.unwrap();
            assert_eq!(share.bytes(), units * UNIT_BYTES, "{arrived}");
        }
    }
}
