//! Given certificates: refused when they are bad, taken anew when they change.

use std::fs;
use std::path::Path;

use e2e::{Ended, Launch, Program, python};
use rcgen::{CertificateParams, date_time_ymd};

use super::{made, set_mode};
use crate::kinesis::passed;

fn serve(temp: &Path, chain: &Path, key: &Path) -> Ended {
    let serve = Program::new(["serve", "--dev", "--listen", "127.0.0.1:0", "--data"]);
    let serve = serve.arg(temp.join("data")).arg("--tls-cert").arg(chain);
    serve.arg("--tls-key").arg(key).run().unwrap()
}

#[test]
fn a_bad_certificate_is_refused_before_the_server_starts() {
    let temp = tempfile::tempdir().unwrap();
    let (chain, key) = made(temp.path(), "good", |_params| {});
    let (other, other_key) = made(temp.path(), "other", |_params| {});
    let old = |params: &mut CertificateParams| params.not_after = date_time_ymd(2025, 1, 1);
    let (over, over_key) = made(temp.path(), "over", old);
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2100, 1, 1);
    let (early, early_key) = made(temp.path(), "early", early);
    let junk = temp.path().join("junk");
    fs::write(&junk, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").unwrap();
    let open = temp.path().join("open.key");
    fs::copy(&key, &open).unwrap();
    set_mode(&open, 0o644);
    let absent = temp.path().join("absent");
    for (chain, key, text) in [
        (&over, &over_key, "certificate has expired"),
        (&early, &early_key, "certificate is not valid yet"),
        (&other, &key, "private key does not belong to the first certificate"),
        (&junk, &key, "certificate 1 cannot be read"),
        (&key, &key, "no certificate is there"),
        (&chain, &chain, "is open to other users (mode 0644)"),
        (&chain, &open, "chmod 600"),
        (&absent, &key, "cannot read certificate `"),
        (&chain, &absent, "cannot read key `"),
    ] {
        let refused = serve(temp.path(), chain, key);
        assert_eq!((refused.code, &*refused.stdout), (Some(2), ""), "{text}: {}", refused.stderr);
        assert!(refused.stderr.contains(text), "{text}: {}", refused.stderr);
    }
    drop(other_key);
}

#[test]
fn contradicting_settings_are_refused() {
    let serve = |args: &[&str]| {
        let serve = Program::new(["serve", "--dev", "--listen", "127.0.0.1:0"]).args(args);
        let ended = serve.run().unwrap();
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        ended.stderr
    };
    assert!(serve(&["--tls-cert", "c"]).contains("tls-cert is given without tls-key"));
    let off = serve(&["--tls", "off", "--tls-cert", "c", "--tls-key", "k"]);
    assert!(off.contains("tls is off, but"), "{off}");
    assert!(serve(&["--tls", "maybe"]).contains("optional"));
    assert!(serve(&["--listeners", "a b=127.0.0.1:0"]).contains("invalid name `a b`"));
}

/// Twice by SIGHUP, the second time with a bad one; then by the files alone.
#[test]
fn another_certificate_is_taken_while_connections_stay_open() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let (chain, key) = made(folder, "shown", |_params| {});
    for name in ["second", "third"] {
        made(folder, name, |_params| {});
    }
    fs::copy(&chain, folder.join("first.crt")).unwrap();
    let launch = Launch::dev(folder.join("data")).arg("--tls-cert").arg(&chain);
    let server = launch.arg("--tls-key").arg(&key).start().unwrap();
    let (url, pid) = (server.tls_url(), server.pid().to_string());
    let folder = folder.to_str().unwrap();
    passed(python("tls_reload.py", &[("ENDPOINT", &url), ("PID", &pid), ("FOLDER", folder)]));
    server.terminate();
    let (_, ended) = server.ended().unwrap();
    let said = &ended.stderr;
    assert_eq!(said.matches("another certificate is shown").count(), 2, "{said}");
    let refused = "a new certificate cannot be used, the old one stays";
    assert_eq!(said.matches(refused).count(), 1, "{said}");
    assert!(said.contains("private key does not belong to the first certificate"), "{said}");
}
