//! Somebody's part of something that all share, kept while it has visits and forgotten with the last of them.
//!
//! Whoever wants something of a bound that each tenant has for itself enters, takes permits of the tenant's own
//! [`Semaphore`], and stays as long as it holds any. So there are as many parts in memory as there are tenants that want
//! something at this moment, however many there ever were.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// Those who are there. What a permit stands for (a call, a KiB) is the owner's choice.
pub struct Visits<K: Eq + Hash + Clone> {
    permits_each: usize,
    inner: Mutex<Inner<K>>,
}

struct Inner<K> {
    present: HashMap<K, Present>,
    is_closed: bool,
}

struct Present {
    free: Arc<Semaphore>,
    visits: usize,
}

/// A visit, until it is dropped. Permits must not outlive the visit under which they were taken: whoever entered after
/// the last visit would have them once more.
pub struct Visit<K: Eq + Hash + Clone> {
    visits: Arc<Visits<K>>,
    key: K,
    free: Arc<Semaphore>,
}

/// One permit and the visit that it was taken under. The parts go in this order.
#[derive(Debug)]
pub struct Held<K: Eq + Hash + Clone> {
    _permit: OwnedSemaphorePermit,
    _visit: Visit<K>,
}

impl<K: Eq + Hash + Clone> Visits<K> {
    /// Nobody is there yet. Each may have `permits_each`, or what a semaphore can count if that is less; of 0 nobody ever
    /// gets anything.
    pub fn new(permits_each: usize) -> Arc<Self> {
        let inner = Inner { present: HashMap::new(), is_closed: false };
        let permits_each = permits_each.min(Semaphore::MAX_PERMITS);
        Arc::new(Self { permits_each, inner: Mutex::new(inner) })
    }

    /// A visit of `key`, whose others share their permits with it.
    pub fn enter(self: &Arc<Self>, key: K) -> Visit<K> {
        let mut inner = self.inner.lock();
        let is_closed = inner.is_closed;
        let entry = inner.present.entry(key.clone()).or_insert_with(|| {
            let free = Arc::new(Semaphore::new(self.permits_each));
            if is_closed {
                free.close();
            }
            Present { free, visits: 0 }
        });
        entry.visits += 1;
        let free = Arc::clone(&entry.free);
        drop(inner);
        Visit { visits: Arc::clone(self), key, free }
    }

    /// Gives no more permits, neither to those who wait nor to those who come.
    pub fn close(&self) {
        let mut inner = self.inner.lock();
        inner.is_closed = true;
        inner.present.values().for_each(|present| present.free.close());
    }

    /// How many are there.
    pub fn present(&self) -> usize {
        self.inner.lock().present.len()
    }
}

impl<K: Eq + Hash + Clone> Visit<K> {
    /// Another visit of the same.
    pub fn again(&self) -> Self {
        self.visits.enter(self.key.clone())
    }

    /// A visit of `key`, unless this is one.
    pub fn other(&self, key: K) -> Option<Self> {
        (self.key != key).then(|| self.visits.enter(key))
    }

    /// What it still may have, all its visits together.
    pub fn free(&self) -> &Semaphore {
        &self.free
    }

    /// Waits for one permit, in the order of those who do.
    ///
    /// # Errors
    /// If there are none any more.
    pub async fn hold(self) -> Result<Held<K>, AcquireError> {
        let permit = Arc::clone(&self.free).acquire_owned().await?;
        Ok(Held { _permit: permit, _visit: self })
    }

    /// One permit, if one is free.
    ///
    /// # Errors
    /// If none is.
    pub fn try_hold(self) -> Result<Held<K>, TryAcquireError> {
        let permit = Arc::clone(&self.free).try_acquire_owned()?;
        Ok(Held { _permit: permit, _visit: self })
    }
}

impl<K: Eq + Hash + Clone> Drop for Visit<K> {
    fn drop(&mut self) {
        let mut inner = self.visits.inner.lock();
        if let Some(entry) = inner.present.get_mut(&self.key) {
            entry.visits -= 1;
            if entry.visits == 0 {
                inner.present.remove(&self.key);
            }
        }
    }
}

/// Whose the visits are is not told: keys of tenants have no business in every log line.
impl<K: Eq + Hash + Clone> fmt::Debug for Visits<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visits").field("present", &self.present()).finish_non_exhaustive()
    }
}

impl<K: Eq + Hash + Clone> fmt::Debug for Visit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit")
            .field("free", &self.free.available_permits())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn visits_of_one_share_and_the_last_one_leaves_nothing_behind() {
        let visits = Visits::new(3);
        let (first, second) = (visits.enter("a"), visits.enter("a"));
        first.free().try_acquire_many(2).unwrap().forget();
        assert_eq!(second.free().available_permits(), 1);
        assert_eq!(visits.enter("b").free().available_permits(), 3);
        drop(first);
        assert_eq!(visits.enter("a").free().available_permits(), 1);
        assert_eq!(visits.present(), 1);
        drop(second);
        assert_eq!(visits.present(), 0);
        assert_eq!(visits.enter("a").free().available_permits(), 3);
    }

    #[test]
    fn a_visit_leads_to_another_of_the_same_and_of_others() {
        let visits = Visits::new(1);
        let first = visits.enter(1);
        let again = first.again();
        assert!(first.other(1).is_none());
        let other = first.other(2).unwrap();
        drop(first);
        assert_eq!(visits.present(), 2);
        drop((again, other));
        assert_eq!(visits.present(), 0);
    }

    #[tokio::test]
    async fn what_is_held_is_a_visit_too() {
        let visits = Visits::new(1);
        let held = visits.enter(1).try_hold().unwrap();
        assert_eq!(visits.enter(1).try_hold().unwrap_err(), TryAcquireError::NoPermits);
        let _of_another = visits.enter(2).try_hold().unwrap();
        let mut waiting = pin!(visits.enter(1).hold());
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("nothing is free"),
            () = std::future::ready(()) => {}
        }
        drop(held);
        let held = waiting.await.unwrap();
        assert_eq!(visits.present(), 2);
        drop(held);
        assert_eq!(visits.present(), 1);
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing_behind() {
        let visits = Visits::new(0);
        {
            let mut waiting = pin!(visits.enter(1).hold());
            tokio::select! {
                biased;
                _ = &mut waiting => panic!("there is nothing"),
                () = std::future::ready(()) => {}
            }
            assert_eq!(visits.present(), 1);
        }
        assert_eq!(visits.present(), 0);
    }

    #[tokio::test]
    async fn after_the_end_nobody_gets_any_whoever_waits_or_comes() {
        let visits = Visits::new(1);
        let _held = visits.enter(1).try_hold().unwrap();
        let waiting = visits.enter(1).hold();
        visits.close();
        assert!(waiting.await.is_err());
        assert!(visits.enter(2).hold().await.is_err());
        assert_eq!(visits.enter(2).try_hold().unwrap_err(), TryAcquireError::Closed);
    }

    #[test]
    fn more_than_can_be_counted_is_what_can_be() {
        let visits = Visits::new(usize::MAX);
        assert_eq!(visits.enter(1).free().available_permits(), Semaphore::MAX_PERMITS);
        assert_eq!(format!("{visits:?}"), "Visits { present: 0, .. }");
    }
}
