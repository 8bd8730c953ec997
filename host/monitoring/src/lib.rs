//! The part of CloudWatch that streams and their clients need: metrics are put, kept for 15 days, listed and
//! asked for.
//!
//! What is put is summed up by minutes in memory ([`Monitoring::put`]) and stored once a minute, in one commit for
//! each account ([`Monitoring::flush`]): a process that is killed loses the minute in hand at most, and nothing else
//! of what it acknowledged. Metrics of accounts and regions are apart. Whoever has metrics of its own gives them
//! as [`metering::cloud::Datum`]s to [`Monitoring::take`].
//!
//! An account is loaded when something of it is first asked for or put, and leaves memory when it was not used for
//! an hour. All that a caller can make grow has a bound in [`domain::limits`]. Stored bytes that are not what was
//! written are reported, never shown.

#![forbid(unsafe_code)]

mod account;
mod block;
mod error;
mod magnitudes;
mod metric;
pub mod ops;
mod read;
mod rollup;
mod service;
mod stat;
mod sweep;
mod window;
mod writer;

pub use error::Error;
pub use metric::{Minute, Name};
pub use ops::table;
pub use rollup::Rollup;
pub use service::{Monitoring, NewDatum, Surroundings};

/// The result of the service.
pub type Result<T, E = Error> = std::result::Result<T, E>;
