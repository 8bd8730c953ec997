//! What the store says of itself to whoever looks after it: versions, pragmas as they really are, and what
//! every start would find.

use rusqlite::Connection;
use rusqlite::types::Value;
use stdx::DataDir;
use storage::{Error, Kind, Term};

use crate::connection::{self, FILE, PAGE_BYTES};
use crate::error::{Result, Stop};
use crate::{check, mark};

/// A setting of SQLite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pragma {
    /// Its name.
    pub name: &'static str,
    /// What it is, read back from the connection that writes.
    pub value: String,
    /// What it must be.
    pub wanted: &'static str,
}

/// What a look at a store that nobody has open tells.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The settings of a connection that would write.
    pub pragmas: Vec<Pragma>,
    /// What a start would find wrong.
    pub findings: Vec<String>,
    /// The newest commit.
    pub commit: u64,
    /// The term that holds.
    pub term: Term,
    /// Logs.
    pub logs: usize,
    /// Bytes of pages that trimming left free in the file.
    pub spare_bytes: u64,
}

const WANTED: [(&str, &str); 8] = [
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("page_size", "16384"),
    ("auto_vacuum", "2"),
    ("mmap_size", "0"),
    ("wal_autocheckpoint", "0"),
    ("cell_size_check", "1"),
    ("trusted_schema", "0"),
];

/// The version of SQLite that is compiled in.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// The settings of a connection, read back.
pub(crate) fn pragmas(db: &Connection) -> Result<Vec<Pragma>> {
    let read = |(name, wanted)| {
        let value = match db.pragma_query_value(None, name, |row| row.get::<_, Value>(0)) {
            Ok(Value::Integer(number)) => number.to_string(),
            Ok(Value::Text(text)) => text,
            Ok(_) => "?".to_owned(),
            // How some builds answer for 0.
            Err(rusqlite::Error::QueryReturnedNoRows) => "0".to_owned(),
            Err(error) => return Err(Stop::Fail(error)),
        };
        Ok(Pragma { name, value, wanted })
    };
    WANTED.into_iter().map(read).collect()
}

/// Looks at the store in `dir`, which must not be open, as a start would, and changes nothing of what it holds.
///
/// # Errors
/// `NotFound` if there is no store, `Damaged` if it cannot be read as one.
pub fn inspect(dir: &DataDir) -> storage::Result<Inspection> {
    let disk = |error| Error::with_source(Kind::Unavailable, "data directory", error);
    let found = mark::read(dir).map_err(disk)?;
    if !dir.exists(FILE) {
        return Err(match found {
            mark::Found::Nothing => Error::new(Kind::NotFound, "there is no store"),
            _ => Error::new(Kind::Damaged, format!("{FILE} is missing although its mark is there")),
        });
    }
    look(dir, found).map_err(Stop::into_error)
}

fn look(dir: &DataDir, found: mark::Found) -> Result<Inspection> {
    let db = connection::writer(dir)?;
    let state = check::state(&db, found)?;
    let spare = u64::try_from(connection::number(&db, "freelist_count")?).unwrap_or(0);
    Ok(Inspection {
        pragmas: pragmas(&db)?,
        findings: state.findings,
        commit: state.witness.version,
        term: state.term,
        logs: state.logs.len(),
        spare_bytes: spare * PAGE_BYTES,
    })
}
