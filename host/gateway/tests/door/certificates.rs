//! Certificates that no client would accept are refused before one sees them, with the reason.

use gateway::{Certificate, CertificateError};
use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd};

use crate::server::NOW;
use crate::tls::{Made, later, pem};

fn refusal(chain: &str, key: &str) -> CertificateError {
    match Certificate::from_pem(chain.as_bytes(), key.as_bytes(), NOW) {
        Ok(_) => panic!("must be refused"),
        Err(error) => error,
    }
}

#[test]
fn what_is_missing_is_named() {
    let Made { chain, key, .. } = Made::new();
    assert!(matches!(refusal("", &key), CertificateError::NoCertificate));
    assert!(matches!(refusal(&key, &key), CertificateError::NoCertificate));
    assert!(matches!(refusal("no PEM at all", &key), CertificateError::NoCertificate));
    assert!(matches!(refusal(&chain, ""), CertificateError::NoKey));
    assert!(matches!(refusal(&chain, &chain), CertificateError::NoKey));
    // Both in one file are found by either.
    let both = format!("{key}{chain}");
    assert!(Certificate::from_pem(both.as_bytes(), both.as_bytes(), NOW).is_ok());
}

#[test]
fn what_is_damaged_is_named() {
    let Made { chain, key, .. } = Made::new();
    let cut = &chain[..chain.len() - 40];
    assert!(matches!(refusal(cut, &key), CertificateError::Malformed(_)));
    let junk = pem("CERTIFICATE", b"\x30\x03junk");
    assert!(matches!(refusal(&junk, &key), CertificateError::Unreadable { number: 1, .. }));
    let second = format!("{chain}{junk}");
    assert!(matches!(refusal(&second, &key), CertificateError::Unreadable { number: 2, .. }));
    let junk = pem("PRIVATE KEY", b"\x30\x03junk");
    assert!(matches!(refusal(&chain, &junk), CertificateError::Key(_)));
    let locked = pem("ENCRYPTED PRIVATE KEY", b"\x30\x03junk");
    assert!(matches!(refusal(&chain, &locked), CertificateError::EncryptedKey));
}

#[test]
fn the_key_must_be_that_of_the_first_certificate() {
    let (one, other) = (Made::new(), Made::new());
    assert!(matches!(refusal(&one.chain, &other.key), CertificateError::Mismatch));
    let turned = format!("{}{}", other.chain, one.chain);
    assert!(matches!(refusal(&turned, &one.key), CertificateError::Order { number: 2 }));
    let chain = format!("{}{}", one.chain, other.chain);
    assert!(Certificate::from_pem(chain.as_bytes(), one.key.as_bytes(), NOW).is_ok());
}

#[test]
fn its_time_must_be_now() {
    let over = Made::with(|params| params.not_after = date_time_ymd(2026, 10, 31));
    assert!(matches!(refusal(&over.chain, &over.key), CertificateError::Expired));
    let early = Made::with(|params| params.not_before = date_time_ymd(2026, 11, 2));
    assert!(matches!(refusal(&early.chain, &early.key), CertificateError::NotYetValid));
    let soon = Made::with(|params| params.not_after = date_time_ymd(2026, 11, 10));
    assert!(!soon.certificate().expires_before(later(5)));
    assert!(soon.certificate().expires_before(later(10)));
}

#[test]
fn it_must_be_for_servers() {
    let purposes = |purposes: &[ExtendedKeyUsagePurpose]| {
        Made::with(|params| params.extended_key_usages = purposes.to_vec())
    };
    let client = purposes(&[ExtendedKeyUsagePurpose::ClientAuth]);
    assert!(matches!(refusal(&client.chain, &client.key), CertificateError::Purpose));
    purposes(&[ExtendedKeyUsagePurpose::ServerAuth]).certificate();
    // What `openssl req -x509` makes says that it is an authority.
    Made::with(|params| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    })
    .certificate();
}
