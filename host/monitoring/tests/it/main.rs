//! The service behind its table of operations, on a store in memory and a clock that is moved by hand.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod bounds;
mod faults;
mod listing;
mod protocols;
mod put;
mod reading;
mod support;
mod table;
