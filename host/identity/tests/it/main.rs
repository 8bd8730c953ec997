//! Who there is and who may do what, behind the table of operations, on a store in memory and a clock that is moved
//! by hand.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod accounts;
mod asked;
mod decisions;
mod faults;
mod key_policies;
mod keys;
mod members;
mod secrets;
mod sharing;
mod support;
