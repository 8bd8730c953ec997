//! Arrivals never fall along a log: an earlier one is raised to the log's newest.

use domain::Millis;

use super::Harness;
use super::kit::{self, commit};
use storage::Commit;

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let other = kit::new_log(&*store).await;
    assert_eq!(store.bounds(log).await.unwrap().last_arrival, Millis(0));

    assert_eq!(kit::write(&*store, log, 50, &["a"]).await.arrival, Millis(50));
    assert_eq!(kit::write(&*store, log, 40, &["b"]).await.arrival, Millis(50));
    let both = Commit {
        appends: vec![kit::append(log, 90, &["c"]), kit::append(log, 60, &["d", "e"])],
        ..commit()
    };
    let committed = store.commit(both).await.unwrap();
    let arrivals: Vec<_> = committed.appends.iter().map(|it| it.arrival.0).collect();
    assert_eq!(arrivals, [90, 90]);
    assert_eq!(store.bounds(log).await.unwrap().last_arrival, Millis(90));

    store = harness.reopen(store).await;
    assert_eq!(kit::write(&*store, log, 1, &["f"]).await.arrival, Millis(90));

    // Trimming everything does not turn the time back.
    let next = store.bounds(log).await.unwrap().next;
    store.trim(log, next).await.unwrap();
    assert_eq!(store.bounds(log).await.unwrap().last_arrival, Millis(90));
    kit::write(&*store, log, 2, &["g"]).await;
    // Further apart than a frame can tell.
    let far = 90 + (1 << 40);
    kit::write(&*store, log, far, &["h"]).await;

    let seen = kit::read(&*store, log).await;
    let arrivals: Vec<_> = seen.iter().map(|seen| seen.arrival.0).collect();
    assert_eq!(arrivals, [90, far]);
    let other_is_free = kit::write(&*store, other, 1, &["a"]).await;
    assert_eq!(other_is_free.arrival, Millis(1));
}
