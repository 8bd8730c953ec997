//! The process that compiles: this very program, told to.

use std::io;
use std::path::PathBuf;

use anyhow::Context as _;
use wasm::Worker;

/// The subcommand that compiles; it is no command for people.
pub(crate) const COMPILE_WORKER: &str = "compile-worker";

/// How to start it.
///
/// # Errors
/// If the system does not tell where this program is.
pub(super) fn compile_worker() -> anyhow::Result<Worker> {
    let program = own_program().context("cannot tell which program this is")?;
    Ok(Worker { program, arguments: vec![COMPILE_WORKER.into()] })
}

/// This very program, also after its file was replaced: an older and a newer one may not understand each
/// other.
#[cfg(target_os = "linux")]
fn own_program() -> io::Result<PathBuf> {
    Ok(PathBuf::from("/proc/self/exe"))
}

#[cfg(not(target_os = "linux"))]
fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}
