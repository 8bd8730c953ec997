//! The one way to write.

use async_trait::async_trait;
use bytes::Bytes;
use domain::Millis;

use crate::{Blob, Log, LogId, Meta, Position, Records, Result, Scope, Term};

/// The name of a commit that must happen once although it may be sent twice.
///
/// The store keeps each producer's newest commit, by (generation, ordinal): the same id again returns its
/// first result, also after a restart and whatever the fence says; an older one is a `Conflict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommitId {
    /// Who commits; given by [`Store::new_ids`], never 0.
    pub producer: u64,
    /// The life of the producer: raised when another owner takes over, which fences the earlier one out.
    pub generation: u32,
    /// Counts the producer's commits, upwards.
    pub ordinal: u64,
}

/// What must hold of a fact for its write, and so for the whole commit, to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Anything,
    /// There is no such fact.
    Absent,
    /// The fact was last written by this commit ([`crate::Fact::version`]).
    Version(u64),
}

/// One fact to be written, or deleted if `value` is `None`.
#[derive(Clone, Debug)]
pub struct FactWrite {
    /// The key in the commit's scope, at most [`Commit::KEY_BYTES_MAX`].
    pub key: Bytes,
    /// The new value, at most [`Commit::VALUE_BYTES_MAX`].
    pub value: Option<Bytes>,
    /// What must hold before.
    pub expect: Expect,
}

/// Records for one log, in order.
#[derive(Clone, Debug)]
pub struct Append {
    /// The log; it must exist.
    pub log: LogId,
    /// The records; at least one.
    pub records: Records,
    /// When they arrived; raised to the log's newest arrival if it is earlier.
    pub arrival: Millis,
}

/// Facts of one scope, and logs made, appended to, ended and deleted, all or none of which happens, once.
///
/// Callers may rely on all of it happening once, not on readers seeing all logs change at one moment.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose share of the write queue this takes (fairness): an account number, 0 for the system.
    pub tenant: u64,
    /// Whether its records are taken although the disk is nearly full, from the room that is kept for them: for
    /// what deletions cannot do without, such as the audit trail.
    pub from_reserve: bool,
    /// Where the facts lie.
    pub scope: Scope,
    /// The term that the caller believes to hold; `Conflict` if another one does. `None` does not ask.
    pub fence: Option<Term>,
    /// Set if the commit must survive being sent twice.
    pub id: Option<CommitId>,
    /// Facts to write; each key at most once.
    pub facts: Vec<FactWrite>,
    /// Logs to make; a log that exists already is a `Conflict`.
    pub create_logs: Vec<LogId>,
    /// Logs to delete with all their records; one that does not exist is ignored.
    pub delete_logs: Vec<LogId>,
    /// Records to append; a log that does not exist is `NotFound`, one that was ended is `Ended`. A log may
    /// appear several times.
    pub appends: Vec<Append>,
    /// Logs that take no more records from this commit on; its own appends come before. One that does not exist
    /// is `NotFound`, one that was ended before stays as it is.
    pub end_logs: Vec<LogId>,
}

impl Commit {
    /// The longest key of a fact: a partition key of 256 characters of four bytes, and as much again for what
    /// belongs to it.
    pub const KEY_BYTES_MAX: usize = 2048;
    /// The longest value of a fact.
    pub const VALUE_BYTES_MAX: usize = 1024 * 1024;
    /// Bytes that one commit may bring (records, keys and values): a PutRecords call fits twice.
    pub const BYTES_MAX: usize = 24 * 1024 * 1024;

    /// Facts, logs made, ended or deleted, and appends that one commit may bring together: a stream with all
    /// the shards that it may have, open and closed, is deleted at once.
    pub const ITEMS_MAX: usize = 200_000;

    /// A commit of nothing yet.
    pub fn new(tenant: u64, scope: Scope) -> Self {
        Self {
            tenant,
            from_reserve: false,
            scope,
            fence: None,
            id: None,
            facts: Vec::new(),
            create_logs: Vec::new(),
            delete_logs: Vec::new(),
            appends: Vec::new(),
            end_logs: Vec::new(),
        }
    }

    /// The bytes it brings: records, keys and values.
    pub fn bytes(&self) -> usize {
        let facts = self.facts.iter();
        let facts: usize =
            facts.map(|f| f.key.len() + f.value.as_ref().map_or(0, Bytes::len)).sum();
        let appends: usize = self.appends.iter().map(|append| append.records.bytes().len()).sum();
        facts + appends
    }
}

/// Where the records of one [`Append`] went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position of the first; the rest follow without gaps, in the same term.
    pub first: Position,
    /// The arrival they were stored with.
    pub arrival: Millis,
}

/// What a commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its number: rises with every group of commits; the version of the facts it wrote.
    pub version: u64,
    /// One for each append, in order.
    pub appends: Vec<Appended>,
    /// Where each of the logs that it ended ends, in order: behind its last record.
    pub ended: Vec<Position>,
}

/// How a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It takes reads and writes.
    Ready,
    /// It takes reads and writes, but stored bytes were found damaged; reads of those fail. The text says
    /// which.
    Damaged(String),
    /// There is hardly any room left: reads, deletions and trims go on, records are refused until there is.
    /// The text says how much is left and how much is asked for.
    Full(String),
    /// It was shortened or altered behind our back: reads go on, writes are refused until the operator
    /// accepts the loss. The text says what is missing.
    DataLossDetected(String),
    /// It failed and takes nothing more.
    Failed(String),
}

/// A store: the three traits and the commit that spans logs and facts.
///
/// Promises of [`Store::commit`]: no `Ok` before everything is durable; all or nothing; commits that were
/// acknowledged one after the other are read in that order; nothing acknowledged is ever lost silently; no
/// position is ever given twice, not even by a store that was copied, restored or shortened.
#[async_trait]
pub trait Store: Log + Meta + Blob {
    /// Makes `commit` durable.
    ///
    /// # Errors
    /// `Conflict`, `NotFound`, `Ended`, `Refused`, `Unavailable`, `Closed`: nothing was written. `Indefinite`: it is
    /// not known.
    async fn commit(&self, commit: Commit) -> Result<Committed>;

    /// `count` numbers that were never given before and never will be again; the first is returned. A crash
    /// may leave gaps.
    ///
    /// # Errors
    /// As [`Store::commit`].
    async fn new_ids(&self, count: u64) -> Result<u64>;

    /// The term that holds now.
    fn term(&self) -> Term;

    /// How the store is.
    fn health(&self) -> Health;
}
