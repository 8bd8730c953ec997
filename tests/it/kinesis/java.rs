//! The SDK for Java, version 2: its asynchronous client, as KCL and the Flink connector use it.

use e2e::java;

#[test]
fn records_are_pushed_in_cbor_over_http2() {
    let temp = tempfile::tempdir().unwrap();
    let server = super::unlimited(temp.path());
    super::passed(java("Fanout", &[("ENDPOINT", &server.url())]));
}

#[test]
fn the_main_path_works_in_cbor_over_http2() {
    let temp = tempfile::tempdir().unwrap();
    let server = super::unlimited(temp.path());
    super::passed(java("MainPath", &[("ENDPOINT", &server.url())]));
}
