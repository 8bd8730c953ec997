//! How much work a record may take (pure).

use std::cell::Cell;

/// Steps for each byte of a record. A step is what reading a byte takes, about 2 ns. Each level of a pattern reads what
/// it looks into once, and once more if it is a list, for all that is asked of it together: ten usual patterns that
/// look into lists within lists take less than 16 for each byte, also if what is in those lists is small.
const BYTE_STEPS: u64 = 32;

/// Steps that any record may take: as if it were 4 KiB longer. A pattern and a record of the least size that are as
/// deep as a pattern may be, with as many lists on the way as are looked into, take 106,000.
const BASE_STEPS: u64 = 4096 * BYTE_STEPS;

/// How much work may still be done. Once it is used up, nothing holds any more, and whoever asked has to look at
/// [`Effort::is_spent`] before it believes that.
#[derive(Debug)]
pub(super) struct Effort {
    left: Cell<u64>,
}

impl Effort {
    /// What a record of so many bytes may take.
    pub(super) fn of_bytes(bytes: usize) -> Self {
        Self { left: Cell::new(BASE_STEPS.saturating_add(BYTE_STEPS.saturating_mul(bytes as u64))) }
    }

    #[cfg(test)]
    pub(super) fn new(steps: u64) -> Self {
        Self { left: Cell::new(steps) }
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Takes so many steps; false if none is left then.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.left.get().saturating_sub(steps as u64);
        self.left.set(left);
        left > 0
    }
}
