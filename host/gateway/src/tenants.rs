//! What each access key still may hold of a budget.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

/// The keys that hold something.
pub(crate) struct Tenants {
    permits_each: usize,
    present: Mutex<HashMap<Arc<str>, Present>>,
}

struct Present {
    free: Arc<Semaphore>,
    visits: usize,
}

/// A key that holds something, until the last one of the same key is dropped.
pub(crate) struct Tenant {
    tenants: Arc<Tenants>,
    key: Arc<str>,
    free: Arc<Semaphore>,
}

impl Tenants {
    pub(crate) fn new(permits_each: usize) -> Arc<Self> {
        Arc::new(Self { permits_each, present: Mutex::default() })
    }

    pub(crate) fn enter(self: &Arc<Self>, key: &str) -> Tenant {
        let mut present = self.present.lock();
        let name = match present.get_key_value(key) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(key),
        };
        let entry = present.entry(Arc::clone(&name)).or_insert_with(|| Present {
            free: Arc::new(Semaphore::new(self.permits_each)),
            visits: 0,
        });
        entry.visits += 1;
        let free = Arc::clone(&entry.free);
        drop(present);
        Tenant { tenants: Arc::clone(self), key: name, free }
    }
}

impl Tenant {
    /// Another one of the same key.
    pub(crate) fn again(&self) -> Self {
        self.tenants.enter(&self.key)
    }

    /// What it still may hold.
    pub(crate) fn free(&self) -> &Semaphore {
        &self.free
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        let mut present = self.tenants.present.lock();
        if let Some(entry) = present.get_mut(&self.key) {
            entry.visits -= 1;
            if entry.visits == 0 {
                present.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_of_one_key_share_and_the_last_one_leaves_nothing_behind() {
        let tenants = Tenants::new(3);
        let (first, second) = (tenants.enter("a"), tenants.enter("a"));
        first.free().try_acquire_many(2).unwrap().forget();
        assert_eq!(second.free().available_permits(), 1);
        assert_eq!(tenants.enter("b").free().available_permits(), 3);
        drop(first);
        assert_eq!(tenants.enter("a").free().available_permits(), 1);
        drop(second);
        assert!(tenants.present.lock().is_empty());
    }
}
