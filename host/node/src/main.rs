//! The binary `shardmill`: parse, build, run, report.
//!
//! [`cli`] is what the user types and sees, [`config`] what `serve` is told, [`wiring`] the only place where
//! implementations meet, [`tls`] which certificate it shows, [`client`] how our own commands speak to a server,
//! [`operator`] what a server is asked as a whole, [`backup`] what a backup is, [`meter`] when metrics are collected,
//! [`allocator`] what becomes of memory that is freed.

#![forbid(unsafe_code)]

mod allocator;
mod backup;
mod cli;
mod client;
mod config;
mod listen;
mod logging;
mod machine;
mod meter;
mod operator;
mod refusal;
mod server;
mod shutdown;
mod tls;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
