//! The audit trail over a store in memory and a clock that stands still.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without makes it fail")]

mod checking;
mod reading;
mod strangers;
mod support;
mod writing;
