//! Facts as bytes: what was written once is read for ever.

use std::sync::Arc;

use domain::Millis;
use proptest::prelude::*;

use super::fact::{decode, encode, key};
use super::facts::{AccessKey, Account, Entry, Kind, Member, StoredSecret};
use super::members::compact;
use crate::vault::Sealed;

fn account() -> Entry {
    let (id, name) = (111_122_223_333, "team".to_owned());
    let id = domain::AccountId::from_number(id).unwrap();
    Entry::Account(Arc::new(Account { id, name, created: Some(Millis(5)), is_closed: true }))
}

fn access_key(user: Option<&str>) -> Entry {
    Entry::Key(Arc::new(AccessKey {
        account: "000000000001".parse().unwrap(),
        id: "SMAKAAAAAAAAAAAAAAAA".to_owned(),
        user: user.map(|user| user.parse().unwrap()),
        is_enabled: true,
        created: Millis(6),
        sealed: Sealed(b"sealed".to_vec()),
    }))
}

fn member(kind: Kind) -> Entry {
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    Entry::Member(Arc::new(Member {
        kind,
        account: "000000000001".parse().unwrap(),
        name: "u".parse().unwrap(),
        id: "SMIDX".to_owned(),
        created: Millis(7),
        tags: vec![pair("k", "v")],
        policies: vec![pair("p", "{}")],
        trust: "t".to_owned(),
    }))
}

fn secret() -> Entry {
    Entry::Secret(Arc::new(StoredSecret {
        account: "000000000001".parse().unwrap(),
        region: "eu-1".parse().unwrap(),
        name: "db/x".parse().unwrap(),
        version: 2,
        created: Millis(8),
        changed: Millis(9),
        sealed: Sealed(b"sealed".to_vec()),
    }))
}

#[test]
fn facts_are_stored_as_the_page_says() {
    let one = b"\0\0\0\0\0\0\0\x01";
    let joined = |parts: &[&[u8]]| parts.concat();
    for (entry, at, value) in [
        (
            account(),
            joined(&[b"a", &111_122_223_333_u64.to_be_bytes()]),
            joined(&[b"\x01\x04\0team", b"\x05\0\0\0\0\0\0\0", b"\x01"]),
        ),
        (
            access_key(Some("u")),
            joined(&[b"k", one, b"SMAKAAAAAAAAAAAAAAAA"]),
            joined(&[b"\x01\x01\x01\0u\x01", b"\x06\0\0\0\0\0\0\0", b"sealed"]),
        ),
        (
            access_key(None),
            joined(&[b"k", one, b"SMAKAAAAAAAAAAAAAAAA"]),
            joined(&[b"\x01\0\x01", b"\x06\0\0\0\0\0\0\0", b"sealed"]),
        ),
        (
            member(Kind::User),
            joined(&[b"u", one, b"u"]),
            joined(&[
                b"\x01\x05\0SMIDX",
                b"\x07\0\0\0\0\0\0\0",
                b"\x01\0\x01\0k\x01\0v",
                b"\x01\0\x01\0p\x02\0{}",
                b"\x01\0t",
            ]),
        ),
        (
            secret(),
            joined(&[b"s", one, b"eu-1\0db/x"]),
            joined(&[
                b"\x01\x02\0\0\0\0\0\0\0",
                b"\x08\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0",
                b"sealed",
            ]),
        ),
    ] {
        assert_eq!(key(&entry.name()), at, "{entry:?}");
        assert_eq!(encode(&entry), value, "{entry:?}");
        let read = decode(&at, &value).unwrap();
        assert_eq!(format!("{read:?}"), format!("{entry:?}"));
    }
    assert_eq!(key(&member(Kind::Role).name())[0], b'r');
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        at in prop::collection::vec(any::<u8>(), 0..40),
        value in prop::collection::vec(any::<u8>(), 0..80),
        kind in prop::sample::select(b"akrsu".to_vec()),
    ) {
        let _ = decode(&at, &value);
        let _ = decode(&[&[kind], &b"\0\0\0\0\0\0\0\x01name"[..]].concat(), &[&[1], &value[..]].concat());
    }

    #[test]
    fn compact_json_means_the_same(text in r#"[\[\]{}:,"\\a \n\t1]{0,40}"#) {
        let short = compact(&text);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        if let Some(value) = read(&text) {
            prop_assert_eq!(read(&short), Some(value));
        }
        prop_assert!(short.len() <= text.len());
    }
}

#[test]
fn white_space_within_texts_stays() {
    assert_eq!(compact("{ \"a b\" :\n\t\"c \\\" d\" }"), "{\"a b\":\"c \\\" d\"}");
}
