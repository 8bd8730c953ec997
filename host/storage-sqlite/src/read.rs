//! Reading frames: from memory if it reaches back far enough, else from SQLite, checked either way.

use std::sync::Arc;

use domain::Millis;
use rusqlite::Connection;
use storage::{Frame, Position, ReadLimits};

use crate::error::{Result, damaged};
use crate::log_state::LogView;
use crate::table::{self, FrameRow};

/// Cuts a run of frames to `limits`, counted from `from`: at least one record, whole frames.
pub(crate) fn cut(
    frames: impl IntoIterator<Item = Arc<Frame>>,
    from: u64,
    limits: ReadLimits,
) -> Vec<Arc<Frame>> {
    let mut taken = Taken::new(from, limits);
    let mut chosen = Vec::new();
    for frame in frames {
        let more = taken.take(&frame);
        chosen.push(frame);
        if !more {
            break;
        }
    }
    chosen
}

/// Counts what a read has brought.
struct Taken {
    from: u64,
    limits: ReadLimits,
    records: u64,
    bytes: usize,
}

impl Taken {
    fn new(from: u64, limits: ReadLimits) -> Self {
        Self { from, limits, records: 0, bytes: 0 }
    }

    /// Counts a frame; whether there is room for another.
    fn take(&mut self, frame: &Frame) -> bool {
        if frame.first().offset >= self.from {
            self.records += u64::from(frame.header().count);
            self.bytes += frame.plain_bytes();
        } else {
            let (records, bytes) = frame.weight_from(self.from);
            self.records += records;
            self.bytes += bytes;
        }
        self.has_room()
    }

    fn has_room(&self) -> bool {
        self.records < self.limits.records as u64 && self.bytes < self.limits.bytes
    }
}

/// The offset at which reading from `from` begins: its own, within what was written in its term.
///
/// That it lies elsewhere happens only to a log that was shortened after `from` was given: what was
/// written since has a later term at the same offsets, and all of it comes after `from`.
pub(crate) fn start(db: &Connection, log: &LogView, from: Position) -> Result<u64> {
    let state = &log.state;
    let offset = from.offset.clamp(state.first.offset, state.tail.next.max(state.first.offset));
    let row = table::frame_row_at(db, log, offset)?.filter(|row| row.end > offset);
    if row.is_some_and(|row| row.term == from.term.0) {
        return Ok(offset);
    }
    let earliest = bisect(db, log, |row| row.term < from.term.0)?;
    let latest = bisect(db, log, |row| row.term <= from.term.0)?;
    Ok(offset.clamp(earliest, latest))
}

/// The offset at which the first frame begins that is not `early`; the log's end if all are. Early frames
/// come before all others.
fn bisect(db: &Connection, log: &LogView, early: impl Fn(&FrameRow) -> bool) -> Result<u64> {
    let state = &log.state;
    let (mut low, mut high) = (state.first.offset, state.tail.next);
    // All before `low` is early; what begins at `high` is not.
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(row) = table::frame_row_at(db, log, middle)? else {
            return Err(damaged(format!("log {} has no frame for offset {middle}", state.id.0)));
        };
        if early(&row) {
            low = row.end.max(middle + 1);
        } else if row.first <= low {
            return Ok(low);
        } else {
            high = row.first;
        }
    }
    Ok(low)
}

/// Frames from the one that holds `offset` on, within `limits`. Frames that are missing are damage, unless
/// they were trimmed meanwhile, which only the caller can see.
pub(crate) fn frames(
    db: &Connection,
    log: &LogView,
    offset: u64,
    limits: ReadLimits,
) -> Result<Vec<Arc<Frame>>> {
    let state = &log.state;
    let Some(mut place) = table::place_at(db, log, offset)? else {
        return Err(damaged(format!("log {} has no frame for offset {offset}", state.id.0)));
    };
    let mut taken = Taken::new(offset, limits);
    let mut frames: Vec<Arc<Frame>> = Vec::new();
    let mut next = offset;
    let mut places = Vec::new().into_iter();
    loop {
        let frame = table::frame(db, place, state.id)?;
        let continues = match frames.last() {
            None => (frame.first().offset..frame.end().offset).contains(&next),
            Some(last) => frame.first().offset == next && frame.follows(&last.chain()),
        };
        if !continues {
            return Err(damaged(format!("log {} is broken at offset {next}", state.id.0)));
        }
        next = frame.end().offset;
        let more = taken.take(&frame);
        frames.push(frame);
        if !more || next >= state.tail.next {
            break;
        }
        if places.len() == 0 {
            places = table::places(db, log, next, table::PLACES_READ)?.into_iter();
        }
        let Some(following) = places.next() else { break };
        place = following;
    }
    if next < state.tail.next && taken.has_room() {
        return Err(damaged(format!("log {} ends at offset {next} already", state.id.0)));
    }
    match frames.last() {
        Some(last) if next == state.tail.next && last.chain() != state.tail.chain => {
            Err(damaged(format!("log {} does not end as it should", state.id.0)))
        }
        _ => Ok(frames),
    }
}

/// The first kept record that arrived at or after `arrival`; `None` if there is none. Arrivals never fall
/// along a log, so this is a bisection over frames.
pub(crate) fn seek(db: &Connection, log: &LogView, arrival: Millis) -> Result<Option<Position>> {
    let state = &log.state;
    let low = bisect(db, log, |row| row.last_arrival < arrival)?;
    if low >= state.tail.next {
        return Ok(None);
    }
    let one = ReadLimits { tenant: 0, records: 1, bytes: 1 };
    let frames = frames(db, log, low, one)?;
    let mut places = frames.iter().flat_map(|frame| frame.places());
    let found = places
        .find(|(position, arrived)| position.offset >= state.first.offset && *arrived >= arrival);
    Ok(found.map(|(position, _)| position))
}
