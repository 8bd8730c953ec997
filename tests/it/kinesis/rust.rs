//! The SDK for Rust.

use e2e::rust;

#[test]
fn the_main_path_works() {
    let temp = tempfile::tempdir().unwrap();
    let server = super::unlimited(temp.path());
    super::passed(rust(&[("ENDPOINT", &server.url())]));
}
