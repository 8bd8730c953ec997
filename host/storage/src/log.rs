//! Logs: appended to by commits, read by position, trimmed from the front.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::Millis;
use tokio::sync::watch;

use crate::{Frame, Record, Result};

/// The number of a log; given by [`crate::Store::new_ids`], never re-used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub u64);

/// One opening of the store for writing; rises at every opening, restore and accepted loss, to at least the
/// Unix time in seconds, so a log that was shortened or copied never gives a position twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u32);

/// The place of a record in its log.
///
/// Offsets start at 0, have no gaps, and run on over terms; both parts never fall along the log. Positions
/// compare by term first, so one from a part of the log that was lost sorts before all that came later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The term in which the record was written.
    pub term: Term,
    /// The record's number in its log.
    pub offset: u64,
}

impl Position {
    /// Before every record.
    pub const START: Self = Self { term: Term(0), offset: 0 };

    /// The least position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { term: self.term, offset: self.offset + 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.term.0, self.offset)
    }
}

/// How much one read may bring. At least one record comes if there is any, whatever its size.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Whose share of the store's readers this takes (fairness): an account number, 0 for the system.
    pub tenant: u64,
    /// Records at most.
    pub records: usize,
    /// Bytes of keys and data at most (rounded up to whole frames by the store, cut by the reader).
    pub bytes: usize,
}

/// What a log holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first record that is kept; equals `next` if none is.
    pub first: Position,
    /// Where the next record will stand at the earliest; in a log that was ended, where it ended, in every later
    /// term.
    pub next: Position,
    /// The arrival of the newest record ever appended; 0 if there was none.
    pub last_arrival: Millis,
}

/// A run of frames as read.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Where reading began: the asked position, or the first kept record if that was trimmed.
    pub from: Position,
    /// Frames in order; the first may begin before `from`, the last may reach beyond the limits.
    pub frames: Vec<Arc<Frame>>,
    /// The log's bounds at the moment of reading.
    pub bounds: Bounds,
}

impl Chunk {
    /// The position and the arrival of each record at or after `from`, whether its frame is open or not.
    pub fn places(&self) -> impl Iterator<Item = (Position, Millis)> {
        let all = self.frames.iter().flat_map(|frame| frame.places());
        all.skip_while(move |(position, _)| *position < self.from)
    }

    /// The records at or after `from`, each with its position. Sealed frames have to be opened first.
    pub fn records(&self) -> impl Iterator<Item = (Position, Record<'_>)> {
        self.frames
            .iter()
            .flat_map(|frame| frame.records())
            .skip_while(move |(position, _)| *position < self.from)
    }
}

/// Reading and trimming.
///
/// Promises: a record is seen by every read that begins after its commit was acknowledged, and by none
/// before it is durable. Reading an exact range returns the same bytes until it is trimmed. What a read
/// returns was checked against its checksums; bytes that fail are [`crate::Kind::Damaged`], never data.
#[async_trait]
pub trait Log: Send + Sync {
    /// Reads forward from `from` (or from the first kept record, if that is later).
    ///
    /// # Errors
    /// `NotFound` for a log that does not exist, `Damaged` if stored bytes fail their checks.
    async fn read(&self, log: LogId, from: Position, limits: ReadLimits) -> Result<Chunk>;

    /// The first kept record that arrived at or after `arrival`; the next position if there is none.
    ///
    /// # Errors
    /// As [`Log::read`].
    async fn seek(&self, log: LogId, arrival: Millis) -> Result<Position>;

    /// What the log holds now.
    ///
    /// # Errors
    /// `NotFound` for a log that does not exist.
    async fn bounds(&self, log: LogId) -> Result<Bounds>;

    /// Discards the records before `before`. Reads hide them at once; whole frames of them are removed later, in small
    /// steps.
    ///
    /// # Errors
    /// `NotFound` for a log that does not exist.
    async fn trim(&self, log: LogId, before: Position) -> Result<()>;

    /// A signal that carries the log's next position and changes when a commit appended to it or ended it:
    /// readers wait on it, nothing polls.
    ///
    /// # Errors
    /// `NotFound` for a log that does not exist.
    fn watch(&self, log: LogId) -> Result<watch::Receiver<Position>>;
}
