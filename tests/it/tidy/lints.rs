//! Formatting and lints, as part of the tests.

use std::process::Stdio;
use std::time::{Duration, Instant};

use e2e::{progress, run, workspace};

/// A cold run checks every dependency on few cores.
const CLIPPY_WITHIN: Duration = Duration::from_secs(1800);

/// Whether cargo has this subcommand; a minimal toolchain lacks both.
fn is_installed(subcommand: &str) -> bool {
    let asked = workspace::cargo()
        .args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let is_there = asked.is_ok_and(|status| status.success());
    if !is_there {
        progress(format!("cargo {subcommand} is not installed: not checked"));
    }
    is_there
}

#[test]
fn files_are_formatted() {
    if is_installed("fmt") {
        let beside = workspace::GUEST_WORKSPACES.into_iter().chain(workspace::TEST_WORKSPACES);
        for manifest in std::iter::once("Cargo.toml").chain(beside) {
            let mut fmt = workspace::cargo();
            fmt.args(["fmt", "--all", "--check", "--manifest-path", manifest]);
            let ended = run(&mut fmt, b"", Duration::from_secs(120)).unwrap();
            ended.success(&format!("cargo fmt --all --check of {manifest}")).unwrap();
        }
    }
}

/// `SHARDMILL_SKIP_CLIPPY=1` leaves it out of quick local runs.
#[test]
fn clippy_is_silent() {
    if std::env::var_os("SHARDMILL_SKIP_CLIPPY").is_some() || !is_installed("clippy") {
        return;
    }
    let start = Instant::now();
    progress("running clippy over the workspace");
    let mut clippy = workspace::cargo();
    clippy.args([
        "clippy",
        "--quiet",
        "--keep-going",
        "--release",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    let ended = run(&mut clippy, b"", CLIPPY_WITHIN).unwrap();
    progress(format!("clippy has ended ({:.1} s)", start.elapsed().as_secs_f64()));
    ended.success("cargo clippy").unwrap();
}
