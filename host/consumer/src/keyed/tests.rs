//! Rows as they are stored, and what is too much.

use proptest::prelude::*;
use storage::Commit;

use super::*;

fn row(key: &str, name: &str) -> Row {
    Row::new(&key.into(), name)
}

proptest! {
    #[test]
    fn a_row_is_found_in_its_key(key in "\\PC{0,40}", name in "\\PC{0,40}", value: Vec<u8>, due: u64) {
        let row = row(&key, &name);
        for kind in [STATE, TIMERS] {
            let fact = codec::key(kind, &row);
            prop_assert_eq!(fact[0], kind);
            prop_assert!(fact.starts_with(&codec::from_hash(kind, row.hash())));
            prop_assert_eq!(codec::row(&fact), Ok(row.clone()));
        }
        let value = Bytes::from(value);
        prop_assert_eq!(codec::read_value(&codec::value(&value)), Ok(value));
        prop_assert_eq!(codec::read_due(&codec::due(Millis(due))), Ok(Millis(due)));
    }

    #[test]
    fn names_of_a_key_are_in_order_and_between_no_others(
        key in "[ab]{0,3}", names in prop::collection::vec("[ab]{0,3}", 2), other in "[ab]{0,3}",
    ) {
        let keys = names.iter().map(|name| codec::key(STATE, &row(&key, name))).collect::<Vec<_>>();
        prop_assert_eq!(names[0].cmp(&names[1]), keys[0].cmp(&keys[1]));
        let of_key = codec::key(STATE, &row(&key, ""));
        prop_assert!(other == key || !codec::key(STATE, &row(&other, "")).starts_with(&of_key));
    }

    #[test]
    fn what_is_no_row_is_told(bytes: Vec<u8>) {
        if let Ok(row) = codec::row(&bytes) {
            prop_assert_eq!(&codec::key(bytes[0], &row)[..], &bytes[..]);
        }
    }
}

#[test]
fn stored_rows_are_those_that_the_format_says() {
    // MD5("a") is 0x0cc175b9c0f1b6a831c399e269772661.
    let key = codec::key(STATE, &row("a", "n"));
    assert_eq!(
        key,
        &b"s\x0c\xc1\x75\xb9\xc0\xf1\xb6\xa8\x31\xc3\x99\xe2\x69\x77\x26\x61\0\x01an"[..]
    );
    assert_eq!(codec::value(b"v"), &b"\x01v"[..]);
    assert_eq!(codec::due(Millis(258)), &b"\x01\x02\x01\0\0\0\0\0\0"[..]);
    for (stored, wrong) in [(&b""[..], "without"), (b"\x02v", "layout 2"), (b"\x00", "layout 0")] {
        let stored = Bytes::copy_from_slice(stored);
        assert!(codec::read_value(&stored).unwrap_err().contains(wrong));
        assert!(codec::read_due(&stored).unwrap_err().contains(wrong));
    }
    assert!(codec::read_due(b"\x01abc").unwrap_err().contains("length"));
}

#[test]
fn the_longest_row_has_room_in_a_fact() {
    let (key, name) = ("\u{10000}".repeat(256), "n".repeat(Row::NAME_BYTES_MAX));
    assert_eq!(key.len(), Row::KEY_BYTES_MAX);
    let row = row(&key, &name);
    assert!(codec::key(STATE, &row).len() <= Commit::KEY_BYTES_MAX);
    let value = Bytes::from(vec![0; Row::VALUE_BYTES_MAX]);
    let change = Change { row, to: To::Value(Some(value)) };
    let write = change.write();
    assert!(write.value.as_ref().is_some_and(|value| value.len() <= Commit::VALUE_BYTES_MAX));
    assert_eq!(change.bytes(), write.key.len() + write.value.map_or(0, |value| value.len()));
}

#[test]
fn too_much_is_told() {
    let change = |value: usize| Change {
        row: row("k", "n"),
        to: To::Value(Some(Bytes::from(vec![0; value]))),
    };
    let kept = |changes| Kept { changes, hold: Hold::default() };
    assert_eq!(kept(vec![change(1); Kept::CHANGES_MAX]).too_much(), None);
    assert!(kept(vec![change(1); Kept::CHANGES_MAX + 1]).too_much().is_some());
    assert!(kept(vec![change(Row::VALUE_BYTES_MAX); 8]).too_much().is_some());
    assert_eq!(kept(vec![change(Row::VALUE_BYTES_MAX); 7]).too_much(), None);
}
