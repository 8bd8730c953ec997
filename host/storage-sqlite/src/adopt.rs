//! Finding frames again that no place leads to: each tells its log and offset, so a log whose row or places
//! were lost is put together from what it wrote. Part of accepting a loss.

use std::collections::BTreeMap;

use bytes::Bytes;
use rusqlite::{Connection, params};
use storage::frame::{CHAIN_START, Chain, Tail};
use storage::{Frame, LogId, Position};

use crate::error::Result;
use crate::log_state::{CHAIN_UNKNOWN, LogState, LogView, Slot};
use crate::table;
use crate::writer::Slots;

/// A frame that was found and can be read. Its bytes are not kept: all frames of a store may be strays.
struct Stray {
    id: i64,
    first: Position,
    /// The end of a log whose newest frame it is.
    tail: Tail,
}

impl Stray {
    fn new(id: i64, frame: &Frame) -> Self {
        let Position { term, offset } = frame.end();
        let last_arrival = frame.header().last_arrival;
        let tail = Tail { next: offset, term, last_arrival, chain: frame.chain() };
        Self { id, first: frame.first(), tail }
    }

    fn first(&self) -> u64 {
        self.first.offset
    }

    fn end(&self) -> u64 {
        self.tail.next
    }
}

/// Brings strays back to their logs and removes the rest; one sentence for each log.
pub(crate) fn adopt_strays(db: &Connection) -> Result<Vec<String>> {
    db.execute("DELETE FROM place WHERE (key >> 44) NOT IN (SELECT slot FROM log)", [])?;
    let mut told = Vec::new();
    let known = table::logs(db, &mut Vec::new())?;
    let mut slots = Slots::new(known.iter().map(|log| log.slot));
    let known: BTreeMap<LogId, LogView> =
        known.into_iter().map(|log| (log.state.id, log)).collect();
    for (log, strays) in strays(db)? {
        match known.get(&log) {
            Some(LogView { slot, state, .. }) => {
                let count = put_strays(db, *slot, &strays, |stray| {
                    stray.first() >= state.trimmed && stray.end() <= state.tail.next
                })?;
                if count > 0 {
                    told.push(format!("log {}: {count} frames were found again", log.0));
                }
            }
            None => {
                let Some(slot) = slots.take() else { continue };
                let count = put_together(db, slot, log, &strays)?;
                told.push(format!("log {} was put together from {count} frames", log.0));
            }
        }
    }
    let count = remove_rest(db)?;
    if count > 0 {
        told.push(format!("{count} frames that belong to no log were removed"));
    }
    Ok(told)
}

const STRAYS: &str = "id NOT IN (SELECT frame FROM place) AND id NOT IN (SELECT frame FROM newest)";

/// Notes the frames that log rows themselves lead to.
fn note_newest(db: &Connection) -> Result<()> {
    db.execute_batch("CREATE TEMP TABLE newest (frame INTEGER PRIMARY KEY)")?;
    for log in table::logs(db, &mut Vec::new())? {
        for place in log.places {
            db.execute("INSERT OR IGNORE INTO newest VALUES (?1)", params![place.frame])?;
        }
    }
    Ok(())
}

/// Readable frames that no place leads to, by log and offset.
fn strays(db: &Connection) -> Result<BTreeMap<LogId, Vec<Stray>>> {
    note_newest(db)?;
    let mut found: BTreeMap<LogId, Vec<Stray>> = BTreeMap::new();
    let mut statement =
        db.prepare(&format!("SELECT id, chain, frame FROM frame WHERE {STRAYS}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, chain): (i64, Chain) = (row.get(0)?, row.get(1).unwrap_or_default());
        let bytes: Vec<u8> = row.get(2).unwrap_or_default();
        if let Ok(frame) = Frame::decode(Bytes::from(bytes), chain) {
            found.entry(frame.header().log).or_default().push(Stray::new(id, &frame));
        }
    }
    drop(rows);
    db.execute_batch("DROP TABLE newest")?;
    found.values_mut().for_each(|strays| strays.sort_by_key(Stray::first));
    Ok(found)
}

fn put_strays(
    db: &Connection,
    slot: Slot,
    strays: &[Stray],
    fits: impl Fn(&Stray) -> bool,
) -> Result<usize> {
    let mut count = 0;
    for stray in strays.iter().filter(|stray| fits(stray)) {
        let sql = "INSERT OR IGNORE INTO place (key, frame) VALUES (?1, ?2)";
        count += db.execute(sql, params![slot.key(stray.first()), stray.id])?;
    }
    Ok(count)
}

/// Moves the ends of logs behind all frames of theirs that can be read, from their rows on: where some are missing
/// between them, reading will say so.
pub(crate) fn bring_rows_over_gaps(db: &Connection, logs: Vec<LogView>) -> Result<()> {
    let mut strays = strays(db)?;
    for mut log in logs {
        let Some(strays) = strays.remove(&log.state.id) else { continue };
        let LogState { tail, .. } = log.state;
        let newer: Vec<Stray> =
            strays.into_iter().filter(|stray| stray.first() >= tail.next).collect();
        let Some(last) = newer.last() else { continue };
        // They may be many: all go to the table.
        table::put_places(db, log.slot, &std::mem::take(&mut log.places))?;
        put_strays(db, log.slot, &newer, |_| true)?;
        log.state.tail = last.tail;
        table::put_log(db, log.slot, &log.encode())?;
    }
    Ok(())
}

/// Makes a log of its newest frames that have no gap between them.
fn put_together(db: &Connection, slot: Slot, log: LogId, strays: &[Stray]) -> Result<usize> {
    let mut from = strays.len().saturating_sub(1);
    while let [before, after] = strays.get(from.saturating_sub(1)..=from).unwrap_or_default()
        && before.end() == after.first()
    {
        from -= 1;
    }
    let run = strays.get(from..).unwrap_or_default();
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(0) };
    let mut state = LogState::new(log);
    state.first = first.first;
    state.trimmed = first.first();
    state.trimmed_chain = if state.trimmed == 0 { CHAIN_START } else { CHAIN_UNKNOWN };
    state.tail = last.tail;
    let count = put_strays(db, slot, run, |_| true)?;
    let log = LogView { slot, state, places: Vec::new() };
    table::put_log(db, slot, &log.encode())?;
    Ok(count)
}

fn remove_rest(db: &Connection) -> Result<usize> {
    note_newest(db)?;
    let count = db.execute(&format!("DELETE FROM frame WHERE {STRAYS}"), [])?;
    db.execute_batch("DROP TABLE newest")?;
    Ok(count)
}
