//! What the `log` table says of one log: where it begins, where it ends, the chain values at both ends, and
//! where its newest frames are. Frames that only go on may be ahead of it ([`crate::ahead`]).

use domain::Millis;
use storage::frame::{CHAIN_START, Chain, Tail};
use storage::{LogId, Position, Term};

use crate::codec::{Decoder, Encoder};

/// Bits of a place's key that hold the offset; the slot stands above them.
const OFFSET_BITS: u32 = 44;
/// Offsets end here: 17 trillion records, 500 years of a shard at AWS's limit.
pub(crate) const OFFSET_MAX: u64 = (1 << OFFSET_BITS) - 1;
/// Logs that one database holds at a time: what is left of a positive 64-bit key.
pub(crate) const SLOT_MAX: u32 = (1 << (63 - OFFSET_BITS)) - 1;

/// A row without places, of a log that was ended: others have less.
const ROW_BYTES: usize = 123;

/// The layout of a log that goes on.
const VERSION: u8 = 1;
/// The layout of one that was ended: with the term in which that was.
const VERSION_ENDED: u8 = 2;

/// Stands for the chain value of a removed frame that is not known any more: the log was put together again
/// from its frames.
pub(crate) const CHAIN_UNKNOWN: Chain = [0xff; 32];

/// The state of one log, but for where its newest frames are.
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
    /// The term in which the log was ended, if it was: it takes no more records.
    pub(crate) ended: Option<Term>,
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
            ended: None,
            deleted: false,
        }
    }

    /// Where the next record will stand if `term` holds, or where the log ended.
    pub(crate) fn next(&self, term: Term) -> Position {
        self.tail.next_position(self.ended.unwrap_or(term))
    }

    /// Whether frames that nobody may see are still stored.
    pub(crate) fn has_litter(&self) -> bool {
        self.trimmed < self.litter_end()
    }

    /// Frames that end at or before this offset may go.
    pub(crate) fn litter_end(&self) -> u64 {
        if self.deleted { self.tail.next } else { self.first.offset }
    }

    fn encode(&self, places: &[Place]) -> Vec<u8> {
        let fields = Encoder::with_capacity(ROW_BYTES + 16 * places.len())
            .u8(if self.ended.is_some() { VERSION_ENDED } else { VERSION })
            .u8(self.deleted.into())
            .u64(self.id.0)
            .u32(self.first.term.0)
            .u64(self.first.offset)
            .u64(self.trimmed)
            .bytes(&self.trimmed_chain)
            .u64(self.tail.next)
            .u32(self.tail.term.0)
            .u64(self.tail.last_arrival.0)
            .bytes(&self.tail.chain);
        let fields = match self.ended {
            Some(term) => fields.u32(term.0),
            None => fields,
        };
        encode_places(places, fields).checked()
    }

    fn decode(bytes: &[u8]) -> Option<(Self, Vec<Place>)> {
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
        let ended = match version {
            VERSION => None,
            VERSION_ENDED => Some(Term(fields.u32()?)),
            _ => return None,
        };
        let places = decode_places(&mut fields)?;
        fields.end()?;
        let deleted = match deleted {
            0 => false,
            1 => true,
            _ => return None,
        };
        Some((Self { id, first, trimmed, trimmed_chain, tail, ended, deleted }, places))
    }

    /// What a frame does not tell, and the frames that come after a row therefore do not either.
    pub(crate) fn beside_frames(&self) -> impl PartialEq + use<> {
        (self.first, self.trimmed, self.ended, self.deleted)
    }
}

/// What an encoded row adds to the sum over all log rows (see `witness.rs`).
pub(crate) fn share(slot: Slot, row: &[u8]) -> u128 {
    crate::witness::share(&[b"log", &slot.0.to_le_bytes(), row])
}

/// Where a frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The offset of its first record.
    pub(crate) offset: u64,
    /// Its row in the `frame` table.
    pub(crate) frame: i64,
}

/// Places that a log's row holds: the newest ones. A place of its own for every frame would dirty one page of the
/// `place` table for each log that a group commit touches; so they gather in memory and move on some at a time, with
/// the row. Measured with one client that puts 2.5 records of 1 KiB into each of 200 shards: 3,950 bytes were written
/// for each record, write-ahead log and database together, with 32 places in rows that each commit wrote; 3,180 with
/// 128 in rows that frames may be ahead of; and 2,400 with 4 shards.
pub(crate) const PLACES_MAX: usize = 128;

/// A log as whoever asks the database needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogView {
    pub(crate) slot: Slot,
    pub(crate) state: LogState,
    /// Where its newest frames are, in order: at most [`PLACES_MAX`].
    pub(crate) places: Vec<Place>,
}

impl LogView {
    /// The log's row.
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.state.encode(&self.places)
    }

    /// `None` if the bytes are damaged.
    pub(crate) fn decode(slot: Slot, row: &[u8]) -> Option<Self> {
        let (state, places) = LogState::decode(row)?;
        Some(Self { slot, state, places })
    }

    /// What its row adds to the sum over all log rows.
    pub(crate) fn share(&self) -> u128 {
        share(self.slot, &self.encode())
    }
}

fn encode_places(places: &[Place], fields: Encoder) -> Encoder {
    let count = u8::try_from(places.len()).unwrap_or(u8::MAX);
    let add =
        |fields: Encoder, place: &Place| fields.u64(place.offset).u64(place.frame.cast_unsigned());
    places.iter().fold(fields.u8(count), add)
}

fn decode_places(fields: &mut Decoder<'_>) -> Option<Vec<Place>> {
    let count = usize::from(fields.u8()?);
    if count > PLACES_MAX {
        return None;
    }
    let place = |_| Some(Place { offset: fields.u64()?, frame: fields.u64()?.cast_signed() });
    (0..count).map(place).collect()
}

/// Which part of the `place` table's key space a log has. Slots are re-used, log ids are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(pub(crate) u32);

impl Slot {
    /// The key of the place at `offset`.
    pub(crate) fn key(self, offset: u64) -> i64 {
        (i64::from(self.0) << OFFSET_BITS) | i64::try_from(offset & OFFSET_MAX).unwrap_or(i64::MAX)
    }

    /// The slot and offset that a key stands for; `None` for one that cannot be ours.
    pub(crate) fn of_key(key: i64) -> Option<(Self, u64)> {
        let key = u64::try_from(key).ok()?;
        let slot = u32::try_from(key >> OFFSET_BITS).ok()?;
        Some((Self(slot), key & OFFSET_MAX))
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
        let places = vec![Place { offset: 7, frame: 3 }; PLACES_MAX];
        let bytes = state.encode(&places);
        assert_eq!(LogState::decode(&bytes), Some((state, places.clone())));
        let more = [&places[..], &places[..1]].concat();
        assert_eq!(LogState::decode(&state.encode(&more)), None);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert_eq!(LogState::decode(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn the_end_of_a_log_is_kept_and_others_look_as_before() {
        let mut state = LogState::new(LogId(9));
        state.tail.next = 12;
        let before = state.encode(&[]);
        assert_eq!((before[0], before.len()), (1, 119));
        assert_eq!(state.next(Term(8)), Position { term: Term(8), offset: 12 });
        state.ended = Some(Term(7));
        let bytes = state.encode(&[]);
        assert_eq!((bytes[0], bytes.len()), (2, 123));
        assert_eq!(LogState::decode(&bytes), Some((state, Vec::new())));
        assert_eq!(state.next(Term(8)), Position { term: Term(7), offset: 12 });
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 3;
            assert_eq!(LogState::decode(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn keys_order_by_slot_then_offset() {
        for (slot, offset) in [(0, 0), (0, OFFSET_MAX), (1, 0), (SLOT_MAX, OFFSET_MAX)] {
            assert_eq!(Slot::of_key(Slot(slot).key(offset)), Some((Slot(slot), offset)));
        }
        assert!(Slot(0).key(OFFSET_MAX) < Slot(1).key(0));
        assert_eq!(Slot(SLOT_MAX).key(OFFSET_MAX), i64::MAX);
    }
}
