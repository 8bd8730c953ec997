//! What goes in and out of a sandbox, as plain values: no type of the engine, no borrowed guest memory, so
//! that the same messages can one day cross a process wall.

mod event;
mod http;
mod keyed;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use event::{Context, Event, Raised, Source};
pub use http::{Fetch, Fetched, HeaderText, NotFetched};
pub use keyed::{
    Answer, Due, DueBatch, Keyed, KeyedWork, Outside, Page, Put, ROW_READ_BYTES, Refused, RowName,
    Scan, SetTimer,
};

/// What a component can be: the world that it is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum World {
    /// Records in, records out: it is called with a [`Batch`].
    Transform,
    /// JSON in, JSON out, as a function of AWS Lambda: it is called with an [`Event`].
    Handler,
    /// Records and timers in, records out, with state between them: it is called with [`Keyed`].
    Consumer,
}

impl World {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Transform, Self::Handler, Self::Consumer];

    /// Its name in the WIT package `shardmill:guest`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transform => "transform",
            Self::Handler => "handler",
            Self::Consumer => "consumer",
        }
    }

    /// Its whole name.
    pub const fn full_name(self) -> &'static str {
        match self {
            Self::Transform => "shardmill:guest/transform@0.1.0",
            Self::Handler => "shardmill:guest/handler@0.1.0",
            Self::Consumer => "shardmill:guest/consumer@0.1.0",
        }
    }
}

/// The name of a component: BLAKE3 of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId(pub [u8; 32]);

/// What a call may use. Every one of them is enforced; none can be lifted by the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories of the instance together.
    pub memory_bytes: usize,
    /// From the moment the guest starts to run.
    pub time: Duration,
    /// Bytes that the guest may hand to the host in one call: its reply and its host calls.
    pub output_bytes: usize,
    /// Bytes of log lines of one call; what comes after is left out and a marker says so.
    pub log_bytes: usize,
}

/// A call of a function: with a batch, if it is a transform.
#[derive(Clone, Debug)]
pub struct Call<I = Batch> {
    /// What to run.
    pub component: ComponentId,
    /// Whose it is; an instance is never used for two tenants.
    pub tenant: u64,
    /// Which version of which function: an instance is never used for two of them.
    pub function: u64,
    /// What it may use.
    pub limits: Limits,
    /// The function's environment, sorted by name.
    pub environment: Arc<[(String, String)]>,
    /// What it works on.
    pub input: Arc<I>,
}

/// A run of records of one shard, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The stream's ARN.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// 1 for the first try, then counted upwards.
    pub attempt: u32,
    /// Whether some of the records may have been handed over before.
    pub is_replay: bool,
    /// How far the last record is behind the newest of the shard.
    pub behind_ms: u64,
    /// At least one.
    pub records: Vec<Record>,
}

/// One record of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its sequence number in the shard.
    pub sequence: String,
    /// Its place among the user records of an aggregated record; 0 if it was not aggregated.
    pub sub_sequence: u32,
    /// The partition key.
    pub partition_key: String,
    /// When it arrived, in milliseconds since the Unix epoch.
    pub arrival_ms: u64,
    /// The payload.
    pub data: Bytes,
}

/// What a batch led to. A record that no outcome names is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Records to be put.
    pub emits: Vec<Emit>,
    /// The fates of records that are not simply done.
    pub outcomes: Vec<Outcome>,
}

/// A record to be put into a stream. Nothing in it was checked but that its index lies in the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emit {
    /// The index in the batch of the record that it was made of.
    pub index: u32,
    /// The stream it goes to; the caller's own target if none is named.
    pub target: Option<String>,
    /// The partition key.
    pub partition_key: String,
    /// A decimal number that decides the shard instead of the partition key.
    pub explicit_hash_key: Option<String>,
    /// The payload.
    pub data: Bytes,
    /// Reserved.
    pub attributes: Vec<(String, String)>,
}

/// The fate of one record; the index lies in the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The record's index in the batch.
    pub index: u32,
    /// What became of it.
    pub disposition: Disposition,
}

/// What became of a record that is not simply done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It failed, for this reason.
    Failed(String),
    /// It failed and should be tried again after this time.
    RetryAfter(Duration),
    /// It was left out on purpose, for this reason.
    Dropped(String),
    /// A kind that this host does not know, and its value.
    Extra(String, String),
}

/// How a call ended, whichever way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended<O = Reply> {
    /// The reply, or why there is none.
    pub result: Result<O, Fault>,
    /// What the guest wrote.
    pub log: Vec<LogLine>,
    /// What it used.
    pub usage: Usage,
}

/// A line that a guest wrote: no control characters, valid UTF-8, without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How important it is.
    pub level: Level,
    /// The text.
    pub text: String,
}

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details of details.
    Trace,
    /// Details.
    Debug,
    /// What happened.
    Info,
    /// What should not be.
    Warn,
    /// What went wrong.
    Error,
}

/// What a call used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the guest's thread, while it ran.
    pub cpu: Duration,
    /// From the start of the call to its end.
    pub wall: Duration,
    /// Of linear memory, at the end.
    pub memory_bytes: usize,
    /// Whether an instance had to be made.
    pub is_cold: bool,
    /// From the start of the guest's own beginning to its end; zero if there was an instance.
    pub instantiation: Duration,
}

/// Why a call gave no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The guest itself said that the batch failed.
    #[error("{0}")]
    Failed(String),
    /// The guest itself asked to be given the batch again after this time.
    #[error("function asked to be tried again after {} ms", .0.as_millis())]
    RetryAfter(Duration),
    /// A handler itself said that it failed.
    #[error("{}: {}", .0.error_type, .0.message)]
    Raised(Raised),
    /// It ran longer than it may.
    #[error("function ran longer than {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// It asked for more memory than it may have, and could not go on without.
    #[error("function needed more than {} MiB of memory", .0 / (1024 * 1024))]
    OutOfMemory(usize),
    /// It called itself too deeply.
    #[error("function used up its stack")]
    StackOverflow(Vec<String>),
    /// Its reply, or what it handed to host calls, was larger than it may be.
    #[error("function handed more than {0} bytes to the host")]
    OutputTooLarge(usize),
    /// It did something that ends it: `unreachable`, a division by zero, an access out of bounds, a panic.
    #[error("{what}")]
    Trapped {
        /// What.
        what: String,
        /// The functions it was in, the innermost first; at most 20.
        backtrace: Vec<String>,
    },
    /// Its reply makes no sense: an index outside of the batch, for example.
    #[error("function gave a malformed reply: {0}")]
    Malformed(String),
    /// It did not run, through no fault of its own: too much is running, the component cannot be had now.
    /// Nothing happened; the same call may succeed later.
    #[error("{0}")]
    NotRun(String),
}

impl Fault {
    /// Whether the function ran and failed. If not, the failure is none of the function's.
    pub fn is_of_function(&self) -> bool {
        !matches!(self, Self::NotRun(_))
    }
}

/// What an upload became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The component: what was uploaded, or what the packer made of it.
    pub component: Bytes,
    /// Its name.
    pub id: ComponentId,
    /// What it is.
    pub world: World,
}

/// Why an upload cannot be a function. The text is for the uploader: what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It is not WebAssembly, is malformed, or does not fit the world.
    #[error("{0}")]
    Unfit(String),
    /// Compiling it took more memory or time than it may.
    #[error("{0}")]
    TooComplex(String),
    /// It could not be looked at; the same upload may succeed later.
    #[error("{0}")]
    Unavailable(String),
}
