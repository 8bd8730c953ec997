//! One request's part of a budget: how it grows, shrinks and comes back.

use std::sync::Arc;

use stdx::Visit;
use tokio::sync::AcquireError;
use tokio::time::timeout;

use crate::budget::{Budget, Terms, UNIT_BYTES, UsedUp};
use crate::whose::Whose;

/// What one request holds; given back when dropped.
pub(crate) struct Share {
    budget: Arc<Budget>,
    tenant: Visit<Whose>,
    units: u32,
}

impl Share {
    /// One that still has to grow.
    pub(crate) fn none(budget: Arc<Budget>, tenant: Visit<Whose>) -> Self {
        Self { budget, tenant, units: 0 }
    }

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

    /// One of the same holder that still has to grow.
    pub(crate) fn another(&self) -> Self {
        Self::none(Arc::clone(&self.budget), self.tenant.again())
    }

    /// Makes the share at least `bytes` large, or as large as its holder may have, however long that takes.
    pub(crate) async fn wait_for(&mut self, bytes: usize) {
        let bytes = bytes.min(self.budget.terms.bytes_each);
        let missing = units_for(bytes).saturating_sub(self.units);
        // Nobody closes a budget.
        if missing > 0 && !self.try_add(missing) && self.add(missing).await.is_ok() {
            self.count(missing);
        }
    }

    /// Makes it count for somebody else, who must have room for it.
    pub(crate) async fn pass_to(&mut self, whose: Whose) -> Result<(), UsedUp> {
        let Some(tenant) = self.tenant.other(whose) else { return Ok(()) };
        let is_taken = async { tenant.free().acquire_many(self.units).await.map(|it| it.forget()) };
        let Ok(Ok(())) = timeout(self.budget.terms.wait, is_taken).await else {
            return Err(self.refused());
        };
        self.tenant.free().add_permits(permits_of(self.units));
        self.tenant = tenant;
        Ok(())
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
        let permits = permits_of(units);
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

fn units_for(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

fn permits_of(units: u32) -> usize {
    usize::try_from(units).unwrap_or(usize::MAX)
}

fn bytes_of(units: u32) -> i64 {
    i64::from(units) * i64::try_from(UNIT_BYTES).unwrap_or(i64::MAX)
}
