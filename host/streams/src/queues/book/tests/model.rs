//! A queue as a list of records that is searched from one end to the other.

use std::time::Duration;

use domain::{Millis, ShardId};
use storage::{Position, Term};

use super::super::{Bounds, Place, Side, Stale};

#[derive(Clone, Debug)]
struct Record {
    place: Place,
    side: Side,
    receives: u32,
    handout: u32,
    first_received: Option<Millis>,
    /// None if it is visible.
    until: Option<Duration>,
}

/// Records that were given out and not acknowledged; the visible ones in the order of their line.
pub(super) struct Model {
    bounds: Bounds,
    dead_after: Option<u32>,
    records: Vec<Record>,
    given: [u64; 3],
    is_known: [bool; 3],
}

impl Model {
    pub(super) fn new(bounds: Bounds, dead_after: Option<u32>) -> Self {
        Self { bounds, dead_after, records: Vec::new(), given: [0; 3], is_known: [false; 3] }
    }

    /// The term rises now and then, as it does with restarts.
    pub(super) fn position(offset: u64) -> Position {
        Position { term: Term(1 + u32::try_from(offset / 7).unwrap()), offset }
    }

    pub(super) fn cursor(&self, shard: ShardId) -> Option<Position> {
        let shard = shard.0 as usize;
        let last = self.given[shard].checked_sub(1).filter(|_| self.is_known[shard]);
        last.map(|last| Self::position(last).next())
    }

    pub(super) fn advance(&mut self, now: Duration) {
        loop {
            let due = self.records.iter().enumerate();
            let due = due.filter_map(|(at, it)| Some((it.until?, it.place, at)));
            let Some((_, _, at)) = due.filter(|(until, _, _)| *until <= now).min() else { return };
            self.show(at);
        }
    }

    /// Moves a record to the end of the line.
    fn show(&mut self, at: usize) {
        let mut record = self.records.remove(at);
        record.until = None;
        let has_room = self.count(Side::Dead) < self.bounds.dead;
        let is_due = self.dead_after.is_some_and(|most| record.receives >= most);
        if record.side == Side::Live && is_due && has_room {
            record.side = Side::Dead;
        }
        self.records.push(record);
    }

    fn count(&self, side: Side) -> usize {
        self.records.iter().filter(|it| it.side == side).count()
    }

    pub(super) fn visible(&self, side: Side) -> usize {
        self.records.iter().filter(|it| it.side == side && it.until.is_none()).count()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.records.iter().filter(|it| it.until.is_some()).count()
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.records.iter().filter_map(|it| it.until).min()
    }

    pub(super) fn room_for_new(&self) -> usize {
        let room = self.bounds.in_flight - self.in_flight();
        room.min(self.bounds.in_flight.saturating_sub(self.count(Side::Live)))
    }

    pub(super) fn take(
        &mut self,
        side: Side,
        count: usize,
        until: Duration,
        now: Millis,
    ) -> Vec<(Place, u32)> {
        let mut taken = Vec::new();
        while taken.len() < count && self.in_flight() < self.bounds.in_flight {
            let first = self.records.iter_mut().find(|it| it.side == side && it.until.is_none());
            let Some(record) = first else { break };
            record.receives += 1;
            record.handout += 1;
            record.first_received.get_or_insert(now);
            record.until = Some(until);
            taken.push((record.place, record.handout));
        }
        taken
    }

    pub(super) fn take_new(&mut self, shard: ShardId, until: Duration, now: Millis) -> Place {
        self.is_known[shard.0 as usize] = true;
        let given = &mut self.given[shard.0 as usize];
        let place = Place { shard, position: Self::position(*given) };
        *given += 1;
        self.records.push(Record {
            place,
            side: Side::Live,
            receives: 1,
            handout: 1,
            first_received: Some(now),
            until: Some(until),
        });
        place
    }

    fn find(&self, side: Side, place: Place, handout: u32) -> Result<usize, Stale> {
        let at = self.records.iter().position(|it| it.place == place && it.side == side);
        let at = at.ok_or(Stale::Gone)?;
        if self.records[at].handout == handout { Ok(at) } else { Err(Stale::Superseded) }
    }

    pub(super) fn acknowledge(
        &mut self,
        side: Side,
        place: Place,
        handout: u32,
    ) -> Result<(), Stale> {
        let at = self.find(side, place, handout)?;
        self.records.remove(at);
        Ok(())
    }

    pub(super) fn hide(
        &mut self,
        side: Side,
        place: Place,
        handout: u32,
        until: Option<Duration>,
    ) -> Result<(), Stale> {
        let at = self.find(side, place, handout)?;
        match (self.records[at].until, until) {
            (None, _) => return Err(Stale::Visible),
            (Some(_), Some(until)) => self.records[at].until = Some(until),
            (Some(_), None) => self.show(at),
        }
        Ok(())
    }

    pub(super) fn restore(&mut self, place: Place, handout: u32) -> Result<(), Stale> {
        let at = self.find(Side::Dead, place, handout)?;
        let record = self.records.remove(at);
        self.records.push(Record { side: Side::Live, receives: 0, until: None, ..record });
        Ok(())
    }

    pub(super) fn expire(&mut self, shard: ShardId, before: Position) -> usize {
        let count = self.records.len();
        self.records.retain(|it| it.place.shard != shard || it.place.position >= before);
        count - self.records.len()
    }

    /// A record that is given out of it later is a new one.
    pub(super) fn forget(&mut self, shard: ShardId) {
        self.records.retain(|it| it.place.shard != shard);
        self.is_known[shard.0 as usize] = false;
    }

    pub(super) fn set_dead_after(&mut self, dead_after: Option<u32>) {
        self.dead_after = dead_after;
        let live = |it: &&Record| it.side == Side::Live && it.until.is_none();
        let places: Vec<Place> = self.records.iter().filter(live).map(|it| it.place).collect();
        for place in places {
            let at = self.records.iter().position(|it| it.place == place);
            let is_due = |at: &usize| dead_after.is_some_and(|it| self.records[*at].receives >= it);
            let has_room = self.count(Side::Dead) < self.bounds.dead;
            if let Some(at) = at.filter(is_due).filter(|_| has_room) {
                self.show(at);
            }
        }
    }

    /// Visible records that were received too often are dead letters, if `is_dead`.
    pub(super) fn bury_if(&mut self, is_dead: impl Fn(Place) -> bool) {
        let most = self.dead_after.unwrap_or(u32::MAX);
        let due = |it: &&mut Record| it.until.is_none() && it.receives >= most;
        for record in self.records.iter_mut().filter(due) {
            if is_dead(record.place) {
                record.side = Side::Dead;
            }
        }
        assert!(self.count(Side::Dead) <= self.bounds.dead);
    }

    /// Those that are not in `line` are hidden.
    pub(super) fn line_up(&mut self, line: &[Place]) {
        self.records.sort_by_key(|it| line.iter().position(|place| *place == it.place));
    }

    pub(super) fn keeps(&self, shard: ShardId) -> bool {
        self.records.iter().any(|it| it.place.shard == shard)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Place, (Side, u32, u32, Millis))> + '_ {
        self.records.iter().map(|it| {
            let first = it.first_received.unwrap_or_default();
            (it.place, (it.side, it.receives, it.handout, first))
        })
    }
}
