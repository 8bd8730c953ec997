//! Who may do what, through the door: every operation of every service, real SDKs under policies, and the commands
//! that manage it.

mod cli;
mod coverage;
mod examples;
mod foreign;
mod python;
mod sharing;
