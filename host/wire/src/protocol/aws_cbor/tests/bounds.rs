//! What is broken, too deep, or larger than the body.

use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserializer, Visitor};

use super::super::reader::{DEPTH_MAX, Error, Reader};
use super::{Input, bytes, member, read, refusal};
use crate::protocol::Protocol;

/// A member that nobody reads, which holds lists or maps in each other.
fn nested(depth: usize, opening: &str, closing: &str) -> Vec<u8> {
    let value = format!("{}{}{}", opening.repeat(depth), "f6", closing.repeat(depth));
    member("x", &value)
}

#[test]
fn depth_is_bounded_also_where_nothing_is_kept() {
    let told = format!("Lists and maps may lie {DEPTH_MAX} deep in each other, not deeper");
    for (opening, closing) in [("81", ""), ("9f", "ff"), ("a1 60", ""), ("bf 60", "ff")] {
        assert_eq!(read(&nested(DEPTH_MAX - 1, opening, closing)), Input::default(), "{opening}");
        for depth in [DEPTH_MAX, 100_000] {
            let refused = refusal(&nested(depth, opening, closing));
            assert_eq!(refused.as_ref(), Some(&told), "{opening} {depth}");
        }
    }
    // Tags in each other are no way around it.
    let tags = member("x", &"c1".repeat(100_000));
    assert!(refusal(&tags).unwrap().starts_with("CBOR tag 1 is not read here"));
}

#[test]
fn lengths_that_are_only_claimed_reserve_nothing() {
    for length in
        ["1b ffffffffffffffff", "1b 7fffffffffffffff", "1a ffffffff", "1b 0000100000000000"]
    {
        let length = bytes(length);
        for (name, major) in [
            ("Name", 0x60),
            ("Data", 0x40),
            ("Records", 0x80),
            ("Tags", 0xa0),
            ("x", 0x80),
            ("x", 0x40),
        ] {
            let mut body = member(name, "");
            body.push(major + length[0]);
            body.extend_from_slice(&length[1..]);
            assert_eq!(refusal(&body), None, "{name} {length:?}");
        }
    }
    // The whole of it, and a list that says less than follows.
    assert_eq!(refusal(&bytes("bb ffffffffffffffff 60 f6")), None);
    assert_eq!(refusal(&member("Records", "81 a0 a0")), None);
}

/// Who skips a value is shown no text and no bytes, so none are put together.
#[test]
fn pieces_that_nobody_reads_are_not_joined() {
    struct Nothing;
    impl Visitor<'_> for Nothing {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("nothing")
        }
        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
    }
    for body in ["5f 42 0001 40 ff", "7f 61 61 62 6263 ff", "5f ff", "7f ff"] {
        let body = bytes(body);
        let mut reader = Reader::new(&body);
        assert!(reader.deserialize_ignored_any(Nothing).is_ok(), "{body:?}");
        assert!(reader.end().is_ok(), "{body:?}");
    }
    for body in ["5f 61 61 ff", "7f 61 ff ff", "7f 62 61", "5f 40"] {
        let body = bytes(body);
        let skipped = Reader::new(&body).deserialize_ignored_any(Nothing);
        assert!(matches!(skipped, Err(Error::Malformed(_))), "{body:?}");
    }
}

#[test]
fn what_is_broken_is_no_body() {
    let broken = [
        "",
        "ff",
        "bf",
        "a1",
        "a0 00",
        "a0 a0",
        "bf ff ff",
        "1c",
        "f8",
        "fc",
        "d9d9f7",
        "a1 61 ff f6",
        "a1 63 616261",
        "a1 61 78 ff",
        "a1 61 78 f9 3c00",
        "a1 61 78 5f 61 61 ff",
        "a1 61 78 7f 41 61 ff",
        "a1 61 78 7f 7f ff ff",
        "a1 61 78 61 ff",
        "a1 61 78 e0",
        "bf 61 78 ff",
        "a1 61 78 81 ff",
        "a1 61 78 9e",
        "a1 61 78 fa 00",
        // What begins no value, as a key, and where a map is due.
        "a1 ff",
        "a2 ff ff",
        "a1 fc 60",
        "a1 e0 60",
        "a1 f9 3c00 60",
        "f9 3c00",
    ];
    for body in broken {
        assert_eq!(refusal(&bytes(body)), None, "{body}");
    }
}

#[test]
fn a_body_that_was_cut_short_is_refused() {
    let body = bytes(
        "bf 64 4e616d65 7f 62 6162 61 63 ff 65 436f756e74 19 0200 69 54696d657374616d70 c1 1b 000001a013accc38 \
         67 5265636f726473 9f a1 64 44617461 43 0001ff ff 64 54616773 a1 61 61 61 62 ff",
    );
    read(&body);
    for length in 0..body.len() {
        assert_eq!(refusal(&body[..length]), None, "{length} bytes");
    }
}

proptest! {
    #[test]
    fn garbage_never_panics(mut body in any::<Vec<u8>>(), is_map in any::<bool>()) {
        if is_map {
            body.insert(0, 0xbf);
        }
        let _ = Protocol::AwsCbor11.decode::<Input<'_>>(&body);
    }
}
