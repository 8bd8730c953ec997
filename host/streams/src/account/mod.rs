//! What an account settled on in a region, beyond its streams: whether it commits itself to a minimum of
//! throughput, which on AWS makes its on-demand streams ones with advantages.

mod commitment;
mod ledger;

use domain::{AccountId, Region, limits};

pub use commitment::{Commitment, CommitmentStatus};
pub(crate) use ledger::Accounts;

use crate::error::Quota;
use crate::{Error, Result, Streams};

impl Streams {
    /// What an account is committed to in a region, or was last; `None` if it never was.
    pub fn commitment(&self, account: AccountId, region: &Region) -> Option<Commitment> {
        self.accounts.look(|index| index.commitment(account, region))
    }

    /// Whether an account has what a commitment brings: warm throughput, and more consumers of each stream.
    pub fn has_advantage(&self, account: AccountId, region: &Region) -> bool {
        let now = self.clock.now();
        let status = self.commitment(account, region).map(|it| it.status(now));
        status.is_some_and(|status| status != CommitmentStatus::Disabled)
    }

    /// Whether streams of an account may be given warm throughput: where there are no limits, everybody's may.
    pub(crate) fn may_warm(&self, account: AccountId, region: &Region) -> bool {
        !self.settings.limits || self.has_advantage(account, region)
    }

    /// Begins a commitment, or goes on with one that was to end.
    ///
    /// # Errors
    /// If the account has commitments in too many regions, or the store does not take it.
    pub async fn begin_commitment(&self, account: AccountId, region: &Region) -> Result<()> {
        let now = self.clock.now();
        self.settle(account, region, |current| Commitment::begun(current, now)).await
    }

    /// Ends a commitment, at the earliest when a day has passed since it began. Where there is none, that is all.
    ///
    /// # Errors
    /// If the store does not take it.
    pub async fn end_commitment(&self, account: AccountId, region: &Region) -> Result<()> {
        let now = self.clock.now();
        if self.commitment(account, region).is_none() {
            return Ok(());
        }
        let none = Commitment { started: now, ended: Some(now) };
        self.settle(account, region, |current| current.unwrap_or(none).ended(now)).await
    }

    async fn settle(
        &self,
        account: AccountId,
        region: &Region,
        next: impl Fn(Option<Commitment>) -> Commitment,
    ) -> Result<()> {
        let current = self.commitment(account, region);
        if Some(next(current)) == current {
            return Ok(());
        }
        let changed = self.accounts.change(|index| {
            let current = index.commitment(account, region);
            if current.is_none() && index.regions(account) >= limits::ACCOUNT_COMMITMENTS_MAX {
                return Err(Error::Quota(Quota::Commitments { account }));
            }
            Ok(index.set(account, region, next(current)))
        });
        changed.await
    }
}
