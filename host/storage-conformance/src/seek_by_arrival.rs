//! Seeking finds the first kept record that arrived at or after a moment.

use domain::Millis;

use super::Harness;
use super::kit::{self, Seen, commit};
use storage::{Commit, LogId, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    kit::write(&*store, log, 10, &["a"]).await;
    // Several arrivals in one frame, equal ones in one and in several, one that is raised.
    let mixed = [(20, "b"), (20, "c"), (31, "d"), (25, "e"), (40, "f")];
    let appends = mixed.map(|(arrival, text)| kit::append(log, arrival, &[text]));
    let appends = appends.into();
    store.commit(Commit { appends, ..commit() }).await.unwrap();
    kit::write(&*store, log, 40, &["g", "h"]).await;
    store = harness.reopen(store).await;
    kit::write(&*store, log, 40, &["i"]).await;
    kit::write(&*store, log, 60, &["j"]).await;

    let all = kit::read(&*store, log).await;
    assert_eq!(all.len(), 10);
    every_moment(&*store, log, &all).await;
    for kept in [1, 3, 6, 9, 10] {
        let next = store.bounds(log).await.unwrap().next;
        let before = all.get(kept).map_or(next, |seen| seen.position);
        store.trim(log, before).await.unwrap();
        every_moment(&*store, log, &all[kept..]).await;
        store = harness.reopen(store).await;
        every_moment(&*store, log, &all[kept..]).await;
    }
    let place = kit::write(&*store, log, 70, &["k"]).await;
    assert_eq!(store.seek(log, Millis(65)).await.unwrap(), place.first);
}

async fn every_moment(store: &dyn Store, log: LogId, kept: &[Seen]) {
    let next = store.bounds(log).await.unwrap().next;
    for moment in (0..70).chain([u64::MAX]).map(Millis) {
        let wanted = kept.iter().find(|seen| seen.arrival >= moment);
        let wanted = wanted.map_or(next, |seen| seen.position);
        assert_eq!(store.seek(log, moment).await.unwrap(), wanted, "at {moment:?}");
    }
}
