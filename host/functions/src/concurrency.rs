//! How many calls run at one moment: of an account's functions together, and of those that have places of
//! their own.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{AccountId, FunctionId, FunctionName, Region, limits};
use parking_lot::Mutex;

use crate::catalog::FunctionIndex;
use crate::error::{Invalid, Scarce};
use crate::function::{Function, FunctionFacts};
use crate::{Error, Functions, Result};

/// Who shares places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pool {
    /// All functions of an account that reserve none.
    Account(AccountId),
    /// One function that does.
    Function(FunctionId),
}

/// Counts the calls of each pool. What does not fit is refused at once: nobody waits here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Concurrency {
    running: Arc<Mutex<HashMap<Pool, u64>>>,
}

/// A call that runs; it ends when this is dropped. It is counted where it began, also if its function came to
/// reserve places meanwhile.
#[derive(Debug)]
pub(crate) struct Slot {
    running: Arc<Mutex<HashMap<Pool, u64>>>,
    pool: Pool,
}

impl Concurrency {
    /// A place for one call, if fewer than `max` run.
    fn enter(&self, pool: Pool, max: u64) -> Option<Slot> {
        let mut running = self.running.lock();
        let count = running.get(&pool).copied().unwrap_or(0);
        if count >= max {
            return None;
        }
        running.insert(pool, count + 1);
        Some(Slot { running: Arc::clone(&self.running), pool })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.running.lock();
        if let Some(count) = running.get_mut(&self.pool) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.pool);
            }
        }
    }
}

/// An account's calls at one moment. The account is one over all regions, unlike on AWS: regions are names
/// that callers choose here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// All of them.
    pub(crate) all: u64,
    /// Those that no function has reserved.
    pub(crate) unreserved: u64,
}

impl Functions {
    /// A place for a call of this function.
    ///
    /// # Errors
    /// `Busy` if the function, or the account, runs as many as it may.
    pub(crate) fn enter(&self, function: &Function) -> Result<Slot> {
        let facts = &function.facts;
        let (pool, max, scarce) = match self.reserved(function) {
            Some(reserved) => (Pool::Function(facts.id), reserved.into(), Scarce::Function),
            None => {
                let places = self.functions.look(|index| self.places(index, facts.account));
                (Pool::Account(facts.account), places.unreserved, Scarce::Account)
            }
        };
        self.running.enter(pool, max).ok_or(Error::Busy(scarce))
    }

    /// The places of a function, which all of its versions share.
    pub(crate) fn reserved(&self, function: &Function) -> Option<u32> {
        let FunctionFacts { account, region, name, reserved, .. } = &function.facts;
        match function.published {
            None => *reserved,
            Some(_) => self.function(*account, region, name).ok()?.facts.reserved,
        }
    }

    /// What an account has, and has left.
    pub(crate) fn places(&self, index: &FunctionIndex, account: AccountId) -> Places {
        let all = if self.settings.limits { limits::ACCOUNT_CONCURRENCY_MAX } else { u64::MAX };
        Places { all, unreserved: all.saturating_sub(index.reserved(account)) }
    }

    /// Reserves so many places for a function, or none.
    ///
    /// # Errors
    /// If the account's other functions would be left with too few, there is no such function, or the store
    /// does not take it.
    pub(crate) async fn reserve(
        &self,
        (account, region): (AccountId, &Region),
        name: &FunctionName,
        reserved: Option<u32>,
    ) -> Result<()> {
        let noted = self.note((account, region), name, |index, facts| {
            let places = self.places(index, account);
            let left = places.unreserved.saturating_add(facts.reserved.unwrap_or(0).into());
            let wanted = reserved.unwrap_or(0).into();
            if wanted > 0
                && left < limits::ACCOUNT_UNRESERVED_CONCURRENCY_MIN.saturating_add(wanted)
            {
                return Err(Invalid::Reserved.into());
            }
            facts.reserved = reserved;
            Ok(())
        });
        noted.await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pool_has_its_own_places() {
        let places = Concurrency::default();
        let account = Pool::Account(AccountId::DEV);
        let other = Pool::Account(AccountId::from_number(7).unwrap());
        let function = Pool::Function(FunctionId(7));
        let first = places.enter(account, 2);
        let second = places.enter(account, 2);
        assert!(first.is_some() && second.is_some());
        assert!(places.enter(account, 2).is_none());
        assert!(places.enter(other, 2).is_some());
        assert!(places.enter(function, 1).is_some());
        assert!(places.enter(function, 0).is_none());
        drop(first);
        assert!(places.enter(account, 2).is_some());
        drop(second);
        assert!(places.running.lock().is_empty());
    }
}
