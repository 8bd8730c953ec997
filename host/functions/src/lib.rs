//! Functions: components that callers upload, call, and map streams to.
//!
//! [`Functions`] is the interface for Rust callers and speaks domain types; [`ops`] puts the operations of
//! Lambda on it, and those of our own, one file each. Which functions and mappings there are is facts of the
//! store; components are its blobs; what functions write is logs of it. Where functions run is the sandbox's
//! business, how streams are read is the consumer's; this crate says which function gets which records, and
//! what its reply means.

#![forbid(unsafe_code)]

mod aggregated;
mod aliases;
mod at_hand;
mod attach;
mod catalog;
mod components;
mod concurrency;
mod delivery;
mod destination;
pub mod error;
mod event;
mod events;
mod failed;
mod filters;
mod function;
mod given_up;
mod giving_up;
mod handled;
mod intake;
mod interpreters;
mod item_failures;
mod keyed;
mod kinesis_event;
mod language;
mod lifecycle;
mod logs;
mod mapping;
mod mapping_measures;
mod measures;
mod once;
pub mod ops;
mod package;
mod payload;
mod permission;
mod processor;
mod publishing;
mod reading;
mod roles;
mod run;
mod service;
mod sharing;
mod source;
mod standing;
mod supervisor;
mod targets;
mod totals;
mod tumbling;
mod unattended;
mod verdict;
mod versions;

pub use attach::NewMapping;
pub use components::Components;
pub use delivery::{Buckets, InvalidBuckets};
pub use destination::{BucketName, Destination, Elsewhere, Endpoint, InvalidPlace};
pub use error::Error;
pub use filters::Filters;
pub use function::{Architecture, Code, Config, Function, FunctionFacts};
pub use interpreters::Interpreters;
pub use item_failures::ItemFailures;
pub use language::Language;
pub use lifecycle::NewFunction;
pub use mapping::{ConsumerRef, Knobs, Mapping, MappingFacts, Phase, Start, StreamRef};
pub use ops::{own_table, table};
pub use package::Refused;
pub use service::{Functions, Settings, Surroundings};
pub use sharing::is_shared;
pub use standing::Standing;
pub use versions::Published;

/// The result of anything a function does.
pub type Result<T, E = Error> = std::result::Result<T, E>;
