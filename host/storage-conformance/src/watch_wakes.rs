//! A watch tells where the log goes on, and wakes who waits when a commit has appended to it.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::Harness;
use super::kit::{self, commit, kind};
use storage::{Commit, Kind, LogId, Position};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    it_tells_the_next_position(harness).await;
    readers_follow_a_log(harness).await;
    it_ends_with_the_log(harness).await;
}

async fn it_tells_the_next_position(harness: &dyn Harness) {
    let store = harness.open().await;
    let (log, other) = (kit::new_log(&*store).await, kit::new_log(&*store).await);
    let mut watch = store.watch(log).unwrap();
    let start = Position { term: store.term(), offset: 0 };
    assert_eq!(*watch.borrow_and_update(), start);

    kit::write(&*store, other, 1, &["other"]).await;
    kit::set(&*store, kit::put("a", "", storage::Expect::Anything)).await.unwrap();
    let missing = LogId(store.new_ids(1).await.unwrap());
    let appends = vec![kit::append(log, 1, &["no"]), kit::append(missing, 1, &["no"])];
    let refused = store.commit(Commit { appends, ..commit() }).await;
    assert_eq!(kind(refused), Kind::NotFound);
    assert!(!watch.has_changed().unwrap(), "nothing was appended");

    kit::write(&*store, log, 1, &["a", "b"]).await;
    watch.changed().await.unwrap();
    let next = *watch.borrow_and_update();
    assert_eq!(next.offset, 2);
    assert_eq!(next, store.bounds(log).await.unwrap().next);
    assert_eq!(*store.watch(log).unwrap().borrow(), next);
    assert_eq!(kind(store.watch(missing)), Kind::NotFound);
}

/// Readers that only read when they are woken see everything, although all is written meanwhile.
async fn readers_follow_a_log(harness: &dyn Harness) {
    const RECORDS: u64 = 50;
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let mut readers = JoinSet::new();
    for _reader in 0..3 {
        let store = Arc::clone(&store);
        readers.spawn(async move {
            let mut watch = store.watch(log).unwrap();
            let mut seen = kit::read(&*store, log).await;
            while watch.borrow_and_update().offset < RECORDS {
                watch.changed().await.unwrap();
                let told = *watch.borrow_and_update();
                let from = seen.last().map_or(Position::START, |it| it.position.next());
                seen.extend(kit::read_from(&*store, log, from).await);
                // Nobody is woken before what it is woken for can be read.
                let read = seen.last().unwrap().position.next();
                assert!(read >= told, "told {told}, read {read}");
            }
            seen
        });
    }
    for number in 0..RECORDS {
        kit::write(&*store, log, 1, &[&number.to_string()]).await;
    }
    let all = kit::read(&*store, log).await;
    assert_eq!(all.len(), 50);
    for seen in readers.join_all().await {
        assert_eq!(seen, all);
    }
}

async fn it_ends_with_the_log(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let mut watch = store.watch(log).unwrap();
    let mut waiter = JoinSet::new();
    waiter.spawn(async move { watch.changed().await.is_err() });
    tokio::task::yield_now().await;
    let delete_logs = vec![log];
    store.commit(Commit { delete_logs, ..commit() }).await.unwrap();
    assert_eq!(waiter.join_all().await, [true]);
}
