//! Accepting a loss: what the operator says yes to with `shardmill verify --accept-loss`.
//!
//! What is there becomes what should be there: log rows take the ends that the frames have, unreadable rows
//! are removed or put together again from frames, sums are taken anew, and a witness and a mark are written above all numbers that were ever
//! told. Frames that are damaged in the middle of a log stay, and reading them still fails.

use bytes::Bytes;
use rusqlite::{Connection, params};
use stdx::DataDir;
use storage::frame::CHAIN_START;
use storage::{Fact, Term};

use crate::adopt::{adopt_strays, bring_rows_over_gaps};
use crate::catch_up::{Known, caught_up};
use crate::check::{DATABASE, State};
use crate::error::{Result, Stop};
use crate::facts::{self, HOST};
use crate::log_state::{LogView, OFFSET_MAX, Slot};
use crate::mark::{Found, Mark, MarkFile};
use crate::witness::Witness;
use crate::writer::{NEXT_ID, TERM};
use crate::{check, connection, table};

/// Ids and commits that may have been lost: more than any store gives in its life.
const NUMBERS_SKIPPED: u64 = 1 << 32;

/// Accepts what is there; one sentence for each thing that was given up.
pub(crate) fn accept(dir: &DataDir, mark: Found) -> Result<Vec<String>> {
    let mut db = connection::writer(dir)?;
    connection::truncate_wal(&db)?;
    let mut given_up = remove_unreadable_logs(&db)?;
    given_up.extend(bring_rows_up(&db)?);
    given_up.extend(remove_unreadable_facts(&db)?);
    given_up.extend(adopt_strays(&db)?);
    let state = check::state(&db, mark)?;
    let known = state.witness.version.max(table::last_version(&db)?);
    let version = match mark {
        Found::Mark(mark) => known.max(mark.version) + 1,
        // What was told is not known: skip as many as may have been.
        Found::Nothing | Found::Damaged => known + NUMBERS_SKIPPED,
    };
    let transaction = db.transaction()?;
    let logs = settle_logs(&transaction, &state, &mut given_up)?;
    let database = settle_facts(&transaction, &state, version)?;
    let witness = Witness {
        version,
        term: state.term,
        facts: facts::sum(&transaction)?,
        logs,
        ahead: None,
        frames: CHAIN_START,
        previous: CHAIN_START,
    };
    table::put_witness(&transaction, &witness)?;
    table::delete_witnesses(&transaction, version)?;
    transaction.commit()?;
    write_mark(dir, &Mark::of(database, &witness))?;
    if given_up.is_empty() {
        given_up.push("nothing but the proof that nothing was lost".to_owned());
    }
    Ok(given_up)
}

fn write_mark(dir: &DataDir, mark: &Mark) -> Result<()> {
    let disk = |error| {
        let kind = storage::Kind::Unavailable;
        Stop::Refuse(storage::Error::with_source(kind, "mark", error))
    };
    let file = MarkFile::open(dir).map_err(disk)?;
    file.write(mark).map_err(disk)?;
    file.sync().map_err(disk)
}

fn remove_unreadable_logs(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare("SELECT slot, state FROM log ORDER BY slot")?;
    let mut rows = statement.query([])?;
    let mut unreadable = Vec::new();
    while let Some(row) = rows.next()? {
        let slot: u32 = row.get(0)?;
        let bytes: Vec<u8> = row.get(1).unwrap_or_default();
        if LogView::decode(Slot(slot), &bytes).is_none() {
            unreadable.push(Slot(slot));
        }
    }
    drop(rows);
    let mut given_up = Vec::new();
    for slot in unreadable {
        table::delete_log(db, slot)?;
        given_up.push(format!("the row of the log in slot {}", slot.0));
    }
    Ok(given_up)
}

/// Writes into log rows what the frames after them tell, so that from here on rows tell all. What was lost of it, if
/// that is not what the newest witness says.
fn bring_rows_up(db: &Connection) -> Result<Option<String>> {
    let mut unreadable = Vec::new();
    let witness = table::last_witness(db, &mut unreadable)?;
    let rows = table::logs(db, &mut Vec::new())?;
    let is_newest = unreadable.is_empty();
    let (logs, is_whole) = caught_up(db, rows.clone(), &witness, is_newest)?;
    if is_newest && is_whole {
        for Known { log, .. } in logs.iter().filter(|known| known.row.ahead.is_some()) {
            table::put_log(db, log.slot, &log.encode())?;
        }
        return Ok(None);
    }
    bring_rows_over_gaps(db, rows)?;
    Ok(Some(
        "frames that came after the log rows, as far as they were missing or altered".to_owned(),
    ))
}

fn remove_unreadable_facts(db: &Connection) -> Result<Vec<String>> {
    let mut given_up = Vec::new();
    for (scope, number, key) in facts::unreadable(db)? {
        let sql = "DELETE FROM fact WHERE scope = ?1 AND number = ?2 AND key = ?3";
        db.execute(sql, params![scope, number, key])?;
        given_up.push(format!("a fact in {scope} {number}"));
    }
    Ok(given_up)
}

/// Sets each log's end to its last frame's; the sum over all log rows then.
fn settle_logs(db: &Connection, state: &State, given_up: &mut Vec<String>) -> Result<u128> {
    let mut sum = 0u128;
    for Known { log, .. } in &state.logs {
        let settled = settle_log(db, log.clone())?;
        if settled != *log {
            table::put_log(db, settled.slot, &settled.encode())?;
            let (id, had, has) = (log.state.id.0, log.state.tail.next, settled.state.tail.next);
            given_up.push(format!("log {id}: it ended at offset {had} and ends at {has} now"));
        }
        sum = sum.wrapping_add(settled.share());
    }
    Ok(sum)
}

fn settle_log(db: &Connection, mut log: LogView) -> Result<LogView> {
    let mut end = OFFSET_MAX;
    let last = loop {
        let Some(place) = table::place_at(db, &log, end)? else { break None };
        match table::frame_row(db, place)? {
            Some(row) => break Some(row),
            None => {
                // A place without a frame is given up with it.
                log.places.retain(|other| other.offset != place.offset);
                let sql = "DELETE FROM place WHERE key = ?1";
                db.execute(sql, params![log.slot.key(place.offset)])?;
                end = place.offset;
            }
        }
    };
    let state = &mut log.state;
    match last {
        Some(row) => {
            state.tail.next = row.end;
            state.tail.chain = row.chain;
            state.tail.term = Term(row.term);
            state.tail.last_arrival = row.last_arrival;
        }
        None => {
            state.tail.next = state.trimmed;
            state.tail.chain = state.trimmed_chain;
        }
    }
    state.first.offset = state.first.offset.min(state.tail.next);
    Ok(log)
}

/// Writes the store's own facts anew; the database's name.
fn settle_facts(db: &Connection, state: &State, version: u64) -> Result<u64> {
    let known = state.logs.iter().map(|known| known.log.state.id.0 + 1).max().unwrap_or(1);
    let next_id = state.next_id.max(known).saturating_add(NUMBERS_SKIPPED);
    let term = u64::from(state.term.0);
    for (key, value) in [(DATABASE, state.database), (TERM, term), (NEXT_ID, next_id)] {
        let key = Bytes::from_static(key);
        let value = Bytes::copy_from_slice(&value.to_le_bytes());
        facts::put(db, &HOST, &Fact { key, value, version })?;
    }
    Ok(state.database)
}
