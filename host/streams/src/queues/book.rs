//! What a queue knows of the records of its stream: pure, so that it can be held against a model.
//!
//! For each shard there is a cursor: what stands at it or behind was never given out. Of what stands before it
//! the book keeps only the records that are not done with, each in one of two areas: the queue itself, or its dead
//! letters. Such a record is hidden until its time-out, or visible and in line. A record before the cursor
//! that the book does not keep was acknowledged, or is no longer in the stream.
//!
//! Every change is noted by the chunk of records that it touches, so that a commit writes just those.

mod area;
mod chunk;
mod entry;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::{Millis, ShardId};
use storage::Position;

use area::Area;

use chunk::Chunk;

pub(crate) use chunk::{Clocks, Dirty, WRITES_MAX, decode_chunk, decode_cursor};
pub use entry::Side;
pub(crate) use entry::{Entry, Place, Stale, State, Taken, Undo};

/// How much a book may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Hidden records.
    pub(crate) in_flight: usize,
    /// Dead letters; beyond it records stay in the queue however often they were received.
    pub(crate) dead: usize,
}

/// What a queue knows of the records of its stream.
#[derive(Debug)]
pub(crate) struct Book {
    bounds: Bounds,
    /// After how many receives a record is dead, if ever.
    dead_after: Option<u32>,
    cursors: BTreeMap<ShardId, Position>,
    entries: BTreeMap<Place, Entry>,
    /// Hidden records, by when they show again.
    due: BTreeSet<(Duration, Place)>,
    live: Area,
    dead: Area,
    /// The last place in line that was given.
    turn: u64,
    /// The last number that a change by a call got.
    change: u64,
    dirty: Dirty,
    /// Rises with every change that a commit must write.
    version: u64,
    buried: u64,
}

impl Book {
    /// One that knows nothing yet.
    pub(crate) fn new(bounds: Bounds, dead_after: Option<u32>) -> Self {
        Self {
            bounds,
            dead_after,
            cursors: BTreeMap::new(),
            entries: BTreeMap::new(),
            due: BTreeSet::new(),
            live: Area::default(),
            dead: Area::default(),
            turn: 0,
            change: 0,
            dirty: Dirty::default(),
            version: 0,
            buried: 0,
        }
    }

    /// Where giving out goes on in a shard that the book knows.
    pub(crate) fn cursor(&self, shard: ShardId) -> Option<Position> {
        self.cursors.get(&shard).copied()
    }

    /// Shows the records whose time-out is over. Whether there were any.
    pub(crate) fn advance(&mut self, now: Duration) -> bool {
        let mut any = false;
        while let Some((_, place)) = self.due.first().copied().filter(|(until, _)| *until <= now) {
            any = true;
            let entry = self.entries[&place];
            self.show(place, entry);
        }
        any
    }

    /// When the next time-out is over.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(until, _)| *until)
    }

    /// Records that may be hidden on top.
    pub(crate) fn room(&self) -> usize {
        self.bounds.in_flight.saturating_sub(self.due.len())
    }

    /// The same, of records that were never given out: those that were and came back count, too.
    pub(crate) fn room_for_new(&self) -> usize {
        self.room().min(self.bounds.in_flight.saturating_sub(self.live.len()))
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.due.len()
    }

    /// Records that are in line.
    pub(crate) fn visible(&self, side: Side) -> usize {
        self.area(side).visible()
    }

    /// How many records became dead letters in this life of the process.
    pub(crate) fn buried(&self) -> u64 {
        self.buried
    }

    /// Hides up to `count` of the records that are longest in line.
    pub(crate) fn take(
        &mut self,
        side: Side,
        count: usize,
        until: Duration,
        now: Millis,
    ) -> Vec<Taken> {
        let mut taken = Vec::new();
        while taken.len() < count.min(self.room() + taken.len()) {
            let Some(place) = self.area(side).first() else { break };
            let before = self.entries[&place];
            taken.push(self.give(place, before, until, now));
        }
        taken
    }

    /// Hides a record that was never given out, and moves the shard's cursor behind it.
    pub(crate) fn take_new(&mut self, place: Place, until: Duration, now: Millis) -> Taken {
        self.skip_to(place.shard, place.position.next());
        self.dirty.fresh.insert(Chunk::of(place));
        self.turn += 1;
        let before = Entry::unseen(self.turn);
        self.give(place, before, until, now)
    }

    fn give(&mut self, place: Place, before: Entry, until: Duration, now: Millis) -> Taken {
        let first_received =
            if before.first_received == Millis(0) { now } else { before.first_received };
        let entry = Entry {
            receives: before.receives.saturating_add(1),
            handout: before.handout.saturating_add(1),
            first_received,
            change: self.next_change(),
            state: State::Hidden { until },
            ..before
        };
        self.put(place, Some(entry));
        self.touch(place);
        Taken { place, entry, undo: Undo { place, change: Some(entry.change), before } }
    }

    /// Gives nothing of a shard out that stands before `position`.
    pub(crate) fn skip_to(&mut self, shard: ShardId, position: Position) {
        let cursor = self.cursors.entry(shard).or_insert(Position::START);
        *cursor = position.max(*cursor);
        self.dirty.cursors.insert(shard);
        self.version += 1;
    }

    /// A record is done with.
    pub(crate) fn acknowledge(
        &mut self,
        side: Side,
        place: Place,
        handout: u32,
    ) -> Result<Undo, Stale> {
        let before = self.find(side, place, handout)?;
        self.put(place, None);
        self.touch(place);
        Ok(Undo { place, change: None, before })
    }

    /// Changes when a hidden record shows again: at once if there is no `until`.
    pub(crate) fn hide(
        &mut self,
        side: Side,
        place: Place,
        handout: u32,
        until: Option<Duration>,
    ) -> Result<Undo, Stale> {
        let before = self.find(side, place, handout)?;
        if matches!(before.state, State::Visible { .. }) {
            return Err(Stale::Visible);
        }
        let changed = Entry { change: self.next_change(), ..before };
        match until {
            Some(until) => {
                self.put(place, Some(Entry { state: State::Hidden { until }, ..changed }));
            }
            None => self.show(place, changed),
        }
        self.touch(place);
        Ok(Undo { place, change: Some(changed.change), before })
    }

    /// Puts a dead letter into the queue again, as if it had never been received.
    pub(crate) fn restore(&mut self, place: Place, handout: u32) -> Result<Undo, Stale> {
        let before = self.find(Side::Dead, place, handout)?;
        let change = self.next_change();
        self.line_up(place, Entry { receives: 0, side: Side::Live, change, ..before });
        self.touch(place);
        Ok(Undo { place, change: Some(change), before })
    }

    /// Takes back a change that was not written, if it is the last that a call made: a later one may be written, and
    /// its caller told so. That a time-out is over is no such change.
    pub(crate) fn undo(&mut self, undo: Undo) {
        let Undo { place, change, before } = undo;
        let current = self.entries.get(&place).copied();
        // A shard that was forgotten meanwhile does not come back by one of its records.
        let is_known = self.cursor(place.shard).is_some_and(|cursor| place.position < cursor);
        if current.map(|entry| entry.change) != change || !is_known {
            return;
        }
        // No receipt is good for a second time.
        let handout = current.map_or(before.handout, |entry| entry.handout);
        self.put(place, Some(Entry { handout, ..before }));
        self.touch(place);
    }

    /// The same of a receive, for a record that cannot be read: others come first.
    pub(crate) fn postpone(&mut self, undo: Undo) {
        self.turn += 1;
        let state = State::Visible { turn: self.turn };
        self.undo(Undo { before: Entry { state, ..undo.before }, ..undo });
    }

    /// After how many receives a record is dead, if ever.
    pub(crate) fn dead_after(&self) -> Option<u32> {
        self.dead_after
    }

    /// From now on a record is dead after so many receives.
    pub(crate) fn set_dead_after(&mut self, dead_after: Option<u32>) {
        self.dead_after = dead_after;
        for place in self.live.all() {
            let entry = self.entries[&place];
            if self.is_to_be_buried(&entry) {
                self.show(place, entry);
            }
        }
    }

    /// Forgets the records of a shard that are no longer in the stream: those before `kept`. How many there were.
    pub(crate) fn expire(&mut self, shard: ShardId, kept: Position) -> usize {
        let first = Place { shard, position: Position::START };
        let gone = self.entries.range(first..Place { shard, position: kept });
        let gone: Vec<Place> = gone.map(|(place, _)| *place).collect();
        for place in &gone {
            self.drop_record(*place);
        }
        gone.len()
    }

    /// Forgets a record that is no longer in the stream.
    pub(crate) fn drop_record(&mut self, place: Place) {
        if self.put(place, None) {
            self.touch(place);
        }
    }

    /// Forgets a shard that the stream no longer has.
    pub(crate) fn forget(&mut self, shard: ShardId) {
        let end = Position { term: storage::Term(u32::MAX), offset: u64::MAX };
        self.expire(shard, end);
        if self.cursors.remove(&shard).is_some() {
            self.dirty.cursors.insert(shard);
            self.version += 1;
        }
    }

    /// Shards of which records are kept, and those with a cursor.
    pub(crate) fn shards(&self) -> BTreeSet<ShardId> {
        let mut shards: BTreeSet<ShardId> = self.cursors.keys().copied().collect();
        shards.extend(self.entries.keys().map(|place| place.shard));
        shards
    }

    /// Whether any record of a shard is kept.
    pub(crate) fn keeps(&self, shard: ShardId) -> bool {
        let first = Place { shard, position: Position::START };
        self.entries.range(first..).next().is_some_and(|(place, _)| place.shard == shard)
    }

    fn find(&self, side: Side, place: Place, handout: u32) -> Result<Entry, Stale> {
        match self.entries.get(&place) {
            Some(entry) if entry.side != side => Err(Stale::Gone),
            Some(entry) if entry.handout != handout => Err(Stale::Superseded),
            Some(entry) => Ok(*entry),
            None => Err(Stale::Gone),
        }
    }

    fn is_to_be_buried(&self, entry: &Entry) -> bool {
        let is_due = self.dead_after.is_some_and(|most| entry.receives >= most);
        entry.side == Side::Live && is_due && self.dead.len() < self.bounds.dead
    }

    /// A record shows again, where it belongs by now.
    fn show(&mut self, place: Place, entry: Entry) {
        if self.is_to_be_buried(&entry) {
            self.buried += 1;
            self.line_up(place, Entry { side: Side::Dead, ..entry });
            self.touch(place);
        } else {
            self.line_up(place, entry);
        }
    }

    fn line_up(&mut self, place: Place, entry: Entry) {
        self.turn += 1;
        let state = State::Visible { turn: self.turn };
        self.put(place, Some(Entry { state, ..entry }));
    }

    /// The one place where an entry changes. Whether there was one.
    fn put(&mut self, place: Place, entry: Option<Entry>) -> bool {
        let before = self.entries.remove(&place);
        if let Some(before) = before {
            self.area_mut(before.side).remove(place, before.state);
            if let State::Hidden { until } = before.state {
                self.due.remove(&(until, place));
            }
        }
        if let Some(entry) = entry {
            self.area_mut(entry.side).insert(place, entry.state);
            if let State::Hidden { until } = entry.state {
                self.due.insert((until, place));
            }
            self.entries.insert(place, entry);
        }
        before.is_some()
    }

    fn next_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    fn touch(&mut self, place: Place) {
        self.dirty.chunks.insert(Chunk::of(place));
        self.version += 1;
    }

    fn area(&self, side: Side) -> &Area {
        match side {
            Side::Live => &self.live,
            Side::Dead => &self.dead,
        }
    }

    fn area_mut(&mut self, side: Side) -> &mut Area {
        match side {
            Side::Live => &mut self.live,
            Side::Dead => &mut self.dead,
        }
    }
}
