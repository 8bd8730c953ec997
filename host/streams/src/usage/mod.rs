//! How much of the streams each account used: quantities, hour by hour, that others may put prices on.
//!
//! The counters of the shards are looked at each minute ([`meter`]). When an hour is over, what came together since
//! the last time becomes a record in a log of the account ([`ledger`], [`rolled`]). A process that is killed loses
//! what was counted since then, an hour at most; one that ends in good order loses nothing.

mod ledger;
mod meter;
mod quantities;
mod report;
mod roll_up;
mod rolled;

pub(crate) use ledger::UsageLogs;
pub(crate) use meter::Meter;
pub use quantities::Quantities;
pub use report::{UsageQuestion, UsedStream};
