//! Walking over a log's frames and checking all that can be checked: bytes, places, the chain, and that
//! each row tells what its frame tells. Used by the scrub and by [`crate::verify`].

use rusqlite::{Connection, Row, params};
use storage::Frame;
use storage::frame::Chain;

use crate::error::{Result, Stop, damaged};
use crate::facts::signed;
use crate::log_state::{LogState, OFFSET_MAX, Slot};
use crate::table;

/// Where a walk stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    /// The next frame must start here ...
    pub(crate) offset: u64,
    /// ... and follow this.
    pub(crate) chain: Chain,
}

/// What a walk has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) frames: u64,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) findings: Vec<String>,
}

impl Cursor {
    /// Before the oldest frame that is kept.
    pub(crate) fn start(state: &LogState) -> Self {
        Self { offset: state.trimmed, chain: state.trimmed_chain }
    }
}

/// Walks on for about `budget` bytes; whether the end was reached. Damage is noted and stepped over.
pub(crate) fn walk(
    db: &Connection,
    slot: Slot,
    state: &LogState,
    cursor: &mut Cursor,
    budget: u64,
    seen: &mut Seen,
) -> Result<bool> {
    let sql = "SELECT id, chain, frame, term, records, last_arrival FROM frame
        WHERE id >= ?1 AND id <= ?2 ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![slot.row(cursor.offset), slot.row(OFFSET_MAX)])?;
    let until = seen.bytes.saturating_add(budget);
    while let Some(row) = next(&mut rows, seen)? {
        step(row, slot, state, cursor, seen)?;
        if seen.bytes >= until {
            return Ok(false);
        }
    }
    let tail = &state.tail;
    if cursor.offset != tail.next || cursor.chain != tail.chain {
        let (log, end) = (state.id.0, cursor.offset);
        let text = format!("log {log} ends at offset {end} but should end at {}", tail.next);
        seen.findings.push(text);
    }
    Ok(true)
}

/// The next row; a page that SQLite cannot follow ends the walk and is noted.
fn next<'r, 's>(rows: &'r mut rusqlite::Rows<'s>, seen: &mut Seen) -> Result<Option<&'r Row<'s>>> {
    match rows.next() {
        Ok(row) => Ok(row),
        Err(error) => {
            seen.findings.push(finding(Stop::Fail(error))?);
            Ok(None)
        }
    }
}

fn step(
    row: &Row<'_>,
    slot: Slot,
    state: &LogState,
    cursor: &mut Cursor,
    seen: &mut Seen,
) -> Result<()> {
    let id: i64 = row.get(0)?;
    let (_, offset) = Slot::of_row(id).unwrap_or((slot, cursor.offset));
    let log = state.id.0;
    if offset != cursor.offset {
        let missing = cursor.offset;
        seen.findings.push(format!("log {log} has no frame for offset {missing}"));
    }
    let records: u32 = row.get(4).unwrap_or(1);
    cursor.offset = offset + u64::from(records.max(1));
    seen.frames += 1;
    match checked(row, slot, state) {
        Ok(frame) => {
            if !frame.follows(&cursor.chain) {
                seen.findings.push(format!("log {log}: the chain breaks at offset {offset}"));
            }
            seen.records += u64::from(frame.header().count);
            seen.bytes += frame.bytes().len() as u64;
            cursor.chain = frame.chain();
        }
        Err(stop) => {
            seen.findings.push(format!("log {log}, offset {offset}: {}", finding(stop)?));
            cursor.chain = row.get(1).unwrap_or_default();
        }
    }
    Ok(())
}

/// The frame of a row whose columns say what its header says.
fn checked(row: &Row<'_>, slot: Slot, state: &LogState) -> Result<std::sync::Arc<Frame>> {
    let frame = table::frame(row, slot, state)?;
    let header = frame.header();
    let (term, records): (u32, u32) = (row.get(3)?, row.get(4)?);
    let last_arrival: i64 = row.get(5)?;
    let same = term == header.first.term.0
        && records == header.count
        && last_arrival == signed(header.last_arrival.0);
    if same { Ok(frame) } else { Err(damaged("the row and its frame disagree")) }
}

/// What a failure tells of the data; other failures fail.
pub(crate) fn finding(stop: Stop) -> Result<String> {
    let error = match stop {
        Stop::Fail(error) if crate::error::kind_of(&error) != storage::Kind::Damaged => {
            return Err(Stop::Fail(error));
        }
        stop => stop.into_error(),
    };
    Ok(stdx::Chain(&error).to_string())
}
