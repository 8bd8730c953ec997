//! A read brings no frame beyond the one in which its limits are reached, and at least one record if there
//! is any; reading on from its end misses nothing.

use domain::Millis;

use super::Harness;
use super::kit::{self, commit};
use storage::{Append, Chunk, Commit, LogId, Position, ReadLimits, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    fill(&*store, log).await;
    let all = kit::read(&*store, log).await;

    for records in [0, 1, 2, 7, 10_000] {
        for bytes in [0, 1, 300, 5_000, 2_000_000] {
            let limits = ReadLimits { tenant: 0, records, bytes };
            let mut seen = Vec::new();
            let mut from = Position::START;
            loop {
                let chunk = store.read(log, from, limits).await.unwrap();
                assert_eq!(chunk.from, from);
                let positions: Vec<_> = chunk.records().map(|(position, _)| position).collect();
                let Some(last) = positions.last() else {
                    assert!(chunk.frames.is_empty());
                    break;
                };
                assert_within(&chunk, limits);
                // As a reader that stays within its limits does, somewhere within what it was given.
                let used = positions.len().min(records.max(1));
                from = positions[used - 1].next().min(last.next());
                seen.extend_from_slice(&positions[..used]);
            }
            let wanted: Vec<_> = all.iter().map(|seen| seen.position).collect();
            assert_eq!(seen, wanted, "{limits:?}");
        }
    }
}

async fn fill(store: &dyn Store, log: LogId) {
    for round in 0..20 {
        let texts: Vec<_> = (0..round % 6 + 1).map(|it| "x".repeat(it * 40)).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        kit::write(store, log, 1, &texts).await;
    }
    let large = vec![1; 1_000_000];
    let appends = vec![Append {
        log,
        records: kit::records([(&b"key"[..], &large[..]), (b"key", b"small"), (b"", &large)]),
        arrival: Millis(2),
    }];
    store.commit(Commit { appends, ..commit() }).await.unwrap();
    kit::write(store, log, 3, &["end"]).await;
}

/// Without its last frame, the chunk did not reach the limits.
fn assert_within(chunk: &Chunk, limits: ReadLimits) {
    let (_, before) = chunk.frames.split_last().unwrap();
    let (mut records, mut bytes) = (0, 0);
    for frame in before {
        for (position, record) in frame.records() {
            if position >= chunk.from {
                records += 1;
                bytes += record.key.len() + record.data.len();
            }
        }
    }
    if !before.is_empty() {
        assert!(records < limits.records, "{records} for {limits:?}");
        assert!(bytes < limits.bytes, "{bytes} bytes for {limits:?}");
    }
}
