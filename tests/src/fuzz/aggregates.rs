//! Aggregated records, whose message anybody can give the right digest.

use bytes::Bytes;
use domain::{HashKey, HashRange, limits};
use wire::aggregation::{Aggregate, Aggregated, Aggregator, seal};

/// The bytes are tried as a record, and as the message of one.
pub(super) fn run(bytes: &[u8]) {
    let _ = Aggregate::read(bytes);
    let sealed = seal(bytes);
    let Some(aggregate) = Aggregate::read(&sealed) else { return };
    assert!(aggregate.records.len() <= limits::AGGREGATED_COUNT_MAX);
    assert!(aggregate.is_within(HashRange::ALL));
    let hashes: Vec<HashKey> = aggregate.records.iter().map(|record| record.hash()).collect();
    if let (Some(first), Some(last)) = (hashes.iter().min(), hashes.iter().max()) {
        assert!(aggregate.is_within(HashRange { first: *first, last: *last }));
    }
    // What was read can be written, and is the same.
    let mut aggregator = Aggregator::new(usize::MAX);
    for record in &aggregate.records {
        let data = Bytes::copy_from_slice(record.data);
        assert!(aggregator.push(record.partition_key, record.hash_key, &data));
    }
    if let Some(Aggregated { data, count: 2.., .. }) = aggregator.take() {
        assert_eq!(Aggregate::read(&data), Some(aggregate));
    }
}

/// Messages, as [`run`] seals them.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let hash_key = HashKey(u128::MAX);
    let plain = [("a", None, &b"one"[..]), ("b", None, b"two"), ("a", None, b"")];
    let explicit = [("a", Some(HashKey(0)), &b"one"[..]), ("a", Some(hash_key), &[0xff; 200])];
    let seed = |name: &str, records: &[(&str, Option<HashKey>, &[u8])]| {
        let mut aggregator = Aggregator::new(usize::MAX);
        for (key, hash_key, data) in records {
            assert!(aggregator.push(key, *hash_key, &Bytes::copy_from_slice(data)));
        }
        let record = aggregator.take().expect("there are records").data;
        assert!(Aggregate::read(&record).is_some());
        (name.to_owned(), record[4..record.len() - 16].to_vec())
    };
    vec![seed("keys", &plain), seed("hash_keys", &explicit)]
}
