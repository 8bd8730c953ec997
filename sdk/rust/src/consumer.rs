//! Consumers: records and timers in, records out, with state for partition keys.
//!
//! ```
//! use shardmill_guest::consumer::{Timers, state, timers};
//! use shardmill_guest::{Batch, Failure, Reply, consumer};
//!
//! consumer!(handle, on_timers);
//!
//! fn handle(batch: Batch) -> Result<Reply, Failure> {
//!     let mut reply = Reply::new();
//!     for record in &batch {
//!         let key = &record.partition_key;
//!         let count = state::get(key, "count")?.map_or(0, |count| count[0]) + 1;
//!         state::put(key, "count", [count])?;
//!         timers::set(key, "quiet", timers::now() + 60_000)?;
//!         reply.emit(record, format!("{key} was seen {count} times"));
//!     }
//!     Ok(reply)
//! }
//!
//! fn on_timers(due: Timers) -> Result<Reply, Failure> {
//!     let mut reply = Reply::new();
//!     for timer in &due {
//!         reply.emit_for(timer, "quiet for a minute");
//!     }
//!     Ok(reply)
//! }
//! ```
//!
//! The crate's feature `consumer` makes components of the world `consumer` in place of `transform`. What a batch changes
//! of state and timers becomes durable together with what it emits and with the note that it is done, or not at all.
//! Each question to the host has its price: ask for many rows at once where there are many records.

pub mod http;
pub mod secrets;
pub mod state;
pub mod timers;

use std::error::Error;
use std::fmt;

use crate::{Emit, Failure, Reply};

/// Why the host did not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The function's role does not allow it; the text names the action and the resource.
    Denied(String),
    /// It cannot be asked for like this; the text says what would be right.
    Invalid(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why) | Self::Invalid(why) => f.write_str(why),
        }
    }
}

impl Error for Problem {}

/// Timers of one shard that are due, by their times; `for timer in &timers` goes through them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timers {
    /// The stream's ARN.
    pub stream: String,
    /// The shard's id.
    pub shard: String,
    /// 1 for the first try, then counted upwards.
    pub attempt: u32,
    /// The timers.
    pub timers: Vec<Due>,
    /// What later hosts tell besides, as names and values.
    pub extra: Vec<(String, String)>,
}

/// A timer that is due. It is gone once its batch is done, unless that sets it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Due {
    /// Its place among the timers, by which a reply names it.
    pub index: u32,
    /// Its partition key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When it was due, in milliseconds since the Unix epoch.
    pub due_ms: u64,
}

impl Reply {
    /// Puts a record made of a timer into the target stream, under its partition key: as [`Reply::emit`].
    pub fn emit_for(&mut self, timer: &Due, data: impl Into<Vec<u8>>) -> &mut Emit {
        self.push(timer.index, timer.key.clone(), data.into())
    }
}

impl<'a> IntoIterator for &'a Timers {
    type Item = &'a Due;
    type IntoIter = std::slice::Iter<'a, Due>;

    fn into_iter(self) -> Self::IntoIter {
        self.timers.iter()
    }
}

/// Exports two functions as the crate's consumer: `fn(Batch) -> Result<Reply, Failure>` for records and
/// `fn(Timers) -> Result<Reply, Failure>` for timers; the second may be left out where none are set. Once in a crate,
/// which has the feature `consumer`.
#[macro_export]
macro_rules! consumer {
    ($handle:path) => {
        $crate::consumer!($handle, $crate::consumer::no_timers);
    };
    ($handle:path, $on_timers:path) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Consumer;

            impl $crate::abi::Guest for Consumer {
                fn handle(
                    batch: $crate::abi::Batch,
                ) -> ::core::result::Result<$crate::abi::Reply, $crate::abi::Failure> {
                    $crate::abi::run($handle, batch)
                }

                fn on_timers(
                    due: $crate::abi::DueBatch,
                ) -> ::core::result::Result<$crate::abi::Reply, $crate::abi::Failure> {
                    $crate::abi::run_timers($on_timers, due)
                }
            }

    $crate::abi::export!(Consumer with_types_in $crate::abi::bindings);
        };

        #[cfg(not(target_family = "wasm"))]
        const _: (
            fn($crate::Batch) -> ::core::result::Result<$crate::Reply, $crate::Failure>,
            fn($crate::consumer::Timers) -> ::core::result::Result<$crate::Reply, $crate::Failure>,
        ) = ($handle, $on_timers);
    };
}

#[doc(inline)]
pub use crate::consumer;

/// What is called with timers where none are expected: they are done with, and the log tells of them.
///
/// # Errors
/// Never.
pub fn no_timers(due: Timers) -> Result<Reply, Failure> {
    crate::log::warn!("{} timers are due, which nobody handles", due.timers.len());
    Ok(Reply::new())
}
