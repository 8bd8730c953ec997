//! Reading an exact range returns the same bytes until it is trimmed, and every stored frame proves itself.

use super::Harness;
use super::kit::{self, Seen};
use storage::{Frame, LogId, Position, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let other = kit::new_log(&*store).await;
    for round in 0..8 {
        let texts = ["x", "yy", "zzz", ""].map(|text| format!("{text}{round}"));
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        kit::write(&*store, log, round, &texts[..1 + texts.len() % 4]).await;
        kit::write(&*store, log, round, &texts).await;
        if round == 4 {
            store = harness.reopen(store).await;
        }
    }
    let records = kit::read(&*store, log).await;
    let frames = stored(&*store, log, Position::START).await;

    assert_suffixes(&*store, log, &records).await;
    kit::write(&*store, log, 9, &["more"]).await;
    kit::write(&*store, other, 9, &["other"]).await;
    assert_suffixes(&*store, log, &records).await;
    assert!(stored(&*store, log, Position::START).await.starts_with(&frames));

    store = harness.reopen(store).await;
    assert_suffixes(&*store, log, &records).await;
    assert!(stored(&*store, log, Position::START).await.starts_with(&frames));

    let half = records.len() / 2;
    store.trim(log, records[half].position).await.unwrap();
    for _opening in 0..2 {
        assert_suffixes(&*store, log, &records[half..]).await;
        let left = stored(&*store, log, Position::START).await;
        let same = frames.iter().filter(|frame| left.contains(frame)).count();
        assert!(same + 1 == left.len(), "one frame is new, none has changed");
        store = harness.reopen(store).await;
    }
}

/// The bytes of all frames from `from` on, each of which was checked on the way.
async fn stored(store: &dyn Store, log: LogId, from: Position) -> Vec<Vec<u8>> {
    let frames = kit::frames(store, log, from).await;
    let checked = frames.iter().map(|frame| {
        let again = Frame::decode(frame.bytes().clone(), frame.chain()).unwrap();
        assert_eq!(again, **frame);
        frame.bytes().to_vec()
    });
    checked.collect()
}

/// From every record's position on, the same records are read.
async fn assert_suffixes(store: &dyn Store, log: LogId, records: &[Seen]) {
    for (index, record) in records.iter().enumerate() {
        let read = kit::read_from(store, log, record.position).await;
        assert!(read.starts_with(&records[index..]), "from {}", record.position);
    }
}
