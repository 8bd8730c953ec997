//! Finding frames again that no place leads to: each tells its log and offset, so a log whose row or places
//! were lost is put together from what it wrote. Part of accepting a loss.

use std::collections::BTreeMap;

use bytes::Bytes;
use rusqlite::{Connection, params};
use storage::frame::{CHAIN_START, Chain};
use storage::{Frame, LogId};

use crate::error::Result;
use crate::log_state::{CHAIN_UNKNOWN, LogState, Slot};
use crate::table;
use crate::writer::Slots;

/// A frame that was found.
struct Stray {
    id: i64,
    frame: Frame,
}

impl Stray {
    fn first(&self) -> u64 {
        self.frame.first().offset
    }

    fn end(&self) -> u64 {
        self.frame.end().offset
    }
}

/// Brings strays back to their logs and removes the rest; one sentence for each log.
pub(crate) fn adopt_strays(db: &Connection) -> Result<Vec<String>> {
    db.execute("DELETE FROM place WHERE (key >> 44) NOT IN (SELECT slot FROM log)", [])?;
    let mut told = Vec::new();
    let known = table::logs(db, &mut Vec::new())?;
    let mut slots = Slots::new(known.iter().map(|(slot, _)| *slot));
    let known: BTreeMap<LogId, (Slot, LogState)> =
        known.into_iter().map(|(slot, state)| (state.id, (slot, state))).collect();
    for (log, strays) in strays(db)? {
        let count = strays.len();
        match known.get(&log) {
            Some((slot, state)) => {
                put_places(db, *slot, &strays, |stray| {
                    stray.first() >= state.trimmed && stray.end() <= state.tail.next
                })?;
                told.push(format!("log {}: {count} frames were found again", log.0));
            }
            None => {
                let Some(slot) = slots.take() else { continue };
                put_together(db, slot, log, &strays)?;
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
    for (_, log) in table::logs(db, &mut Vec::new())? {
        for place in log.places.as_slice() {
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
            found.entry(frame.header().log).or_default().push(Stray { id, frame });
        }
    }
    drop(rows);
    db.execute_batch("DROP TABLE newest")?;
    found.values_mut().for_each(|strays| strays.sort_by_key(Stray::first));
    Ok(found)
}

fn put_places(
    db: &Connection,
    slot: Slot,
    strays: &[Stray],
    fits: impl Fn(&Stray) -> bool,
) -> Result<()> {
    for stray in strays.iter().filter(|stray| fits(stray)) {
        let sql = "INSERT OR IGNORE INTO place (key, frame) VALUES (?1, ?2)";
        db.execute(sql, params![slot.key(stray.first()), stray.id])?;
    }
    Ok(())
}

/// Makes a log of its newest frames that have no gap between them.
fn put_together(db: &Connection, slot: Slot, log: LogId, strays: &[Stray]) -> Result<()> {
    let mut from = strays.len().saturating_sub(1);
    while let [before, after] = strays.get(from.saturating_sub(1)..=from).unwrap_or_default()
        && before.end() == after.first()
    {
        from -= 1;
    }
    let run = strays.get(from..).unwrap_or_default();
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(()) };
    let mut state = LogState::new(log);
    state.first = first.frame.first();
    state.trimmed = first.first();
    state.trimmed_chain = if state.trimmed == 0 { CHAIN_START } else { CHAIN_UNKNOWN };
    state.tail.next = last.end();
    state.tail.term = last.frame.first().term;
    state.tail.last_arrival = last.frame.header().last_arrival;
    state.tail.chain = last.frame.chain();
    put_places(db, slot, run, |_| true)?;
    table::put_log(db, slot, &state.encode())
}

fn remove_rest(db: &Connection) -> Result<usize> {
    note_newest(db)?;
    let count = db.execute(&format!("DELETE FROM frame WHERE {STRAYS}"), [])?;
    db.execute_batch("DROP TABLE newest")?;
    Ok(count)
}
