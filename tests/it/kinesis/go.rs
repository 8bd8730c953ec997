//! The SDK for Go, version 2: streams, a function and a mapping.

use e2e::{go, workspace};

#[test]
fn a_record_passes_through_a_function() {
    let temp = tempfile::tempdir().unwrap();
    let server = super::unlimited(temp.path());
    let file = |path: &str| workspace::root().join(path).display().to_string();
    let (guest, event) =
        (file("guests/rust-quakes/quakes.wasm"), file("tests/clients/cli/event.json"));
    let ended = go(&[("ENDPOINT", &server.url()), ("GUEST", &guest), ("EVENT", &event)]);
    super::passed(ended);
}
