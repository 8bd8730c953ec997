//! Where things are: the workspace, its files, and cargo itself.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
///
/// # Panics
/// If this package no longer lies directly in it.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace")
}

/// A git-ignored folder for what tests install.
pub fn tools() -> PathBuf {
    root().join(".tools")
}

/// The target directory that this test was built into: `<target>/release/deps/it-...`.
///
/// # Panics
/// If the test was not built by cargo.
pub fn target() -> PathBuf {
    let exe = env::current_exe().expect("a test knows its own path");
    let target = exe.ancestors().nth(3);
    target.expect("cargo puts tests into <target>/<profile>/deps").to_owned()
}

/// A cargo that works in this workspace and target directory.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    forget_the_test(&mut cargo);
    cargo.current_dir(root()).env("CARGO_TARGET_DIR", target());
    cargo
}

/// A script of the project, in its root.
pub fn script(path: &str) -> Command {
    let mut script = Command::new("bash");
    script.arg(root().join(path));
    forget_the_test(&mut script);
    script.current_dir(root());
    script
}

/// Removes the variables that cargo sets for a test: build scripts that watch them would run again.
fn forget_the_test(command: &mut Command) {
    for (name, _) in env::vars() {
        let is_for_the_test = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
            || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR"]
                .contains(&&*name);
        if is_for_the_test {
            command.env_remove(name);
        }
    }
}

/// The lock files of all workspaces: the host's, the guests', that of the SDK for them, that of cargo-fuzz.
pub fn locks() -> Vec<PathBuf> {
    let mut files = files();
    files.retain(|path| path.ends_with("Cargo.lock"));
    files
}

/// The manifests of the workspaces that functions are made of, which have tests of their own.
pub const GUEST_WORKSPACES: [&str; 2] = ["guests/Cargo.toml", "sdk/rust/Cargo.toml"];

/// The manifests of the workspaces that only test: they build the host another way, or nothing of it.
pub const TEST_WORKSPACES: [&str; 2] = ["tests/fuzz/Cargo.toml", "tests/clients/rust/Cargo.toml"];

/// The paths of all files that belong to the project, relative to the root, sorted; what git ignores or
/// tools leave behind is not among them.
///
/// # Panics
/// If a folder cannot be read.
pub fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(root(), &mut found);
    let mut found: Vec<PathBuf> = found
        .into_iter()
        .filter_map(|path| path.strip_prefix(root()).map(Path::to_owned).ok())
        .collect();
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    // `.cargo` has the settings of one checkout, such as where it builds.
    const NOT_OURS: [&str; 7] =
        [".cargo", ".git", ".tools", "target", "node_modules", "shardmill-data", "__pycache__"];
    for entry in fs::read_dir(folder).expect("folders of the workspace are readable") {
        let entry = entry.expect("folders of the workspace are readable");
        let path = entry.path();
        let is_ours = entry.file_name().to_str().is_some_and(|name| !NOT_OURS.contains(&name));
        if is_ours && path.is_dir() {
            collect(&path, found);
        } else if is_ours {
            found.push(path);
        }
    }
}

/// The text of a file of the project; `None` if it is not there or is not text.
pub fn text(path: impl AsRef<Path>) -> Option<String> {
    let bytes = fs::read(root().join(path)).ok()?;
    String::from_utf8(bytes).ok()
}
