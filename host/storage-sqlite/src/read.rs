//! Reading frames: from memory if it reaches back far enough, else from SQLite, checked either way.

use std::sync::Arc;

use domain::Millis;
use rusqlite::{Connection, params};
use storage::{Frame, Position, ReadLimits};

use crate::error::{Result, damaged};
use crate::log_state::{LogState, OFFSET_MAX, Slot};
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
        Self {
            from,
            limits,
            records: 0,
            bytes: 0,
        }
    }

    /// Counts a frame; whether there is room for another.
    fn take(&mut self, frame: &Frame) -> bool {
        let (first, end) = (frame.first().offset, frame.end().offset);
        self.records += end.saturating_sub(first.max(self.from));
        self.bytes += frame.bytes().len();
        // The first frame may lie before `from` for the most part; then its bytes say nothing.
        let bytes = if first < self.from { 0 } else { self.bytes };
        self.records < self.limits.records as u64 && bytes < self.limits.bytes
    }
}

/// The offset at which reading from `from` begins: usually its own. Where the log was shortened once, what
/// was written since has a higher term at the same offsets, and all of it comes after `from`.
pub(crate) fn start(db: &Connection, slot: Slot, state: &LogState, from: Position) -> Result<u64> {
    let mut offset = from.offset.max(state.first.offset);
    if offset > state.tail.next && from.term < state.tail.term {
        offset = state.tail.next;
    }
    while let Some(row) = before(db, slot, offset, from, state)? {
        offset = row.first;
    }
    Ok(offset.max(state.first.offset))
}

/// The frame that holds `offset` or ends there, if it was written in a later term than `from`.
fn before(
    db: &Connection,
    slot: Slot,
    offset: u64,
    from: Position,
    state: &LogState,
) -> Result<Option<FrameRow>> {
    if offset <= state.first.offset {
        return Ok(None);
    }
    let row = table::frame_row_at(db, slot, offset - 1)?;
    Ok(row.filter(|row| row.term > from.term.0 && row.end > state.first.offset))
}

/// Frames from the one that holds `offset` on, within `limits`. Frames that are missing are damage, unless
/// they were trimmed meanwhile, which only the caller can see.
pub(crate) fn frames(
    db: &Connection,
    slot: Slot,
    state: &LogState,
    offset: u64,
    limits: ReadLimits,
) -> Result<Vec<Arc<Frame>>> {
    let Some(row) = table::frame_row_at(db, slot, offset)? else {
        return Err(damaged(format!(
            "log {} has no frame for offset {offset}",
            state.id.0
        )));
    };
    let sql = "SELECT id, chain, frame FROM frame WHERE id >= ?1 AND id < ?2 ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![slot.row(row.first), slot.row(state.tail.next)])?;
    let mut taken = Taken::new(offset, limits);
    let mut frames: Vec<Arc<Frame>> = Vec::new();
    let mut next = offset;
    while let Some(row) = rows.next()? {
        let frame = table::frame(row, slot, state)?;
        let continues = match frames.last() {
            None => (frame.first().offset..frame.end().offset).contains(&next),
            Some(last) => frame.first().offset == next && frame.follows(&last.chain()),
        };
        if !continues {
            return Err(damaged(format!(
                "log {} is broken at offset {next}",
                state.id.0
            )));
        }
        next = frame.end().offset;
        let more = taken.take(&frame);
        frames.push(frame);
        if !more {
            return Ok(frames);
        }
    }
    match frames.last() {
        Some(last) if next == state.tail.next && last.chain() == state.tail.chain => Ok(frames),
        _ => Err(damaged(format!(
            "log {} ends at offset {next} already",
            state.id.0
        ))),
    }
}

/// The first kept record that arrived at or after `arrival`; `None` if there is none. Arrivals never fall
/// along a log, so this is a bisection over frames.
pub(crate) fn seek(
    db: &Connection,
    slot: Slot,
    state: &LogState,
    arrival: Millis,
) -> Result<Option<Position>> {
    let (mut low, mut high) = (state.first.offset, state.tail.next);
    // Every record before `low` is too early; the frame that holds `high`, if there is one, is not.
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(row) = table::frame_row_at(db, slot, middle)? else {
            return Err(damaged(format!(
                "log {} has no frame for offset {middle}",
                state.id.0
            )));
        };
        if row.last_arrival < arrival {
            low = row.end.max(middle + 1);
        } else {
            high = row.first.max(low);
            if row.first <= low {
                break;
            }
        }
    }
    if low >= state.tail.next {
        return Ok(None);
    }
    let one = ReadLimits {
        records: 1,
        bytes: 1,
    };
    let frames = frames(db, slot, state, low, one)?;
    let mut records = frames.iter().flat_map(|frame| frame.records());
    let found = records.find(|(position, record)| {
        position.offset >= state.first.offset && record.arrival >= arrival
    });
    Ok(found.map(|(position, _)| position))
}

/// The newest frame's row.
pub(crate) fn last_row(db: &Connection, slot: Slot) -> Result<Option<FrameRow>> {
    table::frame_row_at(db, slot, OFFSET_MAX)
}
