//! What goes in and out of a consumer besides its batches: what it asks for while it runs.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use stdx::Secret;

use super::{Batch, Fetch, Fetched, NotFetched};

/// What a consumer is called with.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// What it works on.
    pub work: KeyedWork,
    /// Who answers what it asks for.
    pub outside: Arc<dyn Outside>,
}

/// What a consumer works on.
#[derive(Clone, Debug)]
pub enum KeyedWork {
    /// Records.
    Records(Batch),
    /// Timers.
    Timers(DueBatch),
}

/// Timers of one shard that are due, by their times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueBatch {
    /// The stream's ARN.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// 1 for the first try, then counted upwards.
    pub attempt: u32,
    /// At least one.
    pub timers: Vec<Due>,
}

/// A timer that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its partition key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When it was due, in milliseconds since the Unix epoch.
    pub due_ms: u64,
}

/// Where a value lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowName {
    /// The partition key.
    pub key: String,
    /// The name.
    pub name: String,
}

/// What a guest puts under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// Where.
    pub row: RowName,
    /// What; nothing takes away what is there.
    pub value: Option<Bytes>,
}

/// A timer that a guest sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetTimer {
    /// Whose.
    pub row: RowName,
    /// When it is due, in milliseconds since the Unix epoch; nothing takes it away.
    pub due_ms: Option<u64>,
}

/// Which values of a key a guest wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The partition key.
    pub key: String,
    /// What their names begin with.
    pub prefix: String,
    /// What their names are greater than.
    pub after: Option<String>,
    /// How many, at most.
    pub limit: u32,
}

/// Values that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// By name.
    pub entries: Vec<(String, Bytes)>,
    /// Whether there are more.
    pub has_more: bool,
    /// What was read to find them, with [`ROW_READ_BYTES`] for each row: also what is not among them.
    pub read_bytes: usize,
}

/// What a guest is charged for a row that is looked up or read for it, beside its bytes.
pub const ROW_READ_BYTES: usize = 64;

/// Why a guest does not get what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its role does not allow it: the guest is told.
    #[error("{0}")]
    Denied(String),
    /// It cannot be asked for like this: the guest is told.
    #[error("{0}")]
    Invalid(String),
    /// More than one answer has: the guest is told, and charged what was read.
    #[error("{why}")]
    TooMuch {
        /// What it is told.
        why: String,
        /// What was read in vain.
        read_bytes: usize,
    },
    /// Not now, through no fault of the guest: its call ends as one that was not run.
    #[error("{0}")]
    NotNow(String),
}

/// What a guest is told, or why not.
pub type Answer<T> = Result<T, Refused>;

/// Who answers a consumer while it runs: for one call, or for the calls of one batch one after the other.
///
/// Everything that comes in here comes from a guest, in messages that the sandbox has bounded in bytes. Answers wait
/// no longer than the guest may run.
#[async_trait]
pub trait Outside: Send + Sync + fmt::Debug {
    /// The values of rows, in their order.
    async fn get_many(&self, rows: Vec<RowName>) -> Answer<Vec<Option<Bytes>>>;

    /// Puts values, all or none.
    fn put_many(&self, puts: Vec<Put>) -> Answer<()>;

    /// Values of a key.
    async fn scan(&self, scan: Scan) -> Answer<Page>;

    /// Sets timers, all or none.
    fn set_timers(&self, timers: Vec<SetTimer>) -> Answer<()>;

    /// A secret by its name, as a number that is good as long as this lives.
    fn open_secret(&self, name: String) -> Answer<u32>;

    /// What a secret says.
    fn reveal_secret(&self, secret: u32) -> Answer<Secret<String>>;

    /// Sends a request. What was sent when this is dropped may have arrived.
    async fn fetch(&self, request: Fetch) -> Result<Fetched, NotFetched>;
}
