//! Bringing what log rows tell up to date with the frames that came after them.
//!
//! Of each frame only the header is read, which repeats what its row says; bodies are checked when they are read.
//! That none is missing, and none altered, the caller sees by what they add up to.

use std::collections::HashMap;

use domain::Millis;
use rusqlite::{Connection, ErrorCode, MAIN_DB, params};
use storage::LogId;
use storage::frame::{Chain, HEADER_BYTES_MAX, Header};

use crate::ahead::{Row, share};
use crate::error::Result;
use crate::facts::unsigned;
use crate::log_state::{LogState, LogView, PLACES_MAX, Place};
use crate::walk::finding;
use crate::witness::Witness;

/// A log, as its row and the frames after it tell.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) log: LogView,
    pub(crate) row: Row,
}

impl Known {
    /// A log of which nothing is known but its row.
    pub(crate) fn by_row(log: LogView) -> Self {
        let row = Row::of(&log);
        Self { log, row }
    }
}

/// A frame, as its row and its header tell alike.
struct Newer {
    place: Place,
    header: Header,
    chain: Chain,
}

/// The logs as their rows and the frames after them tell, and whether these are all that the witness tells of. If it
/// is not known to be the newest one, any frame may have come after it.
pub(crate) fn caught_up(
    db: &Connection,
    rows: Vec<LogView>,
    witness: &Witness,
    is_newest: bool,
) -> Result<(Vec<Known>, bool)> {
    let mut logs: Vec<Known> = rows.into_iter().map(Known::by_row).collect();
    let none = if is_newest { i64::MAX } else { 0 };
    let (oldest, sum) = witness.ahead.map_or((none, 0), |ahead| (ahead.oldest, ahead.sum));
    let is_whole = catch_up(db, oldest, &mut logs)? == sum;
    Ok((logs, is_whole))
}

/// Applies the frames from row `oldest` on that come after the rows of their logs; what they add up to. What does not
/// continue its log is left out.
fn catch_up(db: &Connection, oldest: i64, logs: &mut [Known]) -> Result<u128> {
    let numbers = logs.iter().enumerate().map(|(number, known)| (known.log.state.id, number));
    let numbers: HashMap<LogId, usize> = numbers.collect();
    let sql = "SELECT id, term, records, last_arrival, chain FROM frame WHERE id >= ?1 ORDER BY id";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query(params![oldest])?;
    let mut sum = 0u128;
    while let Some(row) = rows.next()? {
        // What cannot be read is missing in the sum, if it is needed at all.
        let told = match told(db, row) {
            Ok(told) => told,
            Err(stop) => finding(stop).map(|_text| None)?,
        };
        let Some(newer) = told else { continue };
        let number = numbers.get(&newer.header.log);
        if let Some(known) = number.and_then(|number| logs.get_mut(*number)) {
            sum = sum.wrapping_add(known.apply(&newer).unwrap_or(0));
        }
    }
    Ok(sum)
}

/// Reads a frame's row and header; `None` if they tell different things.
fn told(db: &Connection, row: &rusqlite::Row<'_>) -> Result<Option<Newer>> {
    let id = row.get(0)?;
    let frame = match db.blob_open(MAIN_DB, "frame", "frame", id, true) {
        Ok(frame) => frame,
        // What is there is no blob, or not where its neighbours say.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = [0; HEADER_BYTES_MAX];
    let read = frame.read_at(&mut bytes, 0)?;
    let header = bytes.get(..read).and_then(Header::peek);
    let columns = (row.get(1)?, row.get(2)?, Millis(unsigned(row.get(3)?)));
    let same = |header: &Header| {
        header.count > 0 && columns == (header.first.term.0, header.count, header.last_arrival)
    };
    let chain = row.get(4)?;
    Ok(header.filter(same).map(|header| {
        let place = Place { offset: header.first.offset, frame: id };
        Newer { place, header, chain }
    }))
}

impl Known {
    /// Moves the log's end behind a frame, if the frame begins there; its share of the sum.
    fn apply(&mut self, newer: &Newer) -> Option<u128> {
        let Newer { place, header, chain } = newer;
        let LogView { state: LogState { id, tail, .. }, places, .. } = &mut self.log;
        if place.offset != tail.next || places.len() == PLACES_MAX {
            return None;
        }
        places.push(*place);
        tail.next = header.end().offset;
        tail.term = header.first.term;
        tail.last_arrival = header.last_arrival;
        tail.chain = *chain;
        let share = share(*id, place.offset, chain);
        self.row.fall_behind(place.frame, share);
        Some(share)
    }
}
