//! Walking over a log's frames and checking all that can be checked: bytes, places, the chain, and that
//! each row tells what its frame tells. Used by the scrub and by [`crate::verify`].

use rusqlite::Connection;
use storage::LogId;
use storage::frame::Chain;

use crate::connection::PAGE_BYTES;
use crate::error::{Result, Stop};
use crate::log_state::{CHAIN_UNKNOWN, LogState, LogView, Place};
use crate::table;

/// What a finding weighs against a budget: where frames are missing there are no bytes, and still pages are read.
const FINDING_BYTES: u64 = PAGE_BYTES;
/// Findings that one text tells of.
const TOLD_MAX: usize = 8;

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

impl Seen {
    fn weight(&self) -> u64 {
        self.bytes.saturating_add(FINDING_BYTES.saturating_mul(self.findings.len() as u64))
    }
}

/// Walks on for about `budget` bytes; whether the end was reached. Damage is noted and stepped over. What is behind
/// `end` is not looked at.
pub(crate) fn walk(
    db: &Connection,
    log: &LogView,
    cursor: &mut Cursor,
    end: u64,
    budget: u64,
    seen: &mut Seen,
) -> Result<bool> {
    let until = seen.weight().saturating_add(budget);
    loop {
        let mut places = match table::places(db, log, cursor.offset, table::PLACES_READ) {
            Ok(places) => places,
            Err(stop) => {
                seen.findings.push(finding(stop)?);
                return Ok(true);
            }
        };
        places.retain(|place| place.offset < end);
        if places.is_empty() {
            break;
        }
        for place in places {
            step(db, place, log.state.id, cursor, seen)?;
            if seen.weight() >= until {
                return Ok(false);
            }
        }
    }
    let tail = &log.state.tail;
    if cursor.offset != tail.next || cursor.chain != tail.chain {
        let (log, end) = (log.state.id.0, cursor.offset);
        let text = format!("log {log} ends at offset {end} but should end at {}", tail.next);
        seen.findings.push(text);
    }
    Ok(true)
}

fn step(
    db: &Connection,
    place: Place,
    log: LogId,
    cursor: &mut Cursor,
    seen: &mut Seen,
) -> Result<()> {
    let LogId(number) = log;
    let offset = place.offset;
    if offset != cursor.offset {
        let missing = cursor.offset;
        seen.findings.push(format!("log {number} has no frame for offset {missing}"));
    }
    match table::frame(db, place, log) {
        Ok(frame) => {
            if cursor.chain != CHAIN_UNKNOWN && !frame.follows(&cursor.chain) {
                seen.findings.push(format!("log {number}: the chain breaks at offset {offset}"));
            }
            seen.frames += 1;
            seen.records += u64::from(frame.header().count);
            seen.bytes += frame.bytes().len() as u64;
            *cursor = Cursor { offset: frame.end().offset, chain: frame.chain() };
        }
        Err(stop) => {
            seen.findings.push(format!("log {number}, offset {offset}: {}", finding(stop)?));
            // What the row says of itself leads to the next frame, if there is a row.
            let row = table::frame_row(db, place).ok().flatten();
            seen.frames += u64::from(row.is_some());
            let end = row.map_or(offset + 1, |row| row.end.max(offset + 1));
            *cursor = Cursor { offset: end, chain: row.map_or(cursor.chain, |row| row.chain) };
        }
    }
    Ok(())
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

/// Findings in one text, which is logged, and copied whenever somebody asks for the store's health: of many, the
/// first stand for all.
pub(crate) fn told(findings: &[String]) -> String {
    let first = findings.get(..TOLD_MAX).unwrap_or(findings).join("; ");
    match findings.len().saturating_sub(TOLD_MAX) {
        0 => first,
        more => format!("{first}; and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_of_some_findings_and_how_many_there_are() {
        let findings: Vec<String> = (0..1000).map(|number| format!("finding {number}")).collect();
        assert_eq!(told(&[]), "");
        assert_eq!(told(&findings[..2]), "finding 0; finding 1");
        assert!(told(&findings[..TOLD_MAX]).ends_with("; finding 7"));
        assert!(told(&findings).ends_with("; finding 7; and 992 more"));
    }
}
