//! When the mark is synced: each second, so that a power loss sets it back by at most that, and at the end.

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;
use storage::{Append, Commit, LogId, RecordsBuilder, Store};

use crate::bed::{Bed, Opened, run};
use crate::disk::{Change, Event, What};
use crate::gate::Gate;
use crate::ledger::SCOPE;

const MARK: &str = "shardmill.mark";
/// The thread that syncs looks at the clock each second.
const PATIENCE: Duration = Duration::from_secs(5);

/// A store with a log of which a record is ahead of its row: there is something left to write at the end.
async fn opened(bed: &Bed) -> Opened {
    let opened = bed.open().unwrap();
    let store = Arc::clone(&opened.store);
    let log = LogId(store.new_ids(1).await.unwrap());
    let mut commit = Commit::new(1, SCOPE);
    commit.create_logs.push(log);
    store.commit(commit).await.unwrap();
    for _ in 0..2 {
        let mut records = RecordsBuilder::default();
        records.push(b"key", b"data");
        let mut commit = Commit::new(1, SCOPE);
        commit.appends.push(Append { log, records: records.finish(), arrival: Millis(5) });
        store.commit(commit).await.unwrap();
    }
    opened
}

/// Lets seconds pass until the gate was reached so many times; one is enough, unless the thread that syncs has yet to
/// look at the clock for the first time.
async fn passes(bed: &Bed, gate: &Gate, times: usize) -> bool {
    for _second in 0..5 {
        bed.clock.advance(1000);
        if tokio::time::timeout(PATIENCE, gate.reached(times)).await.is_ok() {
            return true;
        }
    }
    false
}

#[test]
fn the_mark_is_synced_when_a_second_has_passed() {
    run(async {
        let bed = Bed::watched();
        let opened = opened(&bed).await;
        let synced = Gate::new();
        // It counts, and holds nothing up.
        synced.open();
        let counted = synced.clone();
        bed.disk().obey(move |call| {
            if call.name == MARK && call.what == What::Sync {
                counted.pass();
            }
            Ok(())
        });
        for time in 1..=2 {
            assert!(passes(&bed, &synced, time).await, "sync {time} of the mark does not come");
        }
        assert!(opened.close().await);
    });
}

#[test]
fn the_mark_is_synced_at_the_end() {
    run(async {
        let bed = Bed::watched();
        let opened = opened(&bed).await;
        bed.disk().record();
        // The clock stands still: nothing else syncs the mark.
        assert!(opened.close().await);
        let events = bed.disk().recorded();
        let of_mark = |event: &Event| match event {
            Event::Changed(name, change) if name == MARK => Some(change.clone()),
            Event::Changed(..) | Event::Known(_) => None,
        };
        let last = events.iter().rev().find_map(of_mark);
        assert!(matches!(last, Some(Change::Sync)), "{last:?}");
    });
}
