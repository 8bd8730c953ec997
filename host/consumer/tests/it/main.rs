//! Consumers on a store in memory, in time that passes only when nothing else happens.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod batches;
mod clock;
mod emits;
mod faults;
mod keyed;
mod lanes;
mod life;
mod parked;
mod redrives;
mod reshape;
mod resharded;
mod retries;
mod rivals;
mod support;
mod timers;
mod windows;
