//! The SDK for Go, version 2: streams, a function and a mapping.

use e2e::{go, workspace};

/// Runs it against the server at `endpoint`, with more environment.
pub(crate) fn scenario(endpoint: &str, env: &[(&str, &str)]) {
    let file = |path: &str| workspace::root().join(path).display().to_string();
    let guest = file("guests/rust-quakes/quakes.wasm");
    let event = file("tests/clients/cli/event.json");
    let ours = [("ENDPOINT", endpoint), ("GUEST", &*guest), ("EVENT", &*event)];
    super::passed(go(&[&ours, env].concat()));
}

#[test]
fn a_record_passes_through_a_function() {
    let temp = tempfile::tempdir().unwrap();
    scenario(&super::unlimited(temp.path()).url(), &[]);
}
