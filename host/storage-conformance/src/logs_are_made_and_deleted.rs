//! A log is there from the commit that makes it to the commit that deletes it, and is nobody else's.

use domain::Millis;

use super::Harness;
use super::kit::{self, ALL, commit, kind};
use storage::{Bounds, Commit, Kind, LogId, Position, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let first = store.new_ids(4).await.unwrap();
    let (a, b, c) = (LogId(first), LogId(first + 1), LogId(first + 2));
    let never_made = LogId(first + 3);
    assert_absent(&*store, a).await;

    let make =
        Commit { create_logs: vec![a, b], appends: vec![kit::append(a, 3, &["a"])], ..commit() };
    store.commit(make.clone()).await.unwrap();
    assert_eq!(kind(store.commit(make).await), Kind::Conflict);
    assert_eq!(kit::texts(&*store, a).await, ["a"]);
    assert_empty(&*store, b).await;
    assert_absent(&*store, c).await;

    store = harness.reopen(store).await;
    assert_empty(&*store, b).await;
    kit::write(&*store, b, 4, &["b"]).await;

    // One that is not there is no reason not to delete the others.
    let replace = Commit {
        create_logs: vec![c],
        delete_logs: vec![never_made, a],
        appends: vec![kit::append(c, 1, &["c"]), kit::append(b, 5, &["bb"])],
        ..commit()
    };
    store.commit(replace).await.unwrap();
    for _opening in 0..2 {
        assert_absent(&*store, a).await;
        assert_eq!(kit::texts(&*store, b).await, ["b", "bb"]);
        assert_eq!(kit::texts(&*store, c).await, ["c"]);
        store = harness.reopen(store).await;
    }

    let delete_logs = vec![a, b, c, a];
    store.commit(Commit { delete_logs, ..commit() }).await.unwrap();
    for log in [a, b, c] {
        assert_absent(&*store, log).await;
    }
}

async fn assert_empty(store: &dyn Store, log: LogId) {
    let next = Position { term: store.term(), offset: 0 };
    let wanted = Bounds { first: next, next, last_arrival: Millis(0) };
    assert_eq!(store.bounds(log).await.unwrap(), wanted);
    assert_eq!(store.seek(log, Millis(0)).await.unwrap(), next);
    let chunk = store.read(log, Position::START, ALL).await.unwrap();
    assert_eq!(chunk.bounds, wanted);
    assert!(chunk.frames.is_empty());
    store.trim(log, next).await.unwrap();
}

async fn assert_absent(store: &dyn Store, log: LogId) {
    let read = store.read(log, Position::START, ALL).await;
    assert_eq!(kind(read), Kind::NotFound);
    assert_eq!(kind(store.seek(log, Millis(0)).await), Kind::NotFound);
    assert_eq!(kind(store.bounds(log).await), Kind::NotFound);
    let trimmed = store.trim(log, Position::START).await;
    assert_eq!(kind(trimmed), Kind::NotFound);
    assert_eq!(kind(store.watch(log)), Kind::NotFound);
    let appends = vec![kit::append(log, 1, &["x"])];
    let appended = store.commit(Commit { appends, ..commit() }).await;
    assert_eq!(kind(appended), Kind::NotFound);
}
