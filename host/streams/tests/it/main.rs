//! The service behind its table of operations, on a store in memory and a clock that is moved by hand.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod authorization;
mod compression;
mod control_plane;
mod data_plane;
mod encryption;
mod fanout;
mod faults;
mod inside;
mod measures;
mod model;
mod on_demand;
mod protocols;
mod queues;
mod reshape;
mod sharing;
mod support;
mod usage;
