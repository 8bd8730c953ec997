//! Opening a store again finds all that was acknowledged, and nothing that was taken away.

use std::sync::Arc;

use bytes::Bytes;

use super::Harness;
use super::kit::{self, SCOPE, Seen, commit, kind};
use storage::{Bounds, Commit, Digest, Expect, Fact, Kind, LogId, Scope, Store};

const OTHER: Scope = Scope("other", u64::MAX);

/// All of a store that a caller can see.
#[derive(Debug, PartialEq, Eq)]
struct Sight {
    facts: [Vec<Fact>; 2],
    logs: Vec<(Bounds, Vec<Seen>)>,
    blobs: Vec<Digest>,
}

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    nothing_is_kept_as_well(harness).await;
    all_of_it(harness).await;
}

async fn nothing_is_kept_as_well(harness: &dyn Harness) {
    let mut store = harness.open().await;
    store = harness.reopen(store).await;
    store = harness.reopen(store).await;
    let sight = look(&store, &[]).await;
    assert_eq!(sight.facts, [vec![], vec![]]);
    let log = kit::new_log(&*store).await;
    assert_eq!(kit::write(&*store, log, 1, &["a"]).await.first.offset, 0);
}

async fn all_of_it(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let mut logs = Vec::new();
    for _log in 0..4 {
        logs.push(kit::new_log(&*store).await);
    }
    let [empty, kept, half, trimmed] = logs[..] else { unreachable!("four were made") };
    let gone = kit::new_log(&*store).await;
    for log in [kept, half, trimmed, gone] {
        kit::write(&*store, log, 10, &["a", "b", "c"]).await;
        kit::write(&*store, log, 20, &["d"]).await;
    }
    let middle = kit::read(&*store, half).await[1].position;
    store.trim(half, middle).await.unwrap();
    let end = store.bounds(trimmed).await.unwrap().next;
    store.trim(trimmed, end).await.unwrap();
    let delete_logs = vec![gone];
    store.commit(Commit { delete_logs, ..commit() }).await.unwrap();

    for (scope, keys) in [(SCOPE, ["a", "b", "c"]), (OTHER, ["a", "y", "z"])] {
        let facts = keys.map(|key| kit::put(key, key, Expect::Absent)).into();
        let write = Commit { scope, facts, ..commit() };
        store.commit(write).await.unwrap();
    }
    kit::set(&*store, kit::put("a", "changed", Expect::Anything)).await.unwrap();
    kit::set(&*store, kit::remove("b", Expect::Anything)).await.unwrap();
    store.put_blob(Bytes::from_static(b"blob")).await.unwrap();

    let before = look(&store, &logs).await;
    assert_eq!(before.facts.each_ref().map(Vec::len), [2, 3]);
    let counts: Vec<_> = before.logs.iter().map(|(_, seen)| seen.len()).collect();
    assert_eq!(counts, [0, 4, 3, 0]);
    for _opening in 0..3 {
        store = harness.reopen(store).await;
        let after = look(&store, &logs).await;
        assert_eq!(after, under(&*store, &before));
        assert_eq!(kind(store.bounds(gone).await), Kind::NotFound);
    }
    assert_eq!(kit::write(&*store, trimmed, 1, &["e"]).await.first.offset, 4);
    assert_eq!(kit::write(&*store, empty, 1, &["a"]).await.first.offset, 0);
}

async fn look(store: &Arc<dyn Store>, logs: &[LogId]) -> Sight {
    let mut sight = Sight {
        facts: [
            store.scan(&SCOPE, b"", None, 99).await.unwrap(),
            store.scan(&OTHER, b"", None, 99).await.unwrap(),
        ],
        logs: Vec::new(),
        blobs: store.list_blobs().await.unwrap(),
    };
    for log in logs {
        let bounds = store.bounds(*log).await.unwrap();
        sight.logs.push((bounds, kit::read(&**store, *log).await));
    }
    sight
}

/// The same sight under the term that holds now: only the next record's position has moved.
fn under(store: &dyn Store, sight: &Sight) -> Sight {
    let logs = sight.logs.iter().map(|(bounds, seen)| {
        let mut bounds = *bounds;
        bounds.next.term = store.term();
        bounds.first = seen.first().map_or(bounds.next, |seen| seen.position);
        (bounds, seen.clone())
    });
    Sight { facts: sight.facts.clone(), logs: logs.collect(), blobs: sight.blobs.clone() }
}
