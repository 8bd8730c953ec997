//! The binary under test, built once.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{progress, workspace};

/// The path of `shardmill`, built from this workspace if it is missing or old.
///
/// # Panics
/// If it does not build.
pub fn shardmill() -> &'static Path {
    static BINARY: OnceLock<Result<PathBuf>> = OnceLock::new();
    // A failure is kept, too: it would not go away by building again.
    BINARY.get_or_init(build).as_ref().expect("shardmill builds")
}

fn build() -> Result<PathBuf> {
    let start = Instant::now();
    progress("building shardmill (cargo build --release -p node)");
    let output = workspace::cargo()
        .args(["build", "--release", "-p", "node", "--bin", "shardmill"])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("start cargo")?;
    ensure!(output.status.success(), "cargo build failed");
    let text = String::from_utf8(output.stdout)?;
    let path = text.lines().filter_map(executable).next_back();
    progress(format!("shardmill is built ({:.1} s)", start.elapsed().as_secs_f64()));
    path.context("cargo names the executable")
}

fn executable(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    message["executable"].as_str().map(PathBuf::from)
}
