//! What is checked at every start: the mark, the newest witness, the sums over facts, log rows and frames that are
//! ahead of them, and every log's tail. Every fact and every log row is read and hashed, so it takes longer the more
//! of them there are, and some more after a crash ([`crate::ahead`]). Records make no difference, since no frame's
//! body is read; bodies are checked when they are read, by the scrub, and by `shardmill verify`.

use rusqlite::Connection;
use storage::{Health, Term};

use crate::catch_up::{Known, caught_up};
use crate::error::{Result, Stop};
use crate::facts;
use crate::log_state::{LogView, OFFSET_MAX};
use crate::mark::Found;
use crate::table;
use crate::walk::told;
use crate::witness::Witness;

/// What a database says of itself, and what is wrong with it.
pub(crate) struct State {
    pub(crate) logs: Vec<Known>,
    pub(crate) witness: Witness,
    pub(crate) database: u64,
    /// The newest term that anything tells of.
    pub(crate) term: Term,
    pub(crate) next_id: u64,
    pub(crate) findings: Vec<String>,
}

/// Names the database; given at its making.
pub(crate) const DATABASE: &[u8] = b"database";

/// Reads and checks what can be checked fast.
///
/// # Errors
/// If even the tables cannot be read.
pub(crate) fn state(db: &Connection, mark: Found) -> Result<State> {
    let mut findings = Vec::new();
    let witness = table::last_witness(db, &mut findings)?;
    let is_newest = findings.is_empty();
    let rows = table::logs(db, &mut findings)?;
    let (logs, is_whole) = caught_up(db, rows, &witness, is_newest)?;
    check_sums(db, &witness, &logs, &mut findings)?;
    if is_newest && !is_whole {
        findings.push("frames that came after the log rows are missing or altered".to_owned());
    }
    for Known { log, .. } in &logs {
        check_tail(db, log, &mut findings)?;
    }
    let database = number(db, DATABASE, &mut findings)?;
    let term = number(db, crate::writer::TERM, &mut findings)?;
    let next_id = number(db, crate::writer::NEXT_ID, &mut findings)?;
    let term = Term(u32::try_from(term).unwrap_or(u32::MAX)).max(witness.term);
    let term = check_mark(mark, &witness, database, &mut findings).max(term);
    Ok(State { logs, witness, database, term, next_id, findings })
}

impl State {
    /// Ready, or what is wrong.
    pub(crate) fn health(&self) -> Health {
        if self.findings.is_empty() {
            Health::Ready
        } else {
            Health::DataLossDetected(told(&self.findings))
        }
    }
}

/// Damage becomes a finding; anything else fails.
pub(crate) fn note<T>(result: Result<T>, findings: &mut Vec<String>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Refuse(error)) => {
            findings.push(error.to_string());
            Ok(None)
        }
        Err(Stop::Fail(error)) => Err(Stop::Fail(error)),
    }
}

/// One of the store's own numbers; 0 if it was never written.
fn number(db: &Connection, key: &[u8], findings: &mut Vec<String>) -> Result<u64> {
    let fact = note(facts::get(db, &facts::HOST, key), findings)?.flatten();
    let mut bytes = [0; 8];
    if let Some(fact) = fact {
        let length = fact.value.len().min(8);
        bytes[..length].copy_from_slice(&fact.value[..length]);
    }
    Ok(u64::from_le_bytes(bytes))
}

fn check_sums(
    db: &Connection,
    witness: &Witness,
    logs: &[Known],
    findings: &mut Vec<String>,
) -> Result<()> {
    let sum = logs.iter().fold(0u128, |sum, known| sum.wrapping_add(known.row.share));
    if sum != witness.logs {
        findings.push("log rows are missing or altered".to_owned());
    }
    if let Some(sum) = note(facts::sum(db), findings)?
        && sum != witness.facts
    {
        findings.push("facts are missing or altered".to_owned());
    }
    Ok(())
}

fn check_tail(db: &Connection, log: &LogView, findings: &mut Vec<String>) -> Result<()> {
    let state = &log.state;
    let tail = &state.tail;
    let Some(place) = note(table::place_at(db, log, OFFSET_MAX), findings)? else {
        return Ok(());
    };
    let last = match place {
        None => None,
        Some(place) => match note(table::frame_row(db, place), findings)? {
            Some(Some(row)) => Some(row),
            Some(None) => {
                findings.push(format!("log {}: its last frame is missing", state.id.0));
                return Ok(());
            }
            None => return Ok(()),
        },
    };
    let holds = match last {
        None => tail.next == state.trimmed && tail.chain == state.trimmed_chain,
        Some(row) => row.end == tail.next && row.chain == tail.chain,
    };
    if !holds {
        let found = last.map_or(state.trimmed, |row| row.end);
        let log = state.id.0;
        findings.push(format!("log {log} ends at offset {found} but should end at {}", tail.next));
    }
    Ok(())
}

/// Checks the witness against the mark; the term that the mark tells.
fn check_mark(mark: Found, witness: &Witness, database: u64, findings: &mut Vec<String>) -> Term {
    let mark = match mark {
        Found::Mark(mark) => mark,
        Found::Damaged => {
            findings.push("the mark file is damaged".to_owned());
            return Term(0);
        }
        // The first mark is written before the first commit is acknowledged, after the database's name and
        // its first term.
        Found::Nothing if witness.version <= 2 => return Term(0),
        Found::Nothing => {
            findings.push("the mark file is missing".to_owned());
            return Term(0);
        }
    };
    if mark.database != database {
        findings.push("the mark file belongs to another database".to_owned());
    } else if mark.version > witness.version {
        let (have, had) = (witness.version, mark.version);
        findings.push(format!("the newest commit is {have} but {had} was acknowledged"));
    } else if mark.version == witness.version && mark.chain != witness.chain() {
        findings.push("the newest commit is not the one that was acknowledged".to_owned());
    }
    mark.term
}
