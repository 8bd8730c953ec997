//! The SDK and the guests have tests of their own, which need no host and no WebAssembly.

use std::process::Command;
use std::time::Duration;

use e2e::{run, workspace};

const WITHIN: Duration = Duration::from_secs(900);

fn cargo(subcommand: &str, manifest: &str) -> Command {
    let mut cargo = workspace::cargo();
    cargo.args([subcommand, "--quiet", "--locked", "--manifest-path", manifest]);
    // Theirs are other profiles than the host's.
    cargo.env("CARGO_TARGET_DIR", workspace::tools().join("guests/native"));
    cargo
}

#[test]
fn the_sdk_and_the_guests_pass_their_own_tests() {
    for manifest in workspace::GUEST_WORKSPACES {
        let ended = run(&mut cargo("test", manifest), b"", WITHIN).unwrap();
        let ended = ended.success(&format!("cargo test of {manifest}")).unwrap();
        assert!(ended.stdout.contains("test result: ok. "), "{}", ended.stdout);
    }
}

#[test]
fn clippy_is_silent_about_them() {
    let asked = workspace::cargo().args(["clippy", "--version"]).output().unwrap();
    if !asked.status.success() {
        return;
    }
    for manifest in workspace::GUEST_WORKSPACES {
        let mut clippy = cargo("clippy", manifest);
        clippy.args(["--all-targets", "--", "-D", "warnings"]);
        let ended = run(&mut clippy, b"", WITHIN).unwrap();
        ended.success(&format!("cargo clippy of {manifest}")).unwrap();
    }
}
