//! Frames that nobody may see are removed in the end, whatever comes between.

use std::sync::Arc;

use bytes::Bytes;
use storage::{Expect, Kind, Log, Position, Store};
use storage_sqlite::Sqlite;

use crate::bed::{Bed, run};
use crate::check::all_is_there;
use crate::disk::{Failure, What};
use crate::ledger::{Plan, State};
use crate::nth_call::Base;

const WAL: &str = "shardmill.db-wal";

/// Waits until so many frames are gone; a test that waits for too long has failed.
async fn removed(bed: &Bed, frames: usize) {
    let storage = &bed.options.metrics.storage;
    while storage.trimmed_frames.get() < frames as u64 {
        tokio::task::yield_now().await;
    }
    assert_eq!(storage.trimmed_frames.get(), frames as u64);
}

fn note() -> Plan {
    let mut plan = Plan::new();
    plan.fact(Bytes::from_static(b"a fact"), Some(Bytes::new()), Expect::Anything);
    plan
}

/// Appends a frame of so many records; where the middle one of them is.
async fn append(store: &Arc<Sqlite>, base: &Base, state: &mut State, count: usize) -> Position {
    let log = base.logs[0];
    let mut plan = Plan::new();
    plan.append(log, vec![(Bytes::from_static(b"key"), Bytes::from_static(b"data")); count]);
    state.commit(&plan, store.term()).unwrap();
    store.commit(plan.commit).await.unwrap();
    let records = &state.logs[&log].records;
    records[records.len() - count.div_ceil(2)].position
}

async fn trim(store: &Arc<Sqlite>, base: &Base, state: &mut State, before: Position) {
    state.trim(base.logs[0], before);
    store.trim(base.logs[0], before).await.unwrap();
}

#[test]
fn a_disk_that_is_full_during_a_sweep_only_delays_it() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let (store, mut state) = (Arc::clone(&opened.store), base.state.clone());
        let frames = state.logs[&base.logs[0]].records.len();
        let middle = append(&store, &base, &mut state, 10).await;
        trim(&store, &base, &mut state, middle).await;
        bed.disk().obey(|call| match call.what {
            What::Write(..) if call.name == WAL => Err(Failure::Full(0)),
            _ => Ok(()),
        });
        for _ in 0..3 {
            let refused = store.commit(note().commit).await.unwrap_err();
            assert_eq!(refused.kind(), Kind::Full);
        }
        assert_eq!(bed.options.metrics.storage.trimmed_frames.get(), 0);
        bed.disk().mend();
        removed(&bed, frames).await;
        let term = store.term().0;
        drop(store);
        assert!(opened.close().await);
        all_is_there(&bed, &base.logs, &state, term).await;
    });
}

#[test]
fn what_is_left_of_a_frame_goes_when_the_log_begins_behind_it() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let mut state = base.state.clone();
        let mut frames = state.logs[&base.logs[0]].records.len();
        // In one life and in the next, each time with a frame more that was begun.
        for _ in 0..2 {
            let opened = bed.open().unwrap();
            let store = Arc::clone(&opened.store);
            for _ in 0..3 {
                let middle = append(&store, &base, &mut state, 10).await;
                trim(&store, &base, &mut state, middle).await;
                removed(&bed, frames).await;
                // It touches the log, and brings nothing to remove.
                append(&store, &base, &mut state, 1).await;
                frames += 2;
            }
            drop(store);
            assert!(opened.close().await);
        }
        let opened = bed.open().unwrap();
        let store = Arc::clone(&opened.store);
        let last = append(&store, &base, &mut state, 1).await;
        trim(&store, &base, &mut state, last).await;
        removed(&bed, frames).await;
        let term = store.term().0;
        drop(store);
        assert!(opened.close().await);
        all_is_there(&bed, &base.logs, &state, term).await;
    });
}
