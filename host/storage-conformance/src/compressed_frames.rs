//! Records that are compressed are kept as any others: numbered, in order, found by arrival, trimmed, read within
//! limits that count them as they were put; frames of every kind lie side by side in one log.

use std::sync::Arc;

use domain::Millis;

use super::Harness;
use super::kit::{self, ALL, commit};
use storage::frame::{Cipher, Codec};
use storage::testing::Toy;
use storage::{Append, Commit, LogId, Position, ReadLimits, RecordsBuilder, Store};

const BYTES: usize = 3000;

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let appends = vec![
        append(log, 100, b'a', Codec::None, None),
        append(log, 100, b'b', Codec::Lz4, None),
        append(log, 110, b'c', Codec::Lz4, None),
        append(log, 130, b'd', Codec::Lz4, Some(5)),
        append(log, 150, b'e', Codec::None, Some(5)),
    ];
    let committed = store.commit(Commit { appends, ..commit() }).await.unwrap();
    let places: Vec<Position> = committed.appends.iter().map(|it| it.first).collect();
    assert_eq!(places[4].offset, places[0].offset + 4, "numbers have no gaps");
    holds(&*store, log, &places).await;

    let store = harness.reopen(store).await;
    holds(&*store, log, &places).await;
    let later = vec![append(log, 200, b'f', Codec::Lz4, None)];
    store.commit(Commit { appends: later, ..commit() }).await.unwrap();
    assert_eq!(read(&*store, log, Position::START).await, "abcdef");

    store.trim(log, places[2]).await.unwrap();
    assert_eq!(read(&*store, log, Position::START).await, "cdef");
    assert_eq!(store.seek(log, Millis(0)).await.unwrap(), places[2]);
    limits_count_what_was_put(&*store).await;
}

/// A record of one byte, many times.
fn append(log: LogId, arrival: u64, byte: u8, codec: Codec, key: Option<u64>) -> Append {
    let mut records = RecordsBuilder::default();
    records.push(b"key", &[byte; BYTES]);
    let cipher = key.map(|key| Arc::new(Toy::new(key)) as Arc<dyn Cipher>);
    let records = records.finish().compressed_with(codec).sealed_with(cipher);
    Append { log, records, arrival: Millis(arrival) }
}

async fn holds(store: &dyn Store, log: LogId, places: &[Position]) {
    assert_eq!(read(store, log, Position::START).await, "abcde");
    assert_eq!(read(store, log, places[2]).await, "cde");
    for (arrival, found) in [(0, 0), (100, 0), (101, 2), (110, 2), (111, 3), (131, 4)] {
        assert_eq!(store.seek(log, Millis(arrival)).await.unwrap(), places[found], "{arrival}");
    }
    let all = store.read(log, Position::START, ALL).await.unwrap();
    let stored: usize = all.frames.iter().map(|frame| frame.bytes().len()).sum();
    assert!(stored < 3 * BYTES, "two of five are as long as they were: {stored}");
    assert!(all.frames.iter().any(|it| it.codec() == Codec::Lz4 && it.key().is_none()));
    assert!(all.frames.iter().any(|it| it.codec() == Codec::Lz4 && it.key().is_some()));
}

/// What is read from `from` on: a letter for each record, which has to be whole.
async fn read(store: &dyn Store, log: LogId, from: Position) -> String {
    let chunk = store.read(log, from, ALL).await.unwrap();
    for frame in &chunk.frames {
        if let Some(key) = frame.key() {
            frame.open(&Toy::new(key.get())).unwrap();
        }
    }
    let letter = |data: &[u8]| {
        assert!(data.len() == BYTES && data.iter().all(|byte| *byte == data[0]));
        char::from(data[0])
    };
    chunk.records().map(|(_, record)| letter(record.data)).collect()
}

/// A small block may open to a large body: how much a read brings must not follow from what lies on the disk.
async fn limits_count_what_was_put(store: &dyn Store) {
    let log = kit::new_log(store).await;
    for at in 0..10 {
        let appends = vec![append(log, 100 + at, b'x', Codec::Lz4, None)];
        store.commit(Commit { appends, ..commit() }).await.unwrap();
    }
    let limits = ReadLimits { tenant: 0, records: 100, bytes: 3 * BYTES };
    let chunk = store.read(log, Position::START, limits).await.unwrap();
    let records = chunk.records().count();
    assert!((3..=4).contains(&records), "{records}");
}
