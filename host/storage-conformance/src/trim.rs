//! What was trimmed is not shown any more, what was not is; numbers are not turned back.

use std::sync::Arc;

use super::Harness;
use super::kit::{self, ALL};
use storage::{LogId, Position, Store, Term};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    trimming_hides_up_to_a_record(harness).await;
    the_future_is_not_trimmed(harness).await;
    positions_of_other_terms(harness).await;
}

async fn trimming_hides_up_to_a_record(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let other = kit::new_log(&*store).await;
    kit::write(&*store, log, 1, &["a", "b", "c"]).await;
    kit::write(&*store, log, 1, &["d", "e"]).await;
    kit::write(&*store, other, 1, &["other"]).await;
    let all = kit::read(&*store, log).await;

    store.trim(log, Position::START).await.unwrap();
    assert_shown(&store, log, &["a", "b", "c", "d", "e"]).await;
    store.trim(log, all[0].position).await.unwrap();
    assert_shown(&store, log, &["a", "b", "c", "d", "e"]).await;
    store.trim(log, all[2].position).await.unwrap();
    assert_shown(&store, log, &["c", "d", "e"]).await;
    // Back is no direction.
    store.trim(log, all[1].position).await.unwrap();
    assert_shown(&store, log, &["c", "d", "e"]).await;
    store = harness.reopen(store).await;
    assert_shown(&store, log, &["c", "d", "e"]).await;
    store.trim(log, all[3].position).await.unwrap();
    assert_shown(&store, log, &["d", "e"]).await;
    kit::write(&*store, log, 1, &["f"]).await;
    assert_shown(&store, log, &["d", "e", "f"]).await;
    store.trim(log, all[4].position.next()).await.unwrap();
    assert_shown(&store, log, &["f"]).await;
    assert_eq!(kit::texts(&*store, other).await, ["other"]);
}

async fn the_future_is_not_trimmed(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    kit::write(&*store, log, 1, &["a", "b"]).await;
    let term = store.term();
    let beyond = |offset| Position { term, offset };
    for before in [beyond(2), beyond(1000), beyond(u64::MAX)] {
        store.trim(log, before).await.unwrap();
        assert_shown(&store, log, &[]).await;
    }
    let place = kit::write(&*store, log, 1, &["c", "d"]).await;
    assert_eq!(place.first, beyond(2));
    assert_shown(&store, log, &["c", "d"]).await;
    let later_term = Position { term: Term(u32::MAX), offset: 0 };
    store.trim(log, later_term).await.unwrap();
    assert_shown(&store, log, &[]).await;
    store = harness.reopen(store).await;
    assert_shown(&store, log, &[]).await;
    let place = kit::write(&*store, log, 1, &["e"]).await;
    assert_eq!(place.first.offset, 4);
    assert_shown(&store, log, &["e"]).await;
}

async fn positions_of_other_terms(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let first = kit::write(&*store, log, 1, &["a", "b"]).await.first;
    store = harness.reopen(store).await;
    kit::write(&*store, log, 1, &["c"]).await;
    // Beyond the end of its own term, before everything of the next.
    let between = Position { offset: first.offset + 1000, ..first };
    store.trim(log, between).await.unwrap();
    assert_shown(&store, log, &["c"]).await;
    store = harness.reopen(store).await;
    assert_shown(&store, log, &["c"]).await;
}

/// Every way to look at the log agrees that this is all there is.
async fn assert_shown(store: &Arc<dyn Store>, log: LogId, wanted: &[&str]) {
    assert_eq!(kit::texts(&**store, log).await, wanted);
    let bounds = store.bounds(log).await.unwrap();
    assert_eq!(bounds.next.term, store.term());
    let first = kit::read(&**store, log).await.first().map(|seen| seen.position);
    assert_eq!(bounds.first, first.unwrap_or(bounds.next));
    assert_eq!(store.seek(log, domain::Millis(0)).await.unwrap(), bounds.first);

    let chunk = store.read(log, Position::START, ALL).await.unwrap();
    assert_eq!(chunk.bounds, bounds);
    // Reading begins where nothing was trimmed, or at the first record that is kept.
    if bounds.first.offset > 0 {
        assert_eq!(chunk.from, bounds.first);
    }
    let last_kept = bounds.next.offset - bounds.first.offset;
    assert_eq!(u64::try_from(wanted.len()).unwrap(), last_kept);
}
