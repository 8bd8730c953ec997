//! Records that are sealed are kept as any others, by a store that has no key: numbered, in order, found by arrival,
//! trimmed; a frame holds those of one key only, and opens with that key.

use std::sync::Arc;

use domain::Millis;

use super::Harness;
use super::kit::{self, ALL, commit};
use storage::frame::{Cipher, KeyId};
use storage::testing::Toy;
use storage::{Append, Commit, LogId, Position, ReadLimits, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let store = harness.open().await;
    let (log, other) = (kit::new_log(&*store).await, kit::new_log(&*store).await);
    let appends = vec![
        append(log, 100, "a", None),
        append(log, 100, "b", Some(5)),
        append(other, 100, "x", Some(5)),
        append(log, 130, "c", Some(5)),
        append(log, 150, "d", Some(6)),
    ];
    let committed = store.commit(Commit { appends, ..commit() }).await.unwrap();
    let places: Vec<Position> = committed.appends.iter().map(|it| it.first).collect();
    assert_eq!(places[4].offset, places[0].offset + 3, "numbers have no gaps");
    holds(&*store, log, &places).await;

    let store = harness.reopen(store).await;
    holds(&*store, log, &places).await;
    let later = vec![append(log, 200, "e", Some(7))];
    store.commit(Commit { appends: later, ..commit() }).await.unwrap();
    assert_eq!(opened(&*store, log, Position::START).await, "abcde");

    store.trim(log, places[3]).await.unwrap();
    assert_eq!(opened(&*store, log, Position::START).await, "cde");
    assert_eq!(store.seek(log, Millis(0)).await.unwrap(), places[3]);
    assert_eq!(opened(&*store, other, Position::START).await, "x");
}

/// A record for each letter.
fn append(log: LogId, arrival: u64, text: &str, key: Option<u64>) -> Append {
    let Append { log, records, arrival } = kit::append(log, arrival, &[text]);
    let cipher = key.map(|key| Arc::new(Toy::new(key)) as Arc<dyn Cipher>);
    Append { log, records: records.sealed_with(cipher), arrival }
}

async fn holds(store: &dyn Store, log: LogId, places: &[Position]) {
    assert_eq!(opened(store, log, Position::START).await, "abcd");
    assert_eq!(opened(store, log, places[3]).await, "cd");
    for (arrival, found) in [(0, 0), (100, 0), (101, 3), (130, 3), (131, 4)] {
        assert_eq!(store.seek(log, Millis(arrival)).await.unwrap(), places[found], "{arrival}");
    }
    let one = ReadLimits { tenant: 0, records: 1, bytes: usize::MAX };
    let chunk = store.read(log, places[1], one).await.unwrap();
    assert_eq!(chunk.frames.len(), 1);
    assert_eq!(chunk.frames[0].key().map(KeyId::get), Some(5));
}

/// What is read from `from` on, after opening each frame with its own key and failing to with another.
async fn opened(store: &dyn Store, log: LogId, from: Position) -> String {
    let chunk = store.read(log, from, ALL).await.unwrap();
    for frame in &chunk.frames {
        if let Some(key) = frame.key() {
            assert!(frame.is_open() || frame.open(&Toy::new(key.get() + 1)).is_err());
            frame.open(&Toy::new(key.get())).unwrap();
        }
    }
    let texts =
        chunk.records().map(|(_, record)| String::from_utf8_lossy(record.data).into_owned());
    texts.collect()
}
