//! Checking a whole store that nobody has open: what every start checks, and besides every frame's bytes
//! and chain, SQLite's own structures, the chain of witnesses, and every blob.

use std::collections::BTreeSet;

use rusqlite::Connection;
use stdx::DataDir;
use storage::{Digest, Error, Kind};

use crate::catch_up::Known;
use crate::connection::{self, FILE, PAGE_BYTES};
use crate::error::{Result, Stop};
use crate::space::BALLAST;
use crate::walk::{Cursor, Seen, finding, walk};
use crate::{accept, check, mark, table};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of the newest group commit.
    pub version: u64,
    /// Logs, deleted ones that still have frames included.
    pub logs: u64,
    /// Frames checked.
    pub frames: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Blobs checked.
    pub blobs: u64,
    /// What is wrong, one sentence each; empty if all is well.
    pub findings: Vec<String>,
    /// What was given up, if the loss was accepted.
    pub accepted: Vec<String>,
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes checked.
    pub done: u64,
    /// Bytes to check, about.
    pub total: u64,
}

/// How much is checked between two reports of progress.
const STEP_BYTES: u64 = 16 * 1024 * 1024;
/// How many complaints SQLite's own check may make.
const COMPLAINTS_MAX: u32 = 100;

/// Checks the store in `dir`, which must not be open. With `accept_loss` a store that lost data is made
/// writable again: its witnesses are brought into line with what is there, and the term rises, so that no
/// number is given twice. Its disk may be full, so the ballast is given up for that; the next start makes it anew.
///
/// # Errors
/// `NotFound` if there is no store, `Unavailable` if it cannot be read; damage is no error but a finding.
pub fn verify(
    dir: &DataDir,
    accept_loss: bool,
    progress: &mut dyn FnMut(Progress),
) -> storage::Result<Report> {
    if accept_loss && dir.exists(BALLAST) {
        dir.remove(BALLAST).map_err(disk)?;
    }
    let (mut report, mark) = look(dir, connection::reader, progress)?;
    if accept_loss && !report.findings.is_empty() {
        report.accepted = accept::accept(dir, mark).map_err(Stop::into_error)?;
    }
    Ok(report)
}

/// Checks a store that nobody changes, such as a backup: nothing is written, not even beside it. There must be
/// no write-ahead log.
///
/// # Errors
/// As [`verify`].
pub fn verify_frozen(dir: &DataDir, progress: &mut dyn FnMut(Progress)) -> storage::Result<Report> {
    look(dir, connection::frozen, progress).map(|(report, _)| report)
}

fn disk(error: std::io::Error) -> Error {
    Error::with_source(Kind::Unavailable, "data directory", error)
}

fn look(
    dir: &DataDir,
    open: fn(&DataDir) -> Result<Connection>,
    progress: &mut dyn FnMut(Progress),
) -> storage::Result<(Report, mark::Found)> {
    let mark = mark::read(dir).map_err(disk)?;
    if !dir.exists(FILE) {
        return Err(match mark {
            mark::Found::Nothing => Error::new(Kind::NotFound, "there is no store"),
            _ => Error::new(Kind::Damaged, format!("{FILE} is missing although its mark is there")),
        });
    }
    if mark == mark::Found::Nothing && connection::is_blank(dir).map_err(Stop::into_error)? {
        return Err(Error::new(
            Kind::NotFound,
            "there is no store yet: its first start was cut short",
        ));
    }
    let mut report = Report::default();
    let checked = open(dir).and_then(|db| check_database(&db, mark, &mut report, progress));
    if let Err(stop) = checked {
        report.findings.push(finding(stop).map_err(Stop::into_error)?);
    }
    check_blobs(dir, &mut report).map_err(disk)?;
    Ok((report, mark))
}

fn check_database(
    db: &Connection,
    mark: mark::Found,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    check_structure(db, &mut report.findings)?;
    let state = check::state(db, mark)?;
    report.version = state.witness.version;
    let known: BTreeSet<String> = state.findings.iter().cloned().collect();
    report.findings.extend(state.findings);
    report.logs = state.logs.len() as u64;
    let pages = u64::try_from(connection::number(db, "page_count")?).unwrap_or(0);
    let mut tell = |done| progress(Progress { done, total: (pages * PAGE_BYTES).max(done) });
    let mut seen = Seen::default();
    for Known { log, .. } in &state.logs {
        let mut cursor = Cursor::start(&log.state);
        while !walk(db, log, &mut cursor, u64::MAX, STEP_BYTES, &mut seen)? {
            tell(seen.bytes);
        }
    }
    tell(pages * PAGE_BYTES);
    check_strays(db, state.logs.len(), &mut seen)?;
    seen.findings.extend(broken_witnesses(db)?);
    let Seen { frames, records, bytes, findings } = seen;
    (report.frames, report.records, report.bytes) = (frames, records, bytes);
    // A log's end is checked twice.
    report.findings.extend(findings.into_iter().filter(|text| !known.contains(text)));
    Ok(())
}

/// SQLite's own check. It takes a page that cannot be read just now for one that is wrong, so only what it
/// says twice is believed.
fn check_structure(db: &Connection, findings: &mut Vec<String>) -> Result<()> {
    let complaints = complaints(db)?;
    if !complaints.is_empty() {
        let again = self::complaints(db)?;
        findings.extend(complaints.into_iter().filter(|complaint| again.contains(complaint)));
    }
    Ok(())
}

fn complaints(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare(&format!("PRAGMA integrity_check({COMPLAINTS_MAX})"))?;
    let mut rows = statement.query([])?;
    let mut complaints = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            complaints.push(format!("database structure: {text}"));
        }
    }
    Ok(complaints)
}

/// Frames that no log knows.
fn check_strays(db: &Connection, logs: usize, seen: &mut Seen) -> Result<()> {
    let all: i64 = db.query_row("SELECT count(*) FROM frame", [], |row| row.get(0))?;
    let all = u64::try_from(all).unwrap_or(0);
    if all != seen.frames {
        let strays = all.abs_diff(seen.frames);
        seen.findings.push(format!("{strays} frames belong to none of the {logs} logs"));
    }
    Ok(())
}

/// What is wrong with the witnesses that are kept: one that cannot be read, or those that do not follow each other.
pub(crate) fn broken_witnesses(db: &Connection) -> Result<Vec<String>> {
    let all = match table::witnesses(db) {
        Ok(all) => all,
        Err(stop) => return Ok(vec![finding(stop)?]),
    };
    let mut findings = Vec::new();
    for pair in all.windows(2) {
        let [one, two] = pair else { continue };
        // An accepted loss starts a new chain, at a number that leaves a gap.
        let follows = two.previous == one.chain() && two.version == one.version + 1;
        if !follows && two.previous != storage::frame::CHAIN_START {
            findings.push(format!("witness {} does not follow {}", two.version, one.version));
        }
    }
    Ok(findings)
}

fn check_blobs(dir: &DataDir, report: &mut Report) -> std::io::Result<()> {
    if !dir.exists("blobs") {
        return Ok(());
    }
    let blobs = dir.open_subdir("blobs")?;
    for name in blobs.names()? {
        let Some(digest) = crate::blob::parse(&name) else {
            continue;
        };
        report.blobs += 1;
        let bytes = blobs.read(&name)?.unwrap_or_default();
        if Digest::of(&bytes) != digest {
            report.findings.push(format!("blob {digest} no longer has its digest"));
        }
    }
    Ok(())
}
