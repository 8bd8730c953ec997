//! How much a shard holds in memory (pure).
//!
//! What counts is everything between the lowest unfinished record and the newest one read, finished or not:
//! one stuck record keeps its whole frame alive, and after a crash all of the span is read again.

use std::collections::VecDeque;

use storage::Position;

/// Bytes from which on nothing more is read. One read may pass it by its own size.
pub(crate) const BYTES_MAX: usize = 8 * 1024 * 1024;
/// What a record takes in memory besides its frame.
const RECORD_BYTES: usize = 160;

/// What was read and is not finished.
#[derive(Debug, Default)]
pub(super) struct Span {
    /// Runs of records by their ends, with what they take.
    runs: VecDeque<(Position, usize)>,
    bytes: usize,
}

impl Span {
    pub(super) fn push(&mut self, end: Position, bytes: usize, records: usize) {
        let bytes = bytes + records * RECORD_BYTES;
        self.runs.push_back((end, bytes));
        self.bytes += bytes;
    }

    /// Everything before `low` is finished.
    pub(super) fn release(&mut self, low: Position) {
        while let Some((end, bytes)) = self.runs.front()
            && *end <= low
        {
            self.bytes -= bytes;
            self.runs.pop_front();
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.bytes < BYTES_MAX
    }
}
