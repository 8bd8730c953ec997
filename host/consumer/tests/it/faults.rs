//! Stores that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use consumer::Settings;
use storage::faulty::{Call, Fate};
use storage::{Commit, Scope};

use crate::support::{Host, Script, numbers, until, within};

/// Gives the next so many calls of a kind a fate.
#[derive(Clone, Default)]
struct Faults(Arc<AtomicU32>);

impl Faults {
    fn next(&self, calls: u32) {
        self.0.store(calls, Ordering::Relaxed);
    }

    fn fate(&self, fate: &Fate) -> Fate {
        let take = |left: u32| left.checked_sub(1);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.map_or(Fate::Pass, |_| fate.clone())
    }

    fn of_commits(&self, fate: Fate) -> impl Fn(&Call<'_>) -> Fate + Send + Sync + 'static {
        let faults = self.clone();
        move |call| match call {
            Call::Commit(Commit { scope: Scope("consumer", _), .. }) => faults.fate(&fate),
            _ => Fate::Pass,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_fails_or_whose_answer_is_lost_happens_once() {
    for fate in [Fate::FailBefore, Fate::LoseAnswer] {
        let faults = Faults::default();
        let host = Host::failing(faults.of_commits(fate)).await;
        let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
        host.put_numbers(&stream, 0..10).await;
        let (id, script) = (host.begin(&stream).await, Script::copies(&target));
        script.hold();
        // The claim fails, too.
        faults.next(2);
        let settings = Settings { batch_records: 2, ..Settings::default() };
        let handle = host.start(id, &stream, settings, &script).await;
        script.was_given(1).await;
        faults.next(3);
        script.release();
        let troubled = "PROBLEM: the store takes no commits at the moment";
        until(&handle, |status| status.last_result == troubled).await;
        let status = until(&handle, |status| status.counters.records == 10).await;
        assert_eq!((status.counters.batches, status.last_result.as_str()), (5, "OK"));
        assert_eq!(script.given().len(), 5);
        assert_eq!(host.all(&target).await, numbers(0..10));
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_is_tried_again() {
    let faults = Faults::default();
    let failing = faults.clone();
    let host = Host::failing(move |call| match call {
        Call::Read(_) => failing.fate(&Fate::FailBefore),
        _ => Fate::Pass,
    })
    .await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..3).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    faults.next(4);
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let troubled = "PROBLEM: the stream cannot be read at the moment";
    until(&handle, |status| status.last_result == troubled).await;
    let status = until(&handle, |status| status.counters.records == 3).await;
    assert_eq!(status.last_result, "OK");
    assert_eq!(script.data(), [numbers(0..3)]);
}

#[tokio::test(start_paused = true)]
async fn who_stops_does_not_wait_for_a_store_that_fails() {
    let faults = Faults::default();
    let host = Host::failing(faults.of_commits(Fate::FailBefore)).await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..3).await;
    let (id, script) = (host.begin(&stream).await, Script::copies(&target));
    script.hold();
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    script.was_given(1).await;
    faults.next(u32::MAX);
    script.release();
    within(handle.stop()).await;
    assert_eq!(handle.status().last_result, "PROBLEM: the store takes no commits at the moment");
    assert!(host.all(&target).await.is_empty());
    // Also where not even the claim succeeds.
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    within(handle.stop()).await;
    faults.next(0);
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!(host.all(&target).await, numbers(0..3));
}
