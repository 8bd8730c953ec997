//! Streams whose shards the service counts: how many they get, and why.
//!
//! [`policy`] decides, from what [`tracker`] saw; [`scaler`] looks at the traffic each minute and does what was
//! decided. Peaks are kept durably ([`ledger`]), so that a restart forgets no more than the last hour's.

mod history;
mod ledger;
mod load;
mod mode;
mod policy;
mod scaler;
mod shard_watch;
#[cfg(test)]
mod tests;
mod tracker;
mod warm;

pub(crate) use ledger::Loads;
pub(crate) use scaler::Scaler;
pub(crate) use warm::on_demand_floor;
