//! Rows of the `log`, `frame` and `witness` tables.

use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use rusqlite::{Connection, OptionalExtension, Row, params};
use storage::Frame;
use storage::frame::Chain;

use crate::error::{Result, damaged};
use crate::facts::{signed, unsigned};
use crate::log_state::{LogState, Slot};
use crate::witness::Witness;

/// Every log row, with its slot.
pub(crate) fn logs(db: &Connection) -> Result<Vec<(Slot, LogState)>> {
    let mut statement = db.prepare("SELECT slot, state FROM log ORDER BY slot")?;
    let mut rows = statement.query([])?;
    let mut logs = Vec::new();
    while let Some(row) = rows.next()? {
        let (slot, bytes): (u32, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let state = LogState::decode(&bytes)
            .ok_or_else(|| damaged(format!("log row {slot} fails its checksum")))?;
        logs.push((Slot(slot), state));
    }
    Ok(logs)
}

pub(crate) fn put_log(db: &Connection, slot: Slot, state: &LogState) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO log (slot, state) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![slot.0, state.encode()])?;
    Ok(())
}

pub(crate) fn delete_log(db: &Connection, slot: Slot) -> Result<()> {
    db.prepare_cached("DELETE FROM log WHERE slot = ?1")?.execute(params![slot.0])?;
    Ok(())
}

pub(crate) fn put_frame(db: &Connection, slot: Slot, frame: &Frame) -> Result<()> {
    let sql = "INSERT INTO frame (id, term, records, last_arrival, chain, frame)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let header = frame.header();
    db.prepare_cached(sql)?.execute(params![
        slot.row(header.first.offset),
        header.first.term.0,
        header.count,
        signed(header.last_arrival.0),
        &frame.chain()[..],
        &frame.bytes()[..],
    ])?;
    Ok(())
}

/// The columns of a frame that its row repeats, and its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameRow {
    pub(crate) first: u64,
    pub(crate) end: u64,
    pub(crate) term: u32,
    pub(crate) last_arrival: Millis,
    pub(crate) chain: Chain,
    pub(crate) bytes: u64,
}

/// The columns that [`frame_row`] reads.
pub(crate) const FRAME_ROW: &str = "id, term, records, last_arrival, chain, length(frame)";

pub(crate) fn frame_row(row: &Row<'_>) -> Result<FrameRow> {
    let id: i64 = row.get(0)?;
    let (_, first) = Slot::of_row(id).ok_or_else(|| damaged(format!("frame row {id}")))?;
    let records: u32 = row.get(2)?;
    Ok(FrameRow {
        first,
        end: first + u64::from(records),
        term: row.get(1)?,
        last_arrival: Millis(unsigned(row.get(3)?)),
        chain: row.get(4)?,
        bytes: unsigned(row.get(5)?),
    })
}

/// The row of the frame that starts at or before `offset`.
pub(crate) fn frame_row_at(db: &Connection, slot: Slot, offset: u64) -> Result<Option<FrameRow>> {
    let sql = format!(
        "SELECT {FRAME_ROW} FROM frame WHERE id <= ?1 AND id >= ?2 ORDER BY id DESC LIMIT 1"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![slot.row(offset), slot.row(0)])?;
    rows.next()?.map(frame_row).transpose()
}

/// Reads and checks one frame; its row and its header must tell the same.
pub(crate) fn frame(row: &Row<'_>, slot: Slot, state: &LogState) -> Result<Arc<Frame>> {
    let (id, chain): (i64, Chain) = (row.get(0)?, row.get(1)?);
    let bytes: Vec<u8> = row.get(2)?;
    let frame = Frame::decode(Bytes::from(bytes), chain)?;
    let header = frame.header();
    if header.log != state.id || id != slot.row(header.first.offset) {
        return Err(damaged(format!("frame row {id} holds another frame")));
    }
    Ok(Arc::new(frame))
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

/// The newest witness; [`Witness::NONE`] in an empty database.
pub(crate) fn last_witness(db: &Connection) -> Result<Witness> {
    let sql = "SELECT version, body FROM witness ORDER BY version DESC LIMIT 1";
    let row: Option<(i64, Vec<u8>)> =
        db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    row.map_or(Ok(Witness::NONE), |(version, body)| witness(version, &body))
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
