//! Two ways to stop inside this crate: refuse one call, or fail with SQLite.

use storage::{Error, Kind};

pub(crate) type Result<T, E = Stop> = std::result::Result<T, E>;

/// Why something did not happen.
#[derive(Debug)]
pub(crate) enum Stop {
    /// This call is refused; the database is well.
    Refuse(Error),
    /// SQLite failed; what that means depends on where.
    Fail(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fail(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refuse(error)
    }
}

impl Stop {
    /// The error for the caller of a read.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Refuse(error) => error,
            Self::Fail(error) => {
                let kind = kind_of(&error);
                Error::with_source(kind, "database", error)
            }
        }
    }
}

/// What a failure of SQLite means to someone who has not written anything.
pub(crate) fn kind_of(error: &rusqlite::Error) -> Kind {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Kind::Damaged,
        Some(ErrorCode::DiskFull) => Kind::Full,
        Some(_) => Kind::Unavailable,
        // Columns of the wrong type: the row is not what we wrote.
        None => Kind::Damaged,
    }
}

/// A lower-case fragment that names what was found damaged.
pub(crate) fn damaged(text: impl Into<String>) -> Stop {
    Stop::Refuse(Error::new(Kind::Damaged, text))
}
