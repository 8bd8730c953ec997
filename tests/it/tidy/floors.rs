//! The floors of the workspace: dependencies point downward, and heavy crates stay behind their walls.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use e2e::workspace;
use serde::Deserialize;

use super::source;

/// From the bottom up. A crate may use the crates of lower floors.
const FLOORS: [(&str, &[&str]); 8] = [
    ("A", &["domain"]),
    ("B", &["wire", "metering", "stdx"]),
    ("C", &["storage", "storage-conformance", "storage-sqlite", "wasm", "egress"]),
    ("D", &["identity"]),
    ("E", &["streams", "consumer", "video", "monitoring", "tables"]),
    ("F", &["functions", "analytics", "delivery"]),
    ("G", &["gateway", "console"]),
    ("H", &["node"]),
];

/// The arrows between crates of one floor.
const BESIDE: [(&str, &str); 7] = [
    ("storage-conformance", "storage"),
    ("storage-sqlite", "storage"),
    ("storage-sqlite", "storage-conformance"),
    ("consumer", "streams"),
    ("delivery", "functions"),
    ("wire", "stdx"),
    ("metering", "stdx"),
];

/// Arrows that point down and are forbidden all the same.
const FORBIDDEN: [(&str, &[&str]); 1] = [(
    "gateway",
    &[
        "storage",
        "storage-sqlite",
        "streams",
        "consumer",
        "video",
        "functions",
        "delivery",
        "analytics",
    ],
)];

/// Who may name a crate that is heavy, or that a rule is about.
const WALLS: [(&str, &[&str]); 19] = [
    ("rusqlite", &["storage-sqlite"]),
    ("libsqlite3-sys", &[]),
    ("hyper", &["gateway", "egress", "node"]),
    ("hyper-util", &["gateway", "egress", "node"]),
    ("rustls", &["gateway", "egress", "node"]),
    ("tokio-rustls", &["gateway", "egress", "node"]),
    ("rustls-native-certs", &["egress", "node"]),
    ("rcgen", &["node", "gateway", "egress"]),
    ("axum", &["console", "gateway"]),
    ("wasmtime", &["wasm"]),
    ("wit-component", &["wasm"]),
    ("wasmparser", &["wasm"]),
    ("datafusion", &["analytics", "delivery"]),
    ("arrow", &["analytics", "delivery"]),
    ("clap", &["node"]),
    ("anyhow", &["node"]),
    ("minicbor", &["wire"]),
    ("minicbor-serde", &["wire"]),
    ("prometheus-client", &["metering"]),
];

/// What `cargo metadata` tells. The crate that reads it would switch features on in what the program itself
/// depends on, so that the tests would compile the whole engine of WebAssembly a second time.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing.
    kind: Option<String>,
}

fn packages() -> Vec<Package> {
    let mut cargo = workspace::cargo();
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let output = cargo.output().expect("cargo runs");
    let metadata = serde_json::from_slice(&output.stdout).expect("cargo reads the workspace");
    let Metadata { mut packages } = metadata;
    packages.retain(|package| package.name != "e2e");
    packages
}

/// What each crate uses, tests and build scripts included, and whether tests only do.
fn arrows() -> BTreeMap<String, Vec<(String, bool)>> {
    packages()
        .into_iter()
        .map(|package| {
            let uses = package.dependencies.into_iter();
            let uses = uses.map(|used| (used.name, used.kind.as_deref() == Some("dev")));
            (package.name, uses.collect())
        })
        .collect()
}

fn floor_of(name: &str) -> Option<usize> {
    FLOORS.iter().position(|(_, crates)| crates.contains(&name))
}

#[test]
fn every_crate_stands_on_a_floor_in_a_folder_of_its_name() {
    for package in packages() {
        let name = &*package.name;
        assert!(floor_of(name).is_some(), "{name} stands on no floor: give it one, with an ADR");
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
        let expected = workspace::root().join("host").join(name);
        assert_eq!(folder, expected, "folder and crate have one name");
    }
}

#[test]
fn dependencies_point_downward() {
    let mut wrong = Vec::new();
    for (from, uses) in arrows() {
        for (to, _) in uses {
            let (Some(upper), Some(lower)) = (floor_of(&from), floor_of(&to)) else {
                continue;
            };
            let is_beside = BESIDE.contains(&(&from, &to));
            if lower > upper || (lower == upper && !is_beside) {
                wrong.push(format!("{from} -> {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that do not point downward: {wrong:?}");
}

#[test]
fn forbidden_arrows_are_not_there() {
    let arrows = arrows();
    for (from, forbidden) in FORBIDDEN {
        for (to, is_for_tests) in arrows.get(from).into_iter().flatten() {
            assert!(*is_for_tests || !forbidden.contains(&&**to), "{from} must not know {to}");
        }
    }
}

#[test]
fn what_tests_are_made_of_is_not_in_the_program() {
    for (from, uses) in arrows() {
        for (to, is_for_tests) in uses {
            assert!(
                is_for_tests || to != "storage-conformance",
                "{from} uses {to} outside of tests"
            );
        }
    }
}

#[test]
fn heavy_crates_stay_behind_their_walls() {
    for (from, uses) in arrows() {
        for (to, _) in uses {
            let wall = WALLS.iter().find(|(heavy, _)| *heavy == to);
            if let Some((heavy, allowed)) = wall {
                assert!(allowed.contains(&&*from), "{from} uses {heavy}, only {allowed:?} may");
            }
        }
    }
}

#[test]
fn node_speaks_http_only_as_a_client() {
    for file in source::all() {
        let is_client = file.path.starts_with("host/node/src/client");
        let is_node = file.path.starts_with("host/node/");
        if is_node && !is_client {
            let named = file.text.contains("hyper::") || file.text.contains("hyper_util::");
            assert!(!named, "{}: hyper belongs into node's client", file.path);
        }
    }
}

#[test]
fn the_bottom_is_pure() {
    for file in source::all() {
        if !file.path.starts_with("host/domain/src") {
            continue;
        }
        for word in ["async fn", "std::fs", "std::net", "std::time::Instant", "SystemTime", "tokio"]
        {
            assert!(!file.code().contains(word), "{}: {word} in the domain", file.path);
        }
    }
}

/// What a call of `cargo tree` lists: crates and the features that they are compiled with.
fn parts(arguments: &[&str]) -> BTreeSet<String> {
    let mut cargo = workspace::cargo();
    cargo.args(["tree", "--offline", "--prefix", "none", "--format", "{p} {f}", "--no-dedupe"]);
    let output = cargo.args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo writes text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_program_is_compiled_once_for_itself_and_its_tests() {
    let program = parts(&["--package", "node", "--edges", "normal,build"]);
    let tests = parts(&["--workspace", "--edges", "normal,build,dev"]);
    assert!(program.len() > 100, "cargo lists {} parts of the program", program.len());
    let twice: Vec<_> = program.difference(&tests).collect();
    assert!(twice.is_empty(), "tests want other features of these: {twice:#?}");
}
