//! Power that goes and I/O that fails, at every point where it can: what promises 1 and 2 of the store are
//! worth. A VFS stands between SQLite and the system, an overseer at the data directory, and both tell one
//! [`disk::Disk`] what is done, which keeps account of it or lets it fail.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without makes it fail")]

mod accepting;
mod ballast;
mod bed;
mod check;
mod disk;
mod draw;
mod gate;
mod in_flight;
mod index_full;
mod ledger;
mod mark;
mod mishaps;
mod nth_call;
mod opening;
mod platter;
mod power_loss;
mod sweeping;
mod sync_failed;
mod vfs;
mod workload;
