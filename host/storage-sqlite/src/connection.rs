//! Connections: how SQLite is opened, and what is demanded of it.
//!
//! Pragmas are per connection and silently revert to defaults on a new one, so each is set and read back.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use stdx::DataDir;
use storage::{Error, Kind};

use crate::error::{Result, Stop, damaged};
use crate::facts::signed;

/// The database's file in the data directory.
pub(crate) const FILE: &str = "shardmill.db";
/// Permissions of files that are made here.
pub(crate) const MODE: u32 = 0o600;
/// Its write-ahead log.
pub(crate) const WAL: &str = "shardmill.db-wal";
/// Older versions can lose committed pages when a checkpoint and a WAL reset meet (sqlite.org/wal.html,
/// "the WAL-reset bug"; fixed in 3.51.3).
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// Frames are large: 16 KiB pages took twice as many records a second as 4 KiB ones.
pub(crate) const PAGE_BYTES: u64 = 16 * 1024;
/// Pages that the writer keeps: what one group commit dirties, and the inner pages above.
const WRITER_CACHE_KIB: u64 = 32 * 1024;
/// Pages that a backup holds before they are written.
const COPY_CACHE_KIB: u64 = 4 * 1024;

/// The layout of this database (`PRAGMA user_version`): the number of the newest migration.
const LAYOUT: i64 = 4;
/// Marks a file as ours (`PRAGMA application_id`): "SMDB".
const APPLICATION: i64 = 0x534d_4442;

const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_sealed_frames.sql"),
    include_str!("migrations/0003_compressed_frames.sql"),
    include_str!("migrations/0004_frames_ahead.sql"),
];

fn open(dir: &DataDir, flags: OpenFlags) -> Result<Connection> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        let version = rusqlite::version();
        return Err(damaged(format!("SQLite {version} is older than 3.51.3 and may lose data")));
    }
    open_at(dir.path().join(FILE), flags)
}

fn open_at(path: impl AsRef<std::path::Path>, flags: OpenFlags) -> Result<Connection> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    // The library is compiled in; nothing may be loaded into it, and schema text is not trusted.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_prepared_statement_cache_capacity(64);
    set(&db, "temp_store", "2")?;
    set(&db, "cell_size_check", "1")?;
    set(&db, "mmap_size", "0")?;
    Ok(db)
}

/// Sets a pragma and checks that it holds.
fn set(db: &Connection, pragma: &str, value: &str) -> Result<()> {
    db.pragma_update(None, pragma, value)?;
    let found: String = match db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)) {
        Ok(number) => number.to_string(),
        // A pragma that answers nothing when it is 0 (mmap_size on some systems), or with a word.
        Err(rusqlite::Error::QueryReturnedNoRows) => "0".to_owned(),
        Err(_) => db.pragma_query_value(None, pragma, |row| row.get(0))?,
    };
    if found.eq_ignore_ascii_case(value) {
        Ok(())
    } else {
        Err(damaged(format!("pragma {pragma} is {found} and cannot be set to {value}")))
    }
}

/// Writes the write-ahead log over itself, if there is one, before SQLite reads it. The process before may have
/// ended because a sync of it failed: then the system may hold pages in memory, as written, that are on no
/// platter, and a checkpoint would copy them into a database that could not be mended without them.
fn write_over_wal(dir: &DataDir) -> Result<()> {
    if dir.size(WAL) == 0 {
        return Ok(());
    }
    let written = dir.open_in_place(WAL).and_then(|wal| wal.write_over());
    written.map_err(|error| {
        let error = Error::with_source(Kind::Unavailable, "write-ahead log", error);
        Stop::Refuse(error)
    })
}

/// Makes the database's file, if there is none, for its owner only. SQLite, which would let others read it, gives the
/// files beside it the same mode.
fn make_private(dir: &DataDir) -> Result<()> {
    if dir.exists(FILE) {
        return Ok(());
    }
    dir.create(FILE, MODE).map(drop).map_err(|error| {
        let error = Error::with_source(Kind::Unavailable, "database", error);
        Stop::Refuse(error)
    })
}

/// The one connection that writes. Makes the database if there is none, and brings it to this layout.
pub(crate) fn writer(dir: &DataDir) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    write_over_wal(dir)?;
    make_private(dir)?;
    let mut db = open(dir, flags)?;
    if number(&db, "page_count")? == 0 {
        // Both hold from the first page on.
        set(&db, "page_size", &PAGE_BYTES.to_string())?;
        set(&db, "auto_vacuum", "2")?;
    }
    set(&db, "journal_mode", "wal")?;
    set(&db, "synchronous", "2")?;
    set(&db, "secure_delete", "0")?;
    set(&db, "wal_autocheckpoint", "0")?;
    // A group commit is written to the WAL once, at its end, not page by page when a small cache is full.
    set(&db, "cache_size", &format!("-{WRITER_CACHE_KIB}"))?;
    set(&db, "cache_spill", "0")?;
    migrate(&mut db)?;
    Ok(db)
}

/// Whether a COMMIT on this connection syncs; checkpoints do either way.
pub(crate) fn sync_commits(db: &Connection, on: bool) -> Result<()> {
    set(db, "synchronous", if on { "2" } else { "1" })
}

/// What an emptied write-ahead log may keep on disk.
pub(crate) fn limit_wal(db: &Connection, bytes: u64) -> Result<()> {
    set(db, "journal_size_limit", &bytes.to_string())
}

/// A connection that only reads.
pub(crate) fn reader(dir: &DataDir) -> Result<Connection> {
    let db = open(dir, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    set(&db, "query_only", "1")?;
    check_layout(&db)?;
    Ok(db)
}

/// A connection that moves pages from the WAL to the database.
pub(crate) fn checkpointer(dir: &DataDir) -> Result<Connection> {
    let db = open(dir, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    set(&db, "synchronous", "2")?;
    set(&db, "wal_autocheckpoint", "0")?;
    Ok(db)
}

/// A new database that a backup is written to. It has no journal and is not synced: one that is not whole is
/// thrown away, and whoever makes it syncs the file.
pub(crate) fn copy_target(dir: &DataDir) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    make_private(dir)?;
    let db = Connection::open_with_flags(
        dir.path().join(FILE),
        flags | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    set(&db, "journal_mode", "off")?;
    set(&db, "synchronous", "0")?;
    set(&db, "cache_size", &format!("-{COPY_CACHE_KIB}"))?;
    Ok(db)
}

/// A connection to a database that nobody changes: nothing is made beside it, and no lock is taken.
pub(crate) fn frozen(dir: &DataDir) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let path = std::path::absolute(dir.path().join(FILE)).unwrap_or_else(|_| dir.path().join(FILE));
    let mut uri = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    let db = open_at(format!("{uri}?immutable=1"), flags)?;
    set(&db, "query_only", "1")?;
    check_layout(&db)?;
    Ok(db)
}

/// A pragma's number.
pub(crate) fn number(db: &Connection, pragma: &str) -> Result<i64> {
    Ok(db.pragma_query_value(None, pragma, |row| row.get(0))?)
}

fn check_layout(db: &Connection) -> Result<()> {
    let (application, layout) = (number(db, "application_id")?, number(db, "user_version")?);
    if application != APPLICATION {
        return Err(damaged(format!("{FILE} is not a Shardmill database")));
    }
    if layout > LAYOUT {
        let text = format!("{FILE} was written by a newer version (layout {layout}, not {LAYOUT})");
        return Err(damaged(text));
    }
    Ok(())
}

/// Whether the database holds nothing at all: its first start was cut short, or has not come that far. It is
/// only looked at: closing leaves the write-ahead log as it is.
pub(crate) fn is_blank(dir: &DataDir) -> Result<bool> {
    let db = open(dir, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    match has_nothing(&db).map_err(Stop::into_error) {
        // What cannot be read was written by somebody.
        Err(error) if error.kind() == Kind::Damaged => Ok(false),
        looked => Ok(looked?),
    }
}

fn has_nothing(db: &Connection) -> Result<bool> {
    let (application, layout) = (number(db, "application_id")?, number(db, "user_version")?);
    Ok(application == 0 && layout == 0 && number(db, "page_count")? <= 1)
}

fn migrate(db: &mut Connection) -> Result<()> {
    if !has_nothing(db)? {
        check_layout(db)?;
    }
    let layout = usize::try_from(number(db, "user_version")?).unwrap_or(0);
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(layout) {
        let migration = db.transaction()?;
        migration.execute_batch(sql)?;
        migration.pragma_update(None, "application_id", APPLICATION)?;
        migration.pragma_update(None, "user_version", signed(index as u64 + 1))?;
        migration.commit()?;
    }
    Ok(())
}

/// Copies the whole WAL into the database, syncs it and empties the WAL.
pub(crate) fn truncate_wal(db: &Connection) -> Result<()> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 {
        return Ok(());
    }
    let text = "the write-ahead log is held by another process";
    Err(Stop::Refuse(Error::new(Kind::Unavailable, text)))
}

/// Copies what it can of the WAL without waiting for anyone; whether that was all.
pub(crate) fn checkpoint(db: &Connection) -> Result<bool> {
    let sql = "PRAGMA wal_checkpoint(PASSIVE)";
    let (busy, log, done): (i64, i64, i64) =
        db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(busy == 0 && log == done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It does not tell of `HAVE_FDATASYNC`, which comes from the same variable.
    #[test]
    fn the_library_is_compiled_as_the_workspace_says() {
        let db = Connection::open_in_memory().unwrap();
        let sql = "SELECT sqlite_compileoption_used('DEFAULT_MEMSTATUS=0')";
        let is_used: bool = db.query_row(sql, [], |row| row.get(0)).unwrap();
        assert!(is_used, "cargo did not read .cargo/config.toml");
        assert!(option_env!("LIBSQLITE3_FLAGS").unwrap_or_default().contains("-DHAVE_FDATASYNC=1"));
    }
}
