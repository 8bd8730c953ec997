//! The binary `shardmill`: parse, build, run, report.
//!
//! [`cli`] is what the user types and sees, [`config`] what `serve` is told, [`wiring`] the only place where
//! implementations meet, [`tls`] which certificate it shows, [`client`] how our own commands speak to a server.

#![forbid(unsafe_code)]

mod cli;
mod client;
mod config;
mod listen;
mod logging;
mod refusal;
mod server;
mod shutdown;
mod tls;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
