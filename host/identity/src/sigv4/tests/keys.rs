//! Derivation, and what the cache may and may not remember.

use super::*;

/// The two derived keys that AWS's signing guide works out.
#[test]
fn the_documented_keys_are_derived() {
    for (date, secret, key) in [
        (
            "20150830",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9",
        ),
        (
            "20120215",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d",
        ),
    ] {
        let derived = SigningKey::derive(secret.as_bytes(), date, "us-east-1", "iam");
        assert_eq!(stdx::hex(derived.bytes()), key);
    }
}

#[test]
fn only_a_signature_that_held_fills_the_cache() {
    let keys = KeyCache::new(8);
    let genuine = Sent::list_streams();
    let body = body_sha256(&genuine.body);
    let presented = genuine.present(NOW_MS).expect("well-formed");

    assert_eq!(presented.burn(&body), Rejection::UnknownAccessKey);
    let forged = presented.verify(b"another secret", &body, &keys);
    assert_eq!(forged, Err(Rejection::SignatureMismatch));
    assert!(keys.is_empty());

    assert_eq!(presented.verify(SECRET, &body, &keys), Ok(()));
    assert_eq!(keys.len(), 1);
    assert_eq!(presented.verify(SECRET, &body, &keys), Ok(()), "from the cache");
}

#[test]
fn a_cached_key_serves_no_other_secret() {
    let keys = KeyCache::new(8);
    let genuine = Sent::list_streams();
    let body = body_sha256(&genuine.body);
    let presented = genuine.present(NOW_MS).expect("well-formed");
    assert_eq!(presented.verify(SECRET, &body, &keys), Ok(()));

    // Rotated, and the invalidation has not arrived: the old key must not verify any more.
    let rotated = presented.verify(b"the secret after rotation", &body, &keys);
    assert_eq!(rotated, Err(Rejection::SignatureMismatch));
}

#[test]
fn invalidation_takes_all_keys_of_one_access_key_and_no_others() {
    let keys = KeyCache::new(8);
    for region in ["us-east-1", "us-west-2"] {
        let mut sent = Sent::list_streams();
        sent.sign(region, "kinesis", None, NOW_MS).expect("well-formed");
        assert_eq!(sent.check_with(&keys, NOW_MS), Ok(()));
    }
    keys.invalidate("AKIDEXAMPL");
    assert_eq!(keys.len(), 2);
    keys.invalidate(ACCESS_KEY_ID);
    assert!(keys.is_empty());
}

#[test]
fn the_cache_keeps_to_its_capacity() {
    for capacity in [0, 1, 3] {
        let keys = KeyCache::new(capacity);
        for number in 0..10 {
            let mut sent = Sent::list_streams();
            sent.sign(&format!("region-{number}"), "kinesis", None, NOW_MS).expect("well-formed");
            assert_eq!(sent.check_with(&keys, NOW_MS), Ok(()));
            assert!(keys.len() <= capacity);
        }
        assert_eq!(keys.len(), capacity);
    }
}
