//! How many calls an account runs at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use domain::AccountId;
use parking_lot::Mutex;

/// Counts the calls of each account. What does not fit is refused at once: nobody waits here.
#[derive(Clone, Debug)]
pub(crate) struct Concurrency {
    running: Arc<Mutex<HashMap<AccountId, usize>>>,
    max: usize,
}

/// A call that runs; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    running: Arc<Mutex<HashMap<AccountId, usize>>>,
    account: AccountId,
}

impl Concurrency {
    /// At most `max` for each account.
    pub(crate) fn new(max: usize) -> Self {
        Self { running: Arc::default(), max }
    }

    /// A place for one call, if there is one.
    pub(crate) fn enter(&self, account: AccountId) -> Option<Slot> {
        let mut running = self.running.lock();
        let count = running.entry(account).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Slot { running: Arc::clone(&self.running), account })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.running.lock();
        if let Some(count) = running.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_its_own_places() {
        let places = Concurrency::new(2);
        let other = AccountId::from_number(7).unwrap();
        let first = places.enter(AccountId::DEV);
        let second = places.enter(AccountId::DEV);
        assert!(first.is_some() && second.is_some());
        assert!(places.enter(AccountId::DEV).is_none());
        assert!(places.enter(other).is_some());
        drop(first);
        assert!(places.enter(AccountId::DEV).is_some());
        drop(second);
        assert!(places.running.lock().is_empty());
    }
}
