//! Memory of the guests that run: so much in all, and three quarters of it for one tenant, so that others always find some.
//!
//! What counts is the size of linear memories, whether the guest has touched them or not: it may at any time. Places
//! alone do not bound memory, as each of some hundred calls may have a gigabyte.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// What all guests that run may have together.
pub(crate) struct Memory {
    bytes_max: usize,
    tenant_bytes_max: usize,
    held: Mutex<Sums>,
}

#[derive(Default)]
struct Sums {
    all: usize,
    /// Of tenants that hold any.
    each: HashMap<u64, usize>,
}

/// What one guest holds, until it is dropped.
pub(crate) struct Held {
    memory: Arc<Memory>,
    tenant: u64,
    bytes: usize,
}

impl Memory {
    pub(crate) fn new(bytes_max: usize) -> Arc<Self> {
        let tenant_bytes_max = bytes_max - bytes_max / 4;
        Arc::new(Self { bytes_max, tenant_bytes_max, held: Mutex::default() })
    }

    /// What one tenant may hold. A guest that needs more than that never gets it.
    pub(crate) fn tenant_bytes_max(&self) -> usize {
        self.tenant_bytes_max
    }

    /// What all hold now.
    pub(crate) fn bytes(&self) -> usize {
        self.held.lock().all
    }

    /// Nothing yet, for a guest of this tenant.
    pub(crate) fn for_guest(self: &Arc<Self>, tenant: u64) -> Held {
        Held { memory: Arc::clone(self), tenant, bytes: 0 }
    }
}

impl Held {
    /// Holds `more` bytes besides, unless they are not to be had now.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let Memory { bytes_max, tenant_bytes_max, held } = &*self.memory;
        let mut held = held.lock();
        let own = held.each.get(&self.tenant).copied().unwrap_or(0);
        let (all, own) = (held.all.saturating_add(more), own.saturating_add(more));
        if all > *bytes_max || own > *tenant_bytes_max {
            return false;
        }
        held.all = all;
        held.each.insert(self.tenant, own);
        self.bytes += more;
        true
    }

    /// Gives back `less` bytes, or all that there are.
    pub(crate) fn shrink(&mut self, less: usize) {
        let less = less.min(self.bytes);
        self.bytes -= less;
        let mut held = self.memory.held.lock();
        held.all -= less;
        if let Some(own) = held.each.get_mut(&self.tenant) {
            *own -= less;
            if *own == 0 {
                held.each.remove(&self.tenant);
            }
        }
    }

    /// Gives back everything.
    pub(crate) fn clear(&mut self) {
        self.shrink(self.bytes);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_leaves_some_for_others_and_nothing_behind() {
        let memory = Memory::new(1000);
        let [mut first, mut second] = [memory.for_guest(1), memory.for_guest(1)];
        assert!(first.grow(500));
        assert!(!second.grow(251), "three quarters");
        assert!(second.grow(250));
        let mut other = memory.for_guest(2);
        assert!(other.grow(250));
        assert!(!other.grow(1), "all of it");
        first.shrink(100);
        assert!(other.grow(100));
        assert_eq!(memory.bytes(), 1000);
        drop((first, second, other));
        assert_eq!(memory.bytes(), 0);
        assert!(memory.held.lock().each.is_empty());
    }

    #[test]
    fn what_was_refused_is_not_held() {
        let memory = Memory::new(1000);
        let mut guest = memory.for_guest(1);
        assert!(!guest.grow(usize::MAX));
        assert!(guest.grow(750));
        guest.shrink(usize::MAX);
        assert_eq!(memory.bytes(), 0);
        assert!(guest.grow(0));
        guest.clear();
        assert!(memory.held.lock().each.is_empty());
    }
}
