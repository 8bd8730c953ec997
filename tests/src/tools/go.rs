//! The SDK for Go: the toolchain comes from a pinned package, the modules by their sums.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::{clients, finish, install_venv, only_match, step};
use crate::{Ended, progress, workspace};

/// Runs the program in `tests/clients/go`.
///
/// # Errors
/// All that it said, if it failed.
pub fn go(env: &[(&str, &str)]) -> Result<Ended> {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| build().expect("the program in Go builds"));
    finish(Command::new(program), "the program in Go", env)
}

fn build() -> Result<PathBuf> {
    let venv = install_venv("Go", "go")?;
    let toolchain = only_match(&venv.join("lib"), "site-packages/go/bin/go")?;
    let start = Instant::now();
    // Beside what cargo builds: that folder may outlive a checkout.
    let built = workspace::target().join("clients-go");
    let program = built.join("program");
    let mut build = go_command(&toolchain, &built);
    build.args(["build", "-o"]).arg(&program).arg(".").current_dir(clients("go"));
    step(&mut build).context("go build")?;
    progress(format!("the program in Go is built ({:.1} s)", start.elapsed().as_secs_f64()));
    Ok(program)
}

/// A `go` that takes what the lock says, and nothing of whoever runs the tests but the proxy.
fn go_command(toolchain: &Path, built: &Path) -> Command {
    let mut go = Command::new(toolchain);
    for name in ["GOROOT", "GOPATH", "GOBIN", "GOOS", "GOARCH", "GOEXPERIMENT"] {
        go.env_remove(name);
    }
    go.env("GOENV", "off").env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0");
    go.env("GOFLAGS", "-mod=readonly -buildvcs=false -modcacherw");
    go.env("GOPATH", built.join("path")).env("GOCACHE", built.join("cache"));
    go
}
