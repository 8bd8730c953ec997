//! Data streams: named sets of shards that take records in, number them and give them out until their retention is over
//! (a day to a year).
//!
//! [`Streams`] is the interface for Rust callers and speaks domain types; [`ops`] puts the operations of
//! Kinesis on it, one file each. What a shard holds lives in the store's logs, what streams there are in its
//! facts; this crate adds names, routing, limits, iterators and the exceptions of the service.

#![forbid(unsafe_code)]

mod account;
mod catalog;
mod change;
mod deal;
mod emit;
pub mod error;
mod fanout;
mod lifecycle;
mod measure;
mod on_demand;
pub mod ops;
mod put;
mod queues;
mod rates;
mod record_settings;
mod reshape;
mod retention;
mod route;
mod sealing;
mod service;
mod shard;
mod sharing;
mod stream;
mod usage;
mod work;

pub use account::{Commitment, CommitmentStatus};
pub use change::Direction;
pub use emit::{Emit, Emits, NotEmitted};
pub use error::Error;
pub use fanout::{Consumer, ConsumerFacts, ConsumerId, Encoding, Event, Subscription};
pub use lifecycle::NewStream;
pub use ops::{own_table, table};
pub use put::{Outcome, Payload, PutEntry};
pub use queues::{
    NewQueue, Queue, QueueAttributes, QueueCounts, QueueStart, Receive, Received, Settled, Side,
    Unsettled,
};
pub use rates::CallRates;
pub use service::{Settings, Streams, Surroundings};
pub use shard::{Counted, Followed, Page, Start, Traffic};
pub use stream::sharing::is_shared;
pub use stream::{
    Closed, Monitored, Protection, Scaling, Shard, ShardFacts, Spread, Stream, StreamFacts, Update,
    children,
};

pub use usage::{Quantities, UsageQuestion, UsedStream};

/// The result of anything a stream does.
pub type Result<T, E = Error> = std::result::Result<T, E>;
