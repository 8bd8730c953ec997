//! Rows of the `log`, `place`, `frame` and `witness` tables.

use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use rusqlite::{CachedStatement, Connection, Row, params};
use storage::frame::Chain;
use storage::{Frame, LogId};

use crate::check::note;
use crate::error::{Result, damaged};
use crate::facts::{signed, unsigned};
use crate::log_state::{LogView, OFFSET_MAX, Place, Slot};
use crate::witness::Witness;

/// Places that who follows a log looks up at a time.
pub(crate) const PLACES_READ: usize = 64;

/// Every readable log row; the others become findings, so that one hides none of the rest.
pub(crate) fn logs(db: &Connection, findings: &mut Vec<String>) -> Result<Vec<LogView>> {
    let mut statement = db.prepare("SELECT slot, state FROM log ORDER BY slot")?;
    let mut rows = statement.query([])?;
    let mut logs = Vec::new();
    while let Some(row) = rows.next()? {
        let slot: u32 = row.get(0)?;
        let bytes: Vec<u8> = row.get(1).unwrap_or_default();
        match LogView::decode(Slot(slot), &bytes) {
            Some(log) => logs.push(log),
            None => findings.push(format!("log row {slot} fails its checksum")),
        }
    }
    Ok(logs)
}

/// Writes an encoded [`LogView`].
pub(crate) fn put_log(db: &Connection, slot: Slot, row: &[u8]) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO log (slot, state) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![slot.0, row])?;
    Ok(())
}

pub(crate) fn delete_log(db: &Connection, slot: Slot) -> Result<()> {
    db.prepare_cached("DELETE FROM log WHERE slot = ?1")?.execute(params![slot.0])?;
    Ok(())
}

/// The row that the next frame gets.
pub(crate) fn next_frame(db: &Connection) -> Result<i64> {
    let newest: Option<i64> = db.query_row("SELECT max(id) FROM frame", [], |row| row.get(0))?;
    Ok(newest.unwrap_or(0) + 1)
}

/// Writes frames: a statement for all of a group, which may be hundreds.
pub(crate) struct PutFrame<'db>(CachedStatement<'db>);

impl<'db> PutFrame<'db> {
    pub(crate) fn new(db: &'db Connection) -> Result<Self> {
        let sql = "INSERT INTO frame (id, term, records, last_arrival, chain, frame)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        Ok(Self(db.prepare_cached(sql)?))
    }

    pub(crate) fn put(&mut self, id: i64, frame: &Frame) -> Result<()> {
        let header = frame.header();
        self.0.execute(params![
            id,
            header.first.term.0,
            header.count,
            signed(header.last_arrival.0),
            &frame.chain()[..],
            &frame.bytes()[..],
        ])?;
        Ok(())
    }
}

pub(crate) fn delete_frame(db: &Connection, id: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM frame WHERE id = ?1")?.execute(params![id])?;
    Ok(())
}

pub(crate) fn put_places(db: &Connection, slot: Slot, places: &[Place]) -> Result<()> {
    let mut put = db.prepare_cached("INSERT INTO place (key, frame) VALUES (?1, ?2)")?;
    for place in places {
        put.execute(params![slot.key(place.offset), place.frame])?;
    }
    Ok(())
}

/// Removes the places before `end`.
pub(crate) fn delete_places(db: &Connection, slot: Slot, end: u64) -> Result<()> {
    let sql = "DELETE FROM place WHERE key >= ?1 AND key < ?2";
    db.prepare_cached(sql)?.execute(params![slot.key(0), slot.key(end)])?;
    Ok(())
}

fn place(row: &Row<'_>) -> Result<Place> {
    let key: i64 = row.get(0)?;
    let (_, offset) = Slot::of_key(key).ok_or_else(|| damaged(format!("place {key}")))?;
    Ok(Place { offset, frame: row.get(1)? })
}

/// The place of the frame that starts at or before `offset`.
pub(crate) fn place_at(db: &Connection, log: &LogView, offset: u64) -> Result<Option<Place>> {
    let LogView { slot, places: newest, .. } = log;
    let before = newest.partition_point(|place| place.offset <= offset);
    if let Some(place) = before.checked_sub(1).and_then(|at| newest.get(at)) {
        return Ok(Some(*place));
    }
    let sql = "SELECT key, frame FROM place WHERE key <= ?1 AND key >= ?2
        ORDER BY key DESC LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![slot.key(offset), slot.key(0)])?;
    rows.next()?.map(place).transpose()
}

/// Places from `offset` on, at most `limit` of them.
pub(crate) fn places(
    db: &Connection,
    log: &LogView,
    offset: u64,
    limit: usize,
) -> Result<Vec<Place>> {
    let LogView { slot, places: newest, .. } = log;
    let mut found = Vec::new();
    if newest.first().is_none_or(|first| offset < first.offset) {
        let sql = "SELECT key, frame FROM place WHERE key >= ?1 AND key <= ?2
            ORDER BY key LIMIT ?3";
        let mut statement = db.prepare_cached(sql)?;
        let (from, to) = (slot.key(offset), slot.key(OFFSET_MAX));
        let mut rows = statement.query(params![from, to, signed(limit as u64)])?;
        while let Some(row) = rows.next()? {
            found.push(place(row)?);
        }
    }
    // Places may have moved to the table since `log` was read: none comes twice.
    let end = found.last().map_or(offset, |last: &Place| last.offset + 1);
    let rest = newest.iter().filter(|place| place.offset >= end).copied();
    let room = limit.saturating_sub(found.len());
    found.extend(rest.take(room));
    Ok(found)
}

/// The columns of a frame that its row repeats, and its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameRow {
    pub(crate) id: i64,
    pub(crate) first: u64,
    pub(crate) end: u64,
    pub(crate) term: u32,
    pub(crate) last_arrival: Millis,
    pub(crate) chain: Chain,
    pub(crate) bytes: u64,
}

impl FrameRow {
    /// What stands for the row of a place whose frame is missing.
    pub(crate) fn missing(place: Place) -> Self {
        Self {
            id: place.frame,
            first: place.offset,
            end: place.offset + 1,
            term: 0,
            last_arrival: Millis(0),
            chain: storage::frame::CHAIN_START,
            bytes: 0,
        }
    }
}

/// The row of a place's frame, without the frame; `None` if it is missing.
pub(crate) fn frame_row(db: &Connection, place: Place) -> Result<Option<FrameRow>> {
    let sql = "SELECT term, records, last_arrival, chain, length(frame) FROM frame WHERE id = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![place.frame])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let records: u32 = row.get(1)?;
    Ok(Some(FrameRow {
        id: place.frame,
        first: place.offset,
        end: place.offset + u64::from(records),
        term: row.get(0)?,
        last_arrival: Millis(unsigned(row.get(2)?)),
        chain: row.get(3)?,
        bytes: unsigned(row.get(4)?),
    }))
}

/// The row of the frame that starts at or before `offset`.
pub(crate) fn frame_row_at(
    db: &Connection,
    log: &LogView,
    offset: u64,
) -> Result<Option<FrameRow>> {
    match place_at(db, log, offset)? {
        Some(place) => frame_row(db, place),
        None => Ok(None),
    }
}

/// Reads and checks a place's frame: bytes, and that it is the one that belongs there, and that its row
/// tells what its header tells.
pub(crate) fn frame(db: &Connection, place: Place, log: LogId) -> Result<Arc<Frame>> {
    let sql = "SELECT chain, frame, term, records, last_arrival FROM frame WHERE id = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![place.frame])?;
    let offset = place.offset;
    let Some(row) = rows.next()? else {
        return Err(damaged(format!("log {}: the frame at offset {offset} is missing", log.0)));
    };
    let (chain, bytes): (Chain, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let frame = Frame::decode(Bytes::from(bytes), chain)?;
    let header = frame.header();
    let (term, records): (u32, u32) = (row.get(2)?, row.get(3)?);
    let last_arrival: i64 = row.get(4)?;
    let same = header.log == log
        && header.first.offset == offset
        && term == header.first.term.0
        && records == header.count
        && last_arrival == signed(header.last_arrival.0);
    if same {
        Ok(Arc::new(frame))
    } else {
        Err(damaged(format!("log {}: another frame is at offset {offset}", log.0)))
    }
}

pub(crate) fn put_witness(db: &Connection, witness: &Witness) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO witness (version, body) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![signed(witness.version), witness.encode()])?;
    Ok(())
}

pub(crate) fn delete_witnesses(db: &Connection, below: u64) -> Result<()> {
    let sql = "DELETE FROM witness WHERE version < ?1";
    db.prepare_cached(sql)?.execute(params![signed(below)])?;
    Ok(())
}

fn witness(version: i64, body: &[u8]) -> Result<Witness> {
    Witness::decode(body)
        .filter(|witness| witness.version == unsigned(version))
        .ok_or_else(|| damaged(format!("witness {version} fails its checksum")))
}

/// The newest readable witness; [`Witness::NONE`] in an empty database. Newer ones become findings.
pub(crate) fn last_witness(db: &Connection, findings: &mut Vec<String>) -> Result<Witness> {
    let mut statement = db.prepare("SELECT version, body FROM witness ORDER BY version DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (version, body): (i64, Vec<u8>) = (row.get(0)?, row.get(1).unwrap_or_default());
        if let Some(witness) = note(witness(version, &body), findings)? {
            return Ok(witness);
        }
    }
    Ok(Witness::NONE)
}

/// The newest witness's number, whether it can be read or not.
pub(crate) fn last_version(db: &Connection) -> Result<u64> {
    let sql = "SELECT max(version) FROM witness";
    let newest: Option<i64> = db.query_row(sql, [], |row| row.get(0))?;
    Ok(unsigned(newest.unwrap_or(0)))
}

/// All kept witnesses, oldest first.
pub(crate) fn witnesses(db: &Connection) -> Result<Vec<Witness>> {
    let mut statement = db.prepare("SELECT version, body FROM witness ORDER BY version")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (version, body): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        all.push(witness(version, &body)?);
    }
    Ok(all)
}
