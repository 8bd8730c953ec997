//! The limits on what an instance may have: memory of all its memories together, tables, counts. While it is called,
//! its memory is part of what all guests share.

use wasmtime::ResourceLimiter;

use super::stop::NotNow;
use crate::engine::{CORE_INSTANCES_MAX, MEMORIES_MAX, TABLE_ELEMENTS_MAX, TABLES_MAX};
use crate::memory::Held;

/// Counts what an instance has.
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    /// Of the memory that guests share: all of [`Limiter::memory_bytes`] during a call.
    held: Held,
    table_elements: usize,
    /// What was permitted last; taken back if it then fails for another reason.
    last_memory: usize,
    last_table: usize,
    is_refused: bool,
}

impl Limiter {
    /// Nothing yet, and at most `memory_bytes_max` of memory.
    pub(crate) fn new(held: Held, memory_bytes_max: usize) -> Self {
        Self {
            memory_bytes: 0,
            memory_bytes_max,
            held,
            table_elements: 0,
            last_memory: 0,
            last_table: 0,
            is_refused: false,
        }
    }

    /// Begins a call.
    ///
    /// # Errors
    /// If there is no room at the moment for the memory that the instance has.
    pub(crate) fn begin(&mut self) -> Result<(), NotNow> {
        self.is_refused = false;
        self.hold(self.memory_bytes)
    }

    /// Ends a call.
    pub(crate) fn end(&mut self) {
        self.held.clear();
    }

    /// Bytes of all memories.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// The most that it may have.
    pub(crate) fn memory_bytes_max(&self) -> usize {
        self.memory_bytes_max
    }

    /// Whether memory was refused during this call.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused
    }

    fn hold(&mut self, more: usize) -> Result<(), NotNow> {
        let full = || NotNow("the functions that run leave too little memory".to_owned());
        self.held.grow(more).then_some(()).ok_or_else(full)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let total = self.memory_bytes.saturating_add(more);
        // Past its own maximum a memory does not grow, and that is none of our limits.
        let is_past_own = maximum.is_some_and(|maximum| desired > maximum);
        if total > self.memory_bytes_max || is_past_own {
            self.is_refused |= total > self.memory_bytes_max;
            return Ok(false);
        }
        // Others have it: no fault of the guest's, which is not to see it as one.
        self.hold(more)?;
        self.memory_bytes = total;
        self.last_memory = more;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        let less = std::mem::take(&mut self.last_memory);
        self.memory_bytes = self.memory_bytes.saturating_sub(less);
        self.held.shrink(less);
        self.is_refused = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let total = self.table_elements.saturating_add(more);
        if total > TABLE_ELEMENTS_MAX {
            return Ok(false);
        }
        self.table_elements = total;
        self.last_table = more;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_elements =
            self.table_elements.saturating_sub(std::mem::take(&mut self.last_table));
        Ok(())
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES_MAX as usize
    }

    fn tables(&self) -> usize {
        TABLES_MAX as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    /// A limiter for 1000 bytes, of which others leave enough.
    fn limiter() -> Limiter {
        Limiter::new(Memory::new(4000).for_guest(1), 1000)
    }

    #[test]
    fn memories_share_one_limit() {
        let mut limiter = limiter();
        assert!(limiter.memory_growing(0, 600, None).unwrap());
        assert!(limiter.memory_growing(0, 400, None).unwrap());
        assert!(!limiter.memory_growing(400, 401, None).unwrap());
        assert!(limiter.is_refused());
        assert_eq!(limiter.memory_bytes(), 1000);
        limiter.end();
        limiter.begin().unwrap();
        assert!(!limiter.is_refused());
    }

    #[test]
    fn memory_is_shared_with_others_while_a_call_runs() {
        let memory = Memory::new(2000);
        let mut limiter = Limiter::new(memory.for_guest(1), 1000);
        assert!(limiter.memory_growing(0, 600, None).unwrap());
        limiter.memory_grow_failed(wasmtime::Error::msg("no")).unwrap();
        assert_eq!(memory.bytes(), 0);
        assert!(limiter.memory_growing(0, 600, None).unwrap());
        assert_eq!(memory.bytes(), 600);
        limiter.end();
        assert_eq!(memory.bytes(), 0);
        let mut other = memory.for_guest(2);
        assert!(other.grow(1400));
        limiter.begin().unwrap();
        let refused = limiter.memory_growing(600, 601, None).unwrap_err();
        assert!(refused.is::<NotNow>());
        limiter.end();
        assert!(other.grow(100));
        limiter.begin().unwrap_err();
        drop((limiter, other));
        assert_eq!(memory.bytes(), 0);
    }

    #[test]
    fn a_memory_that_ends_by_itself_is_not_ours_to_blame() {
        let mut limiter = limiter();
        assert!(!limiter.memory_growing(0, 600, Some(500)).unwrap());
        assert!(!limiter.is_refused());
    }

    #[test]
    fn what_fails_afterwards_is_taken_back() {
        let mut limiter = limiter();
        assert!(limiter.memory_growing(0, 600, None).unwrap());
        limiter.memory_grow_failed(wasmtime::Error::msg("no")).unwrap();
        assert_eq!(limiter.memory_bytes(), 0);
        assert!(limiter.table_growing(0, TABLE_ELEMENTS_MAX, None).unwrap());
        assert!(!limiter.table_growing(0, 1, None).unwrap());
        limiter.table_grow_failed(wasmtime::Error::msg("no")).unwrap();
        assert!(limiter.table_growing(0, 1, None).unwrap());
    }
}
