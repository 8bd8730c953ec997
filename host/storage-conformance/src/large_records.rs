//! Everything up to the bounds is stored: large records, long keys, many records, full commits.

use bytes::Bytes;
use domain::Millis;

use super::Harness;
use super::kit::{self, SCOPE, commit};
use storage::{Append, Commit, Expect, FactWrite, LogId, RecordsBuilder, Store, frame};

/// The largest record that a stream takes.
const RECORD_BYTES: usize = 10 * 1024 * 1024;

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let sizes = [(0, 0), (0, 1), (1, 0), (3, frame::BYTES_CLOSE), (256, RECORD_BYTES)];
    let long_key = (RecordsBuilder::KEY_BYTES_MAX, 100);
    let records: Vec<_> = sizes.into_iter().chain([long_key]).map(make).collect();
    append(&*store, log, &records).await;

    let many = usize::try_from(frame::RECORDS_MAX).unwrap() * 2 + 10;
    let many: Vec<_> = (0..many).map(|number| make((4, number % 100))).collect();
    append(&*store, log, &many).await;

    fact_at_the_bounds(&*store).await;
    let full = full_commit(&*store, log).await;

    let store = harness.reopen(store).await;
    let seen = kit::read(&*store, log).await;
    let wanted: Vec<_> = records.iter().chain(&many).chain(&full).collect();
    assert_eq!(seen.len(), wanted.len());
    for (seen, (key, data)) in seen.iter().zip(wanted) {
        // No assert_eq: nobody reads megabytes of difference.
        assert!(&seen.key == key && &seen.data == data, "at {}", seen.position);
    }
    let value = store.get(&SCOPE, &fact_key()).await.unwrap().unwrap().value;
    assert!(value == fact_value());
}

/// A record of this size with contents of its own.
fn make((key_bytes, data_bytes): (usize, usize)) -> (Vec<u8>, Vec<u8>) {
    let pattern = |bytes: usize| (0..bytes).map(|at| (at * 31 + bytes).to_le_bytes()[0]).collect();
    (pattern(key_bytes), pattern(data_bytes))
}

async fn append(store: &dyn Store, log: LogId, records: &[(Vec<u8>, Vec<u8>)]) {
    let appends = vec![Append {
        log,
        records: kit::records(records.iter().map(|(key, data)| (&key[..], &data[..]))),
        arrival: Millis(1),
    }];
    store.commit(Commit { appends, ..commit() }).await.unwrap();
}

fn fact_key() -> Bytes {
    vec![b'k'; Commit::KEY_BYTES_MAX].into()
}

fn fact_value() -> Bytes {
    vec![b'v'; Commit::VALUE_BYTES_MAX].into()
}

async fn fact_at_the_bounds(store: &dyn Store) {
    let fact = FactWrite { key: fact_key(), value: Some(fact_value()), expect: Expect::Absent };
    kit::set(store, fact).await.unwrap();
}

/// A commit that brings exactly as many bytes as one may.
async fn full_commit(store: &dyn Store, log: LogId) -> Vec<(Vec<u8>, Vec<u8>)> {
    let one = Commit::BYTES_MAX / 3;
    let data_bytes = one - RecordsBuilder::encoded_bytes(0, 0);
    let records = vec![make((0, data_bytes)); 3];
    assert_eq!(3 * one, Commit::BYTES_MAX);
    append(store, log, &records).await;
    records
}
