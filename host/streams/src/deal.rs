//! Dealing records out, for a stream whose owner leaves it to the service where they go.
//!
//! The open shards take turns, whatever keys the records have. A shard that takes in nothing more now is passed
//! over, so that one that paid for a large record does not hold up a stream whose other shards have room.

use std::sync::atomic::Ordering;

use crate::stream::{Shard, Stream};

/// Shards that are asked for one record: enough to find room where there is any, few enough to be cheap.
const TRIES_MAX: usize = 16;

impl Stream {
    /// The shard whose turn it is, as its index in the stream, or the next one that `takes` the record; and whether
    /// any did.
    pub(crate) fn deal(&self, mut takes: impl FnMut(&Shard) -> bool) -> (u32, bool) {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let tries = TRIES_MAX.min(self.open_shards());
        for turn in (0..tries).map(|more| first.wrapping_add(more)) {
            let index = self.route.at(turn);
            if takes(&self.shards[index as usize]) {
                return (index, true);
            }
        }
        (self.route.at(first), false)
    }
}
