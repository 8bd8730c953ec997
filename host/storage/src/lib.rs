//! What the platform needs from a store: logs, facts, blobs, and the commit that spans the first two.
//!
//! Three narrow traits ([`Log`], [`Meta`], [`Blob`]) and one act, [`Store::commit`]. The promises stand on
//! the traits as doc comments, each of them has a file in `storage-conformance`, and every implementation runs
//! them all: the in-memory twin ([`memory`]), which is plain and obviously right, and `storage-sqlite`.
//!
//! Nothing above may assume one process or one clock: the same traits are meant for a replicated engine.

#![forbid(unsafe_code)]

mod blob;
mod check;
pub mod codec;
mod commit;
mod error;
pub mod faulty;
pub mod frame;
pub mod ledger;
mod log;
pub mod memory;
mod meta;
mod producer;
mod record;
mod sending;
pub mod testing;

pub use blob::{Blob, Digest};
pub use commit::{Append, Appended, Commit, CommitId, Committed, Expect, FactWrite, Health, Store};
pub use error::{Error, Kind, Result};
pub use frame::Frame;
pub use log::{Bounds, Chunk, Log, LogId, Position, ReadLimits, Term};
pub use memory::Memory;
pub use meta::{Fact, Meta, Room, Scope};
pub use producer::Producer;
pub use record::{Record, Records, RecordsBuilder};
pub use sending::{Outcome, Sending};
