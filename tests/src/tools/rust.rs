//! The SDK for Rust: a workspace of its own, so that its dependencies stay out of the product's.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::Result;

use super::{clients, finish, step};
use crate::{Ended, progress, workspace};

/// Runs the program in `tests/clients/rust`.
///
/// # Errors
/// All that it said, if it failed.
pub fn rust(env: &[(&str, &str)]) -> Result<Ended> {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| build().expect("the program in Rust builds"));
    finish(Command::new(program), "the program in Rust", env)
}

fn build() -> Result<PathBuf> {
    let start = Instant::now();
    progress("building the program that uses the SDK for Rust");
    // Beside what the product builds: that folder may outlive a checkout.
    let target = workspace::target().join("clients-rust");
    let mut cargo = workspace::cargo();
    cargo.current_dir(clients("rust")).env("CARGO_TARGET_DIR", &target);
    // Not optimised: it is run once, for seconds.
    step(cargo.args(["build", "--locked", "--quiet"]))?;
    progress(format!("the program is built ({:.1} s)", start.elapsed().as_secs_f64()));
    Ok(target.join("debug/aws-client"))
}
