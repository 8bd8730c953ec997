//! Which slots of the `frame` table's key space are free.

use std::collections::BTreeSet;

use crate::log_state::{SLOT_MAX, Slot};

/// Free slots: those given back, and all from `next` on.
#[derive(Debug)]
pub(crate) struct Slots {
    free: BTreeSet<u32>,
    next: u32,
    /// Taken by the group in the making.
    taken: Vec<u32>,
}

impl Slots {
    /// All slots but the used ones.
    pub(crate) fn new(used: impl IntoIterator<Item = Slot>) -> Self {
        let used: BTreeSet<u32> = used.into_iter().map(|slot| slot.0).collect();
        let next = used.last().map_or(0, |last| last + 1);
        let free = (0..next).filter(|slot| !used.contains(slot)).collect();
        Self { free, next, taken: Vec::new() }
    }

    /// How many are left.
    pub(crate) fn left(&self) -> usize {
        let untouched = usize::try_from(SLOT_MAX - self.next.min(SLOT_MAX)).unwrap_or(usize::MAX);
        self.free.len() + untouched
    }

    /// The least free one.
    pub(crate) fn take(&mut self) -> Option<Slot> {
        let slot = self.free.pop_first().or_else(|| {
            let slot = self.next;
            (slot < SLOT_MAX).then(|| {
                self.next += 1;
                slot
            })
        })?;
        self.taken.push(slot);
        Some(Slot(slot))
    }

    /// The group is durable: what it took is used.
    pub(crate) fn keep(&mut self) {
        self.taken.clear();
    }

    /// The group failed: what it took is free again.
    pub(crate) fn undo(&mut self) {
        self.free.extend(self.taken.drain(..));
    }

    /// Makes one free again.
    pub(crate) fn give_back(&mut self, slot: Slot) {
        self.free.insert(slot.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_least_free_slot() {
        let mut slots = Slots::new([Slot(0), Slot(2)]);
        assert_eq!(slots.take(), Some(Slot(1)));
        assert_eq!(slots.take(), Some(Slot(3)));
        slots.keep();
        slots.give_back(Slot(0));
        assert_eq!(slots.take(), Some(Slot(0)));
        slots.undo();
        assert_eq!(slots.take(), Some(Slot(0)));
    }
}
