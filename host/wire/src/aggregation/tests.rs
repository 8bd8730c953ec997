//! Vectors that the library of AWS made, and what must hold for whatever comes.

use bytes::Bytes;
use domain::{HashKey, HashRange};
use proptest::prelude::*;
use serde::Deserialize;

use super::message::{DATA, KEY_INDEX, KEYS, RECORDS, put_bytes, put_number};
use super::{Aggregate, Aggregated, Aggregator, MAGIC, seal};

/// What `vectors.py` wrote.
const VECTORS: &str = include_str!("vectors.json");

#[derive(Deserialize)]
struct Vector {
    name: String,
    records: Vec<Expected>,
    /// In hexadecimal digits.
    aggregated: String,
}

#[derive(Deserialize)]
struct Expected {
    key: String,
    hash_key: Option<String>,
    data: String,
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digit = |at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap();
    (0..hexadecimal.len()).step_by(2).map(digit).collect()
}

#[test]
fn what_the_library_of_aws_writes_is_read_and_written_byte_for_byte() {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() >= 6);
    for Vector { name, records, aggregated } in vectors {
        let aggregated = bytes(&aggregated);
        let read = Aggregate::read(&aggregated).unwrap_or_else(|| panic!("{name} is aggregated"));
        assert_eq!(read.records.len(), records.len(), "{name}");
        let mut aggregator = Aggregator::new(1024 * 1024);
        for (got, expected) in read.records.iter().zip(&records) {
            let hash_key = expected.hash_key.as_ref().map(|text| text.parse().unwrap());
            assert_eq!(got.partition_key, expected.key, "{name}");
            assert_eq!(got.hash_key, hash_key, "{name}");
            assert_eq!(got.data, bytes(&expected.data), "{name}");
            let data = Bytes::copy_from_slice(got.data);
            assert!(aggregator.push(got.partition_key, got.hash_key, &data));
        }
        // A single record is put as it is here, and aggregated there.
        if let Some(Aggregated { data, count: 2.., .. }) = aggregator.take() {
            assert_eq!(data, aggregated, "{name}");
        }
    }
}

#[test]
fn what_is_not_quite_an_aggregated_record_is_a_plain_one() {
    let mut record = Vec::new();
    put_number(&mut record, KEY_INDEX, 0);
    put_bytes(&mut record, DATA, b"d");
    let message = |record: &[u8]| {
        let mut message = Vec::new();
        put_bytes(&mut message, KEYS, b"k");
        put_bytes(&mut message, RECORDS, record);
        message
    };
    let right = seal(&message(&record));
    assert_eq!(Aggregate::read(&right).unwrap().records[0].data, b"d");
    let mut wrong_digest = right.clone();
    *wrong_digest.last_mut().unwrap() ^= 1;
    let truncated = message(&record);
    let truncated = seal(&truncated[..truncated.len() - 1]);
    let (mut no_data, mut no_key, mut beyond) = (Vec::new(), Vec::new(), record.clone());
    put_number(&mut no_data, KEY_INDEX, 0);
    put_bytes(&mut no_key, DATA, b"d");
    put_number(&mut beyond, KEY_INDEX, 1);
    let mut bad_hash_key = record.clone();
    put_number(&mut bad_hash_key, super::message::HASH_KEY_INDEX, 0);
    let keyed = |key: &[u8]| {
        let mut message = Vec::new();
        put_bytes(&mut message, KEYS, key);
        put_bytes(&mut message, RECORDS, &record);
        seal(&message)
    };
    assert!(Aggregate::read(&keyed(&[b'k'; 256])).is_some());
    let plain = [
        ("nothing", Vec::new()),
        ("no magic", right[1..].to_vec()),
        ("magic alone", MAGIC.to_vec()),
        ("no message", seal(b"")),
        ("wrong digest", wrong_digest),
        ("truncated, with its own digest", truncated),
        ("no data", seal(&message(&no_data))),
        ("no key", seal(&message(&no_key))),
        ("an index beyond the table", seal(&message(&beyond))),
        ("an index into a table that is empty", seal(&message(&bad_hash_key))),
        ("a key that is no text", keyed(&[0xff])),
        ("an empty key", keyed(b"")),
        ("a key that is too long", keyed(&[b'k'; 257])),
    ];
    for (what, data) in plain {
        assert_eq!(Aggregate::read(&data), None, "{what}");
    }
}

#[test]
fn fields_that_nobody_knows_are_passed_over() {
    let mut record = Vec::new();
    put_number(&mut record, KEY_INDEX, 7);
    put_bytes(&mut record, 4, b"\x0a\x01t");
    put_number(&mut record, 99, 1);
    put_bytes(&mut record, DATA, b"d");
    put_number(&mut record, KEY_INDEX, 0);
    let mut message = Vec::new();
    put_bytes(&mut message, RECORDS, &record);
    put_bytes(&mut message, 1000, b"x");
    put_bytes(&mut message, KEYS, b"k");
    let data = seal(&message);
    let read = Aggregate::read(&data).unwrap();
    assert_eq!((read.records[0].partition_key, read.records[0].data), ("k", &b"d"[..]));
}

#[test]
fn more_records_than_any_producer_writes_are_not_taken_apart() {
    let mut record = Vec::new();
    put_number(&mut record, KEY_INDEX, 0);
    put_bytes(&mut record, DATA, b"");
    let mut message = Vec::new();
    put_bytes(&mut message, KEYS, b"k");
    for _ in 0..domain::limits::AGGREGATED_COUNT_MAX {
        put_bytes(&mut message, RECORDS, &record);
    }
    let count = |message: &[u8]| Aggregate::read(&seal(message)).map(|it| it.records.len());
    assert_eq!(count(&message), Some(domain::limits::AGGREGATED_COUNT_MAX));
    put_bytes(&mut message, RECORDS, &record);
    assert_eq!(count(&message), None);
}

#[test]
fn a_record_belongs_where_its_key_says() {
    let mut aggregator = Aggregator::new(1000);
    let data = Bytes::from_static(b"d");
    // MD5("a") begins with 0c, and this hash key is in the upper half.
    let upper = HashKey(u128::MAX - 5);
    assert!(aggregator.push("a", None, &data) && aggregator.push("a", None, &data));
    let lower = aggregator.take().unwrap();
    assert_eq!((lower.partition_key.as_str(), lower.hash_key), ("a", Some(HashKey::of("a"))));
    assert!(aggregator.push("a", None, &data) && aggregator.push("a", Some(upper), &data));
    let both = aggregator.take().unwrap();
    let [first, second] = [HashRange::tile(2)[0], HashRange::tile(2)[1]];
    let within =
        |record: &Aggregated, range| Aggregate::read(&record.data).unwrap().is_within(range);
    assert!(within(&lower, first) && !within(&lower, second));
    assert!(!within(&both, first) && !within(&both, second) && within(&both, HashRange::ALL));
}

#[test]
fn a_record_alone_stays_what_it_is() {
    let mut aggregator = Aggregator::new(10);
    let data = Bytes::from(vec![7; 100]);
    assert!(aggregator.is_empty() && aggregator.take().is_none());
    assert!(aggregator.push("k", Some(HashKey(9)), &data));
    assert!(!aggregator.push("k", None, &Bytes::new()));
    let expected =
        Aggregated { partition_key: "k".to_owned(), hash_key: Some(HashKey(9)), data, count: 1 };
    assert_eq!(aggregator.take(), Some(expected));
}

fn records() -> impl Strategy<Value = Vec<(String, Option<u128>, Vec<u8>)>> {
    let record = ("[a-c]{1,2}|.{1,20}", any::<Option<u128>>(), any::<Vec<u8>>());
    prop::collection::vec(record, 0..40)
}

proptest! {
    #[test]
    fn what_is_put_together_comes_apart_in_order(records in records(), bytes_max in 50_usize..2000) {
        let mut aggregator = Aggregator::new(bytes_max);
        let mut full = Vec::new();
        for (key, hash_key, data) in &records {
            let (hash_key, data) = (hash_key.map(HashKey), Bytes::from(data.clone()));
            if !aggregator.push(key, hash_key, &data) {
                full.extend(aggregator.take());
                prop_assert!(aggregator.push(key, hash_key, &data));
            }
        }
        full.extend(aggregator.take());
        let mut read = Vec::new();
        for Aggregated { partition_key, hash_key, data, count } in &full {
            prop_assert!(*count == 1 || data.len() <= bytes_max);
            match Aggregate::read(data).filter(|_| *count > 1) {
                Some(aggregate) => {
                    prop_assert_eq!(aggregate.records.len(), *count);
                    read.extend(aggregate.records.iter().map(|it| {
                        (it.partition_key.to_owned(), it.hash_key.map(|key| key.0), it.data.to_vec())
                    }));
                }
                None => read.push((partition_key.clone(), hash_key.map(|key| key.0), data.to_vec())),
            }
        }
        prop_assert_eq!(read, records);
    }

    #[test]
    fn any_message_is_read_or_refused(message: Vec<u8>) {
        let data = seal(&message);
        if let Some(aggregate) = Aggregate::read(&data) {
            let held: usize = aggregate.records.iter().map(|it| it.data.len()).sum();
            prop_assert!(held <= message.len());
        }
    }
}
