//! The authority's files, and certificates that hold for those who trust it.

use std::sync::Arc;
use std::time::Duration;

use cap_std::fs::Dir;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tempfile::TempDir;

use super::*;

/// 2026-11-01T00:00:00Z.
const NOW: Millis = Millis(1_793_491_200_000);

#[expect(clippy::disallowed_methods, reason = "a directory of the test's own")]
fn temporary() -> (TempDir, DataDir) {
    let temp = tempfile::tempdir().unwrap();
    let dir = Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap();
    let dir = DataDir::new(dir, temp.path());
    (temp, dir)
}

/// Whether whoever trusts `authority` accepts `issued` as `name` so many days later.
fn accepts(authority: &str, issued: &Issued, name: &str, days: u64) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = verifier.build().unwrap();
    let shown = CertificateDer::from_pem_slice(issued.chain.as_bytes()).unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(NOW.0 + days * DAY_MS));
    verifier.verify_server_cert(&shown, &[], &name, &[], now).is_ok()
}

fn issue(authority: &Authority, names: &[&str]) -> Issued {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    authority.issue(&names, NOW).unwrap()
}

#[test]
fn who_trusts_it_accepts_what_it_signs_for_a_while() {
    let (_temp, dir) = temporary();
    let authority = Authority::open(&dir, NOW).unwrap();
    let issued = issue(&authority, &["localhost", "127.0.0.1", "::1", "*.kinesis.test"]);
    for name in ["localhost", "127.0.0.1", "::1", "a.kinesis.test"] {
        assert!(accepts(authority.certificate(), &issued, name, 0), "{name}");
    }
    for name in ["elsewhere", "127.0.0.2", "kinesis.test"] {
        assert!(!accepts(authority.certificate(), &issued, name, 0), "{name}");
    }
    assert!(accepts(authority.certificate(), &issued, "localhost", 89));
    assert!(!accepts(authority.certificate(), &issued, "localhost", 91));
    const { assert!(RENEWED_AFTER_MS < 89 * DAY_MS) };
}

#[test]
fn it_is_made_once_and_kept() {
    let (_temp, dir) = temporary();
    assert_eq!(Authority::find(&dir).unwrap(), None);
    let first = Authority::open(&dir, NOW).unwrap();
    let again = Authority::open(&dir, Millis(NOW.0 + 400 * DAY_MS)).unwrap();
    assert_eq!(first.certificate(), again.certificate());
    assert_eq!(Authority::find(&dir).unwrap().unwrap(), first.certificate().as_bytes());
    // What the second signs holds for those who trust the first.
    assert!(accepts(first.certificate(), &issue(&again, &["localhost"]), "localhost", 0));
    // A certificate that was lost is made again from the key.
    dir.subdir(FOLDER).unwrap().remove(CERTIFICATE).unwrap();
    let third = Authority::open(&dir, NOW).unwrap();
    assert!(accepts(third.certificate(), &issue(&first, &["localhost"]), "localhost", 0));
    let (_other_temp, other) = temporary();
    let other = Authority::open(&other, NOW).unwrap();
    assert!(!accepts(other.certificate(), &issue(&first, &["localhost"]), "localhost", 0));
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let (temp, dir) = temporary();
    Authority::open(&dir, NOW).unwrap();
    let path = temp.path().join(FOLDER).join(KEY);
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn damage_is_an_error_and_the_files_stay() {
    let (_temp, dir) = temporary();
    let authority = Authority::open(&dir, NOW).unwrap();
    let folder = dir.subdir(FOLDER).unwrap();
    let good = folder.read(KEY).unwrap().unwrap();
    for bad in [&b""[..], b"\xff", &good[1..], pem::encode("PRIVATE KEY", b"junk").as_bytes()] {
        folder.replace(KEY, bad, 0o600).unwrap();
        assert!(matches!(Authority::open(&dir, NOW), Err(AuthorityError::KeyDamaged)));
        assert_eq!(folder.read(KEY).unwrap().unwrap(), bad);
    }
    folder.replace(KEY, &good, 0o600).unwrap();
    let (_other_temp, other) = temporary();
    let other = Authority::open(&other, NOW).unwrap();
    for bad in ["", other.certificate(), &authority.certificate()[1..]] {
        folder.replace(CERTIFICATE, bad.as_bytes(), 0o644).unwrap();
        assert!(matches!(Authority::open(&dir, NOW), Err(AuthorityError::CertificateDamaged)));
    }
}
