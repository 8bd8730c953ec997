//! Events at the ends of shards, each read and written once for all who wait there.
//!
//! Whoever is woken first makes the event that begins at its place; the others wait for it and take the same bytes.
//! What is kept is bounded, oldest first out: who comes too late reads for itself.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use storage::{LogId, Position};
use tokio::sync::OnceCell;

use super::read::Written;
use crate::Result;

/// Bytes of all events that are kept.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// How many are kept.
const EVENTS_MAX: usize = 4096;

/// Where an event begins, and how it is written.
pub(super) type Key = (LogId, Position, u8);

type Cell = Arc<OnceCell<Written>>;

/// The events.
#[derive(Default)]
pub(super) struct Shared(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// Each with what it counts for in `bytes`.
    cells: HashMap<Key, (Cell, usize)>,
    /// In the order in which they came.
    order: VecDeque<Key>,
    bytes: usize,
}

impl Shared {
    /// The event at `key`, which `make` makes unless somebody did, and whether somebody did.
    pub(super) async fn get<F: Future<Output = Result<Written>>>(
        &self,
        key: Key,
        make: impl FnOnce() -> F,
    ) -> Result<(Written, bool)> {
        let cell = self.0.lock().cell(key);
        let mut is_ours = false;
        let written = cell.get_or_try_init(|| {
            is_ours = true;
            make()
        });
        let written = written.await?.clone();
        if is_ours {
            self.0.lock().filled(key, &cell, written.bytes.len());
        }
        Ok((written, !is_ours))
    }
}

impl Kept {
    fn cell(&mut self, key: Key) -> Cell {
        if let Some((cell, _)) = self.cells.get(&key) {
            return Arc::clone(cell);
        }
        let cell = Cell::default();
        self.cells.insert(key, (Arc::clone(&cell), 0));
        self.order.push_back(key);
        while self.order.len() > EVENTS_MAX {
            self.forget_one();
        }
        cell
    }

    fn filled(&mut self, key: Key, cell: &Cell, bytes: usize) {
        // It may have been forgotten meanwhile.
        if let Some((_, counted)) =
            self.cells.get_mut(&key).filter(|(kept, _)| Arc::ptr_eq(kept, cell))
        {
            *counted = bytes;
            self.bytes += bytes;
        }
        while self.bytes > BYTES_MAX {
            self.forget_one();
        }
    }

    fn forget_one(&mut self) {
        let oldest = self.order.pop_front().and_then(|key| self.cells.remove(&key));
        self.bytes -= oldest.map_or(0, |(_, counted)| counted);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use storage::Term;

    use super::*;

    fn key(offset: u64) -> Key {
        (LogId(1), Position { term: Term(1), offset }, 0)
    }

    async fn made(bytes: usize) -> Result<Written> {
        let bytes = Bytes::from(vec![0; bytes]);
        Ok(Written { bytes, next: None, records: 1, payload: 1, behind_ms: 0 })
    }

    #[tokio::test]
    async fn is_made_once_and_by_another_if_that_failed() {
        let shared = Shared::default();
        let failed = shared.get(key(1), || async { Err(crate::Error::DryRun) }).await;
        assert!(failed.is_err());
        let (first, second) =
            tokio::join!(shared.get(key(1), || made(5)), shared.get(key(1), || made(6)));
        let lengths =
            [first, second].map(|it| it.map(|(it, seen)| (it.bytes.len(), seen)).unwrap());
        assert_eq!(lengths, [(5, false), (5, true)]);
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
        let shared = Shared::default();
        for offset in 0..40 {
            shared.get(key(offset), || made(1024 * 1024)).await.unwrap();
        }
        assert_eq!(shared.0.lock().bytes, BYTES_MAX);
        assert!(shared.get(key(39), || made(1)).await.unwrap().1);
        assert!(!shared.get(key(7), || made(1)).await.unwrap().1);
        for offset in 100..6000 {
            shared.get(key(offset), || made(0)).await.unwrap();
        }
        let kept = shared.0.lock();
        assert_eq!((kept.bytes, kept.cells.len(), kept.order.len()), (0, EVENTS_MAX, EVENTS_MAX));
    }
}
