//! Real SDKs and bare sockets, against a certificate that the server made itself.

use e2e::{java, javascript, python, rust};

use super::served;
use crate::kinesis::{go, passed};

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn boto3_works_over_tls() {
    let temp = tempfile::tempdir().unwrap();
    let (server, ca) = served(temp.path(), "required");
    let env = [("ENDPOINT", &*server.tls_url()), ("AWS_CA_BUNDLE", text(&ca))];
    passed(python("records.py", &env));
}

/// Over HTTP/2, which it agrees on by ALPN, and over HTTP/1.1.
#[test]
fn the_sdk_for_javascript_works_over_tls() {
    let temp = tempfile::tempdir().unwrap();
    let (server, ca) = served(temp.path(), "optional");
    let env = [("ENDPOINT", &*server.tls_url()), ("NODE_EXTRA_CA_CERTS", text(&ca))];
    for script in ["main_path.mjs", "one_session.mjs"] {
        passed(javascript(script, &env));
    }
}

/// In CBOR over HTTP/2, which it agrees on by ALPN.
#[test]
fn the_sdk_for_java_works_over_tls() {
    let temp = tempfile::tempdir().unwrap();
    let (server, ca) = served(temp.path(), "required");
    passed(java("MainPath", &[("ENDPOINT", &server.tls_url()), ("CA", text(&ca))]));
}

#[test]
fn the_sdks_for_go_and_rust_work_over_tls() {
    let temp = tempfile::tempdir().unwrap();
    let (server, ca) = served(temp.path(), "required");
    let endpoint = server.tls_url();
    go::scenario(&endpoint, &[("CA", text(&ca))]);
    passed(rust(&[("ENDPOINT", &endpoint), ("CA", text(&ca))]));
}

/// What no SDK does: HTTP/2 without ALPN, old versions, other names, clear text, garbage.
#[test]
fn bare_clients_get_what_they_should() {
    let temp = tempfile::tempdir().unwrap();
    let (server, ca) = served(temp.path(), "required");
    let (tls, plain) = (server.tls_url(), server.url());
    passed(python("tls_bare.py", &[("ENDPOINT", &tls), ("PLAIN", &plain), ("CA", text(&ca))]));
}
