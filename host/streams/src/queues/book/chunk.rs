//! The book as facts: a cursor for each shard, and what is kept of each run of 64 records.
//!
//! The page `host/docs/formats/queues.md` is the reference.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::{BufMut, Bytes};
use domain::{Millis, ShardId, limits};
use storage::codec::{Decoded, Reader, Writer};
use storage::ledger::{erase, write};
use storage::{Expect, FactWrite, Position, Term};

use super::{Book, Entry, Place, Side, State};

const VERSION: u8 = 1;
const CURSORS: u8 = b'c';
const CHUNKS: u8 = b'r';
/// Bytes of a key: its kind, the shard, and the number of a chunk.
const CURSOR_KEY_BYTES: usize = 5;
const CHUNK_KEY_BYTES: usize = 13;

/// Records of a chunk, by the lowest bits of their offsets: few enough that a receive rewrites little.
const CHUNK_BITS: u32 = 6;
const ENTRY_BYTES: usize = 30;
const IS_DEAD: u8 = 1;
/// Chunks of one commit: the rest goes with the next.
pub(crate) const WRITES_MAX: usize = 4096;

/// A run of records of one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Chunk {
    pub(crate) shard: ShardId,
    /// The upper bits of their offsets.
    number: u64,
}

/// What a commit must write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dirty {
    pub(crate) cursors: BTreeSet<ShardId>,
    /// Those with records that were given out for the first time: they go with the cursor that moved behind these.
    pub(crate) fresh: BTreeSet<Chunk>,
    pub(crate) chunks: BTreeSet<Chunk>,
}

/// Both clocks at one moment. Facts tell the time of day, since the other clock starts anew with the process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    pub(crate) wall: Millis,
    pub(crate) monotonic: Duration,
}

impl Chunk {
    pub(crate) fn of(place: Place) -> Self {
        Self { shard: place.shard, number: place.position.offset >> CHUNK_BITS }
    }

    fn has(self, place: Place) -> bool {
        Self::of(place) == self
    }
}

impl Dirty {
    fn is_empty(&self) -> bool {
        self.cursors.is_empty() && self.fresh.is_empty() && self.chunks.is_empty()
    }

    fn has_chunks_of(&self, shard: ShardId) -> bool {
        let mut chunks = self.chunks.range(Chunk { shard, number: 0 }..);
        chunks.next().is_some_and(|chunk| chunk.shard == shard)
    }
}

impl Clocks {
    /// Never 0, which says that a record is visible.
    fn wall_of(self, until: Duration) -> Millis {
        let left = until.saturating_sub(self.monotonic).as_millis();
        let at = self.wall.plus(u64::try_from(left).unwrap_or(u64::MAX));
        Millis(at.0.max(1))
    }

    /// However far the time of day went back, nobody asked for more than the longest time-out.
    fn monotonic_of(self, until: Millis) -> Duration {
        let longest = u64::from(limits::QUEUE_VISIBILITY_SECONDS_MAX) * 1000;
        let left = until.since(self.wall).min(longest);
        self.monotonic.saturating_add(Duration::from_millis(left))
    }
}

pub(crate) fn cursor_key(shard: ShardId) -> Bytes {
    let mut key = Vec::with_capacity(CURSOR_KEY_BYTES);
    key.put_u8(CURSORS);
    key.put_u32(shard.0);
    key.into()
}

pub(crate) fn chunk_key(chunk: Chunk) -> Bytes {
    let mut key = Vec::with_capacity(CHUNK_KEY_BYTES);
    key.put_u8(CHUNKS);
    key.put_u32(chunk.shard.0);
    key.put_u64(chunk.number);
    key.into()
}

/// The shard and its cursor, if the fact is one.
pub(crate) fn decode_cursor(key: &[u8], value: &[u8]) -> Decoded<Option<(ShardId, Position)>> {
    let Some(shard) = key.strip_prefix(&[CURSORS]) else { return Ok(None) };
    let shard = shard.try_into().map_err(|_length| unknown(key))?;
    let mut reader = Reader::new(VERSION, value)?;
    let position = Position { term: Term(reader.u32()?), offset: reader.u64()? };
    reader.end()?;
    Ok(Some((ShardId(u32::from_be_bytes(shard)), position)))
}

/// The records of a chunk: each with the time of day at which it shows again, 0 if it is visible.
pub(crate) fn decode_chunk(key: &[u8], value: &[u8]) -> Decoded<Vec<(Place, Entry, Millis)>> {
    let chunk = chunk_of(key).ok_or_else(|| unknown(key))?;
    let mut reader = Reader::new(VERSION, value)?;
    let count = (value.len() - 1) / ENTRY_BYTES;
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        entries.push(decode_entry(chunk, &mut reader)?);
    }
    reader.end()?;
    Ok(entries)
}

fn chunk_of(key: &[u8]) -> Option<Chunk> {
    let (shard, number) = key.strip_prefix(&[CHUNKS])?.split_first_chunk()?;
    let number = u64::from_be_bytes(number.try_into().ok()?);
    let is_number = number <= u64::MAX >> CHUNK_BITS;
    is_number.then_some(Chunk { shard: ShardId(u32::from_be_bytes(*shard)), number })
}

fn unknown(key: &[u8]) -> String {
    format!("key {:?} is not known", key.escape_ascii().to_string())
}

fn decode_entry(chunk: Chunk, reader: &mut Reader<'_>) -> Decoded<(Place, Entry, Millis)> {
    let low = u64::from(reader.u8()?);
    if low >> CHUNK_BITS != 0 {
        return Err(format!("record {low} of a chunk"));
    }
    let offset = (chunk.number << CHUNK_BITS) | low;
    let position = Position { term: Term(reader.u32()?), offset };
    let side = match reader.u8()? {
        0 => Side::Live,
        IS_DEAD => Side::Dead,
        other => return Err(format!("flags {other} are not known")),
    };
    let entry = Entry {
        side,
        receives: reader.u32()?,
        handout: reader.u32()?,
        first_received: Millis(reader.u64()?),
        change: 0,
        state: State::Visible { turn: 0 },
    };
    Ok((Place { shard: chunk.shard, position }, entry, Millis(reader.u64()?)))
}

impl Book {
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// What is to be written, about `most` chunks of it, and whether that is all.
    ///
    /// Whichever commit is the last before the process is killed, what is stored makes sense: a cursor moves with the
    /// records that it moved behind, or they would count as acknowledged; that of a shard that was forgotten goes
    /// after all its records, which nobody could read without it.
    pub(crate) fn take_dirty(&mut self, most: usize) -> (Dirty, bool) {
        let fresh = std::mem::take(&mut self.dirty.fresh);
        let mut taken = Dirty { fresh, ..Dirty::default() };
        for chunk in &taken.fresh {
            self.dirty.chunks.remove(chunk);
        }
        while taken.fresh.len() + taken.chunks.len() < most {
            let Some(chunk) = self.dirty.chunks.pop_first() else { break };
            taken.chunks.insert(chunk);
        }
        let cursors = std::mem::take(&mut self.dirty.cursors);
        let may_go =
            |shard: &ShardId| self.cursors.contains_key(shard) || !self.dirty.has_chunks_of(*shard);
        (taken.cursors, self.dirty.cursors) = cursors.into_iter().partition(may_go);
        (taken, self.dirty.is_empty())
    }

    /// It was not written.
    pub(crate) fn mark_dirty(&mut self, dirty: Dirty) {
        self.dirty.cursors.extend(dirty.cursors);
        self.dirty.fresh.extend(dirty.fresh);
        self.dirty.chunks.extend(dirty.chunks);
    }

    /// What `dirty` is now, as writes.
    pub(crate) fn encode(&self, dirty: &Dirty, clocks: Clocks) -> Vec<FactWrite> {
        let cursors = dirty.cursors.iter().map(|shard| self.encode_cursor(*shard));
        let chunks =
            dirty.fresh.union(&dirty.chunks).map(|chunk| self.encode_chunk(*chunk, clocks));
        cursors.chain(chunks).collect()
    }

    fn encode_cursor(&self, shard: ShardId) -> FactWrite {
        let Some(position) = self.cursor(shard) else {
            return erase(cursor_key(shard), Expect::Anything);
        };
        let mut value = Writer::new(VERSION);
        value.u32(position.term.0);
        value.u64(position.offset);
        write(cursor_key(shard), value.finish(), Expect::Anything)
    }

    fn encode_chunk(&self, chunk: Chunk, clocks: Clocks) -> FactWrite {
        let mut value = Writer::new(VERSION);
        let mut is_empty = true;
        for (place, entry) in self.entries_of(chunk) {
            is_empty = false;
            let low = place.position.offset & ((1 << CHUNK_BITS) - 1);
            value.u8(u8::try_from(low).expect("six bits"));
            value.u32(place.position.term.0);
            value.u8(match entry.side {
                Side::Live => 0,
                Side::Dead => IS_DEAD,
            });
            value.u32(entry.receives);
            value.u32(entry.handout);
            value.u64(entry.first_received.0);
            value.u64(match entry.state {
                State::Hidden { until } => clocks.wall_of(until).0,
                State::Visible { .. } => 0,
            });
        }
        match is_empty {
            true => erase(chunk_key(chunk), Expect::Anything),
            false => write(chunk_key(chunk), value.finish(), Expect::Anything),
        }
    }

    /// Positions are sorted by their term first, which differs within a chunk where the log went on after a restart.
    fn entries_of(&self, chunk: Chunk) -> impl Iterator<Item = (&Place, &Entry)> {
        let terms = self.terms_of(chunk);
        terms.into_iter().flat_map(move |term| {
            let position = Position { term, offset: chunk.number << CHUNK_BITS };
            let from = Place { shard: chunk.shard, position };
            let run = self.entries.range(from..);
            run.take_while(move |(place, _)| chunk.has(**place) && place.position.term == term)
        })
    }

    /// The terms that the shard's kept records have, found by skipping from one to the next.
    fn terms_of(&self, chunk: Chunk) -> Vec<Term> {
        let mut terms = Vec::new();
        let mut from = Place { shard: chunk.shard, position: Position::START };
        while let Some((place, _)) = self.entries.range(from..).next() {
            if place.shard != chunk.shard {
                break;
            }
            let term = place.position.term;
            terms.push(term);
            let Some(next) = term.0.checked_add(1) else { break };
            from.position = Position { term: Term(next), offset: 0 };
        }
        terms
    }

    /// A cursor that was stored.
    pub(crate) fn load_cursor(&mut self, shard: ShardId, position: Position) {
        self.cursors.insert(shard, position);
    }

    /// A record that was stored. Records before the cursors are loaded after these.
    pub(crate) fn load(
        &mut self,
        (place, entry, until): (Place, Entry, Millis),
        clocks: Clocks,
    ) -> Decoded<()> {
        let is_before = self.cursor(place.shard).is_some_and(|cursor| place.position < cursor);
        if !is_before || self.entries.contains_key(&place) {
            return Err(format!("record {} of {} was not given out", place.position, place.shard));
        }
        match until {
            Millis(0) => self.line_up(place, entry),
            until => {
                let until = clocks.monotonic_of(until);
                self.put(place, Some(Entry { state: State::Hidden { until }, ..entry }));
            }
        }
        Ok(())
    }
}
