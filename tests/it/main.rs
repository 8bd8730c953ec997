//! The suites that look at the program as a whole: rules as tests, real SDKs, crashes, damage.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests stand outside of the program: they open files, start threads and read clocks themselves"
)]
#![allow(clippy::unwrap_used, reason = "what a test cannot go on without makes it fail")]

mod access;
mod audit;
mod backup;
mod cli;
mod crash;
mod damage;
mod disk;
mod functions;
mod fuzz;
mod guests;
mod keys;
mod kinesis;
mod model;
mod program;
mod tidy;
mod tls;
