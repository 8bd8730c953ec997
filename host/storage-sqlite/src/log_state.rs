//! What the `log` table says of one log: where it begins, where it ends, and the chain values at both ends.
//! Written with every group commit that touches the log, so a lost or altered tail is seen at once.

use domain::Millis;
use storage::frame::{CHAIN_START, Chain, Tail};
use storage::{LogId, Position, Term};

use crate::codec::{Decoder, Encoder};

/// Bits of a frame's row id that hold the offset; the slot stands above them.
const OFFSET_BITS: u32 = 44;
/// Offsets end here: 17 billion thousand records, 500 years of a shard at AWS's limit.
pub(crate) const OFFSET_MAX: u64 = (1 << OFFSET_BITS) - 1;
/// Logs that one database holds at a time: what is left of a positive 64-bit row id.
pub(crate) const SLOT_MAX: u32 = (1 << (63 - OFFSET_BITS)) - 1;

const VERSION: u8 = 1;

/// The state of one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogState {
    pub(crate) id: LogId,
    /// The first record that readers may see.
    pub(crate) first: Position,
    /// Frames before this offset are gone ...
    pub(crate) trimmed: u64,
    /// ... and this was the chain value of the last of them.
    pub(crate) trimmed_chain: Chain,
    /// The end.
    pub(crate) tail: Tail,
    /// Whether the log was deleted and only waits for its frames to be removed.
    pub(crate) deleted: bool,
}

impl LogState {
    /// A log without records.
    pub(crate) fn new(id: LogId) -> Self {
        Self {
            id,
            first: Position::START,
            trimmed: 0,
            trimmed_chain: CHAIN_START,
            tail: Tail::default(),
            deleted: false,
        }
    }

    /// Whether frames that nobody may see are still stored.
    pub(crate) fn has_litter(&self) -> bool {
        self.trimmed < self.litter_end()
    }

    /// Frames that end at or before this offset may go.
    pub(crate) fn litter_end(&self) -> u64 {
        if self.deleted { self.tail.next } else { self.first.offset }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        Encoder::default()
            .u8(VERSION)
            .u8(self.deleted.into())
            .u64(self.id.0)
            .u32(self.first.term.0)
            .u64(self.first.offset)
            .u64(self.trimmed)
            .bytes(&self.trimmed_chain)
            .u64(self.tail.next)
            .u32(self.tail.term.0)
            .u64(self.tail.last_arrival.0)
            .bytes(&self.tail.chain)
            .checked()
    }

    /// `None` if the bytes are damaged.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Decoder::checked(bytes)?;
        let (version, deleted) = (fields.u8()?, fields.u8()?);
        let id = LogId(fields.u64()?);
        let first = Position { term: Term(fields.u32()?), offset: fields.u64()? };
        let (trimmed, trimmed_chain) = (fields.u64()?, fields.bytes()?);
        let tail = Tail {
            next: fields.u64()?,
            term: Term(fields.u32()?),
            last_arrival: Millis(fields.u64()?),
            chain: fields.bytes()?,
        };
        fields.end()?;
        let known = version == VERSION && deleted <= 1;
        let deleted = deleted == 1;
        known.then_some(Self { id, first, trimmed, trimmed_chain, tail, deleted })
    }

    /// What this row adds to the sum over all log rows (see `witness.rs`).
    pub(crate) fn share(&self, slot: Slot) -> u128 {
        crate::witness::share(&[b"log", &slot.0.to_le_bytes(), &self.encode()])
    }
}

/// Where a log's frames lie in the `frame` table. Slots are re-used, log ids are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(pub(crate) u32);

impl Slot {
    /// The row id of the frame that starts at `offset`.
    pub(crate) fn row(self, offset: u64) -> i64 {
        (i64::from(self.0) << OFFSET_BITS) | i64::try_from(offset & OFFSET_MAX).unwrap_or(i64::MAX)
    }

    /// The slot and offset that a row id stands for; `None` for one that cannot be ours.
    pub(crate) fn of_row(row: i64) -> Option<(Self, u64)> {
        let row = u64::try_from(row).ok()?;
        let slot = u32::try_from(row >> OFFSET_BITS).ok()?;
        Some((Self(slot), row & OFFSET_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_notices_damage() {
        let mut state = LogState::new(LogId(9));
        state.first = Position { term: Term(4), offset: 7 };
        state.tail.next = 12;
        state.deleted = true;
        let bytes = state.encode();
        assert_eq!(LogState::decode(&bytes), Some(state));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert_eq!(LogState::decode(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn rows_order_by_slot_then_offset() {
        for (slot, offset) in [(0, 0), (0, OFFSET_MAX), (1, 0), (SLOT_MAX, OFFSET_MAX)] {
            assert_eq!(Slot::of_row(Slot(slot).row(offset)), Some((Slot(slot), offset)));
        }
        assert!(Slot(0).row(OFFSET_MAX) < Slot(1).row(0));
        assert_eq!(Slot(SLOT_MAX).row(OFFSET_MAX), i64::MAX);
    }
}
