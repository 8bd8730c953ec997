//! What the suites in `it` share: the binary built and started, a small signed client, tools of other
//! languages, seeds, and what is fuzzed.
//!
//! Nothing here waits by sleeping: a server is ready when it says so, a process has ended when it was
//! waited for, and every wait has a deadline after which the process is killed and the test told why.

#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests stand outside of the program: they open files, start threads and read clocks themselves"
)]

mod binary;
pub mod client;
pub mod fuzz;
mod http1;
mod interpreters;
mod process;
mod program;
mod progress;
mod random;
mod server;
mod tools;
pub mod workspace;

pub use binary::shardmill;
pub use interpreters::interpreters;
pub use process::{Ended, run};
pub use program::Program;
pub use progress::{progress, seed};
pub use random::Random;
pub use server::{Launch, Server};
pub use tools::{Buckets, aws, go, java, javascript, python, rust};
