//! Single mishaps of the disk, each with what must come of it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use futures_util::future::join_all;
use storage::{Blob, Digest, Expect, Health, Kind, Log, LogId, Position, Store};

use crate::bed::{Bed, Opened, poll, run};
use crate::check::all_is_there;
use crate::disk::{Call, Failure, What};
use crate::gate::Gate;
use crate::ledger::{ALL, Plan, State};
use crate::nth_call::{BLOB, Base};
use crate::platter::{Image, Kind as Crash, Platter};

const DATABASE: &str = "shardmill.db";
const WAL: &str = "shardmill.db-wal";

fn plan(log: LogId, bytes: usize) -> Plan {
    let mut plan = Plan::new();
    plan.append(log, vec![(Bytes::from_static(b"key"), Bytes::from(vec![7; bytes]))]);
    plan
}

/// Commits, and notes it.
async fn commit(opened: &Opened, state: &mut State, plan: Plan) {
    state.commit(&plan, opened.store.term()).unwrap();
    opened.store.commit(plan.commit).await.unwrap();
}

fn on_thread(name: &str) -> bool {
    std::thread::current().name() == Some(name)
}

/// The sync of the database fails when `thread` copies the write-ahead log into it.
fn a_checkpoint_that_cannot_be_synced_fails_the_store(thread: &'static str, wal_bytes: u64) {
    run(async {
        let base = Base::make().await;
        let mut bed = base.bed();
        bed.options.wal_bytes = wal_bytes;
        let opened = bed.open().unwrap();
        bed.disk().obey(move |call| {
            let fails = call.name == DATABASE && call.what == What::Sync && on_thread(thread);
            if fails { Err(Failure::Io(0)) } else { Ok(()) }
        });
        let (mut state, term) = (base.state.clone(), opened.store.term().0);
        commit(&opened, &mut state, plan(base.logs[0], 400_000)).await;
        let mut failure = opened.store.failure();
        failure.wait_for(Option::is_some).await.unwrap();
        assert!(matches!(opened.store.health(), Health::Failed(_)));
        let refused = opened.store.new_ids(1).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Closed);
        bed.disk().mend();
        assert!(opened.close().await);
        all_is_there(&bed, &base.logs, &state, term).await;
    });
}

#[test]
fn a_checkpoint_of_the_checkpointer_that_cannot_be_synced_fails_the_store() {
    // It begins at 200,000 bytes, half of what is committed.
    a_checkpoint_that_cannot_be_synced_fails_the_store("store-checkpointer", 6_400_000);
}

#[test]
fn a_checkpoint_of_the_writer_that_cannot_be_synced_fails_the_store() {
    // It finishes at half of what is committed.
    a_checkpoint_that_cannot_be_synced_fails_the_store("store-writer", 200_000);
}

#[test]
fn a_read_that_panics_is_answered_and_the_next_one_is_done() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let reads_blob = |call: &Call<'_>| call.name.starts_with("blobs/");
        bed.disk().obey(move |call| {
            assert!(!(reads_blob(call) && on_thread("store-reader")), "told to panic");
            Ok(())
        });
        for _ in 0..5 {
            let failed = opened.store.get_blob(Digest::of(BLOB)).await.unwrap_err();
            assert_eq!(failed.kind(), Kind::Bug);
        }
        bed.disk().mend();
        let reads = (0..5).map(|_| opened.store.get_blob(Digest::of(BLOB)));
        assert!(join_all(reads).await.into_iter().all(|blob| blob.unwrap() == BLOB));
        assert_eq!(opened.store.health(), Health::Ready);
        assert!(opened.close().await);
    });
}

/// Frames go after somebody asked for them and before anybody looked: that is no damage.
#[test]
fn what_is_trimmed_under_a_read_or_a_seek_is_no_damage() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let (store, gate, log) = (Arc::clone(&opened.store), Gate::new(), base.logs[0]);
        let at_gate = gate.clone();
        bed.disk().obey(move |call| {
            if call.name.starts_with("blobs/") && call.what == What::Read {
                at_gate.pass();
            }
            Ok(())
        });
        // Both threads that read are held up, so what is asked now waits with what it knows of the log.
        let mut held = vec![store.get_blob(Digest::of(BLOB)), store.get_blob(Digest::of(BLOB))];
        held.iter_mut().for_each(|held| assert!(poll(held.as_mut()).is_pending()));
        gate.reached(2).await;
        let mut seek = pin!(store.seek(log, Millis(5)));
        let mut read = pin!(store.read(log, Position::START, ALL));
        assert!(poll(seek.as_mut()).is_pending() && poll(read.as_mut()).is_pending());
        let trimmed = &bed.options.metrics.storage.trimmed_frames;
        let (before, book) = (trimmed.get(), &base.state.logs[&log]);
        store.trim(log, book.records[9].position).await.unwrap();
        let mut other = base.state.clone();
        while trimmed.get() < before + 9 {
            commit(&opened, &mut other, plan(base.logs[1], 10)).await;
        }
        gate.open();
        assert!(join_all(held).await.into_iter().all(|blob| blob.unwrap() == BLOB));
        assert_eq!(seek.await.unwrap(), book.records[9].position);
        let read = read.await.unwrap();
        assert_eq!(read.records().count(), book.records.len() - 9);
        assert_eq!(opened.store.health(), Health::Ready);
        assert!(opened.close().await);
    });
}

/// What cannot be swept on a full disk is left for a while, not tried over and over.
#[test]
fn the_writer_rests_while_the_disk_is_full() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let tries = Arc::new(AtomicUsize::new(0));
        let (log, mut state, term) = (base.logs[0], base.state.clone(), opened.store.term().0);
        let before = state.logs[&log].records[9].position;
        // The trim itself is done; from then on there is no room.
        let (count, hidden) = (Arc::clone(&tries), AtomicUsize::new(0));
        bed.disk().obey(move |call| {
            let syncs = call.name == WAL && call.what == What::Sync;
            let writes = call.name == WAL && matches!(call.what, What::Write(..));
            if syncs {
                hidden.fetch_add(1, Ordering::SeqCst);
            }
            if writes && hidden.load(Ordering::SeqCst) > 0 {
                count.fetch_add(1, Ordering::SeqCst);
                return Err(Failure::Full(0));
            }
            Ok(())
        });
        state.trim(log, before);
        opened.store.trim(log, before).await.unwrap();
        for _ in 0..5 {
            let refused = opened.store.new_ids(1).await.unwrap_err();
            assert_eq!(refused.kind(), Kind::Full);
        }
        // Time enough for hundreds of sweeps.
        for _ in 0..2000 {
            opened.store.read(base.logs[1], Position::START, ALL).await.unwrap();
        }
        // One for each refusal, one of the sweep, and few for the seconds that the reads may have taken.
        let tries = tries.load(Ordering::SeqCst);
        assert!((5..50).contains(&tries), "{tries} tries");
        bed.disk().mend();
        state.next_id = opened.store.new_ids(1).await.unwrap() + 1;
        assert!(opened.close().await);
        all_is_there(&bed, &base.logs, &state, term).await;
    });
}

#[test]
fn while_a_sync_stalls_commits_wait_in_a_bounded_queue_and_none_is_lost() {
    const QUEUE: usize = 64 * 1024;
    const BYTES: usize = 8 * 1024;
    run(async {
        let base = Base::make().await;
        let mut bed = base.bed();
        bed.options.queue_bytes = QUEUE;
        let opened = bed.open().unwrap();
        let (gate, mut state) = (Gate::new(), base.state.clone());
        let at_gate = gate.clone();
        bed.disk().obey(move |call| {
            if call.name == WAL && call.what == What::Sync {
                at_gate.pass();
            }
            Ok(())
        });
        let (store, term) = (&opened.store, opened.store.term());
        let plans: Vec<Plan> = (0..100).map(|_| plan(base.logs[0], BYTES)).collect();
        plans.iter().for_each(|plan| state.commit(plan, term).unwrap());
        let commits = plans.into_iter().map(|plan| store.commit(plan.commit));
        let mut commits: Vec<_> = commits.collect();
        commits.iter_mut().for_each(|commit| assert!(poll(commit.as_mut()).is_pending()));
        gate.reached(1).await;
        commits.iter_mut().for_each(|commit| assert!(poll(commit.as_mut()).is_pending()));
        // Who reads does not wait.
        assert!(store.read(base.logs[1], Position::START, ALL).await.is_ok());
        gate.open();
        let mut groups = std::collections::BTreeMap::new();
        for done in join_all(commits).await {
            *groups.entry(done.unwrap().version).or_insert(0) += BYTES;
        }
        // A group is what waited while the one before it was synced.
        assert!(groups.values().all(|bytes| *bytes <= QUEUE), "{groups:?}");
        assert!(opened.close().await);
        all_is_there(&bed, &base.logs, &state, term.0).await;
    });
}

/// The first try renames the blob but cannot sync the name; the second finds it and must sync it all the
/// same before it says that it is there.
#[test]
fn a_blob_that_is_there_already_is_durable_when_it_is_put_again() {
    run(async {
        let bed = Bed::watched();
        bed.disk().record();
        let opened = bed.open().unwrap();
        let once = AtomicUsize::new(0);
        bed.disk().obey(move |call| {
            let syncs = call.name == "blobs" && call.what == What::SyncDir;
            let fails = syncs && once.fetch_add(1, Ordering::SeqCst) == 0;
            if fails { Err(Failure::Io(0)) } else { Ok(()) }
        });
        let blob = Bytes::from_static(BLOB);
        let failed = opened.store.put_blob(blob.clone()).await.unwrap_err();
        assert_eq!(failed.kind(), Kind::Unavailable);
        opened.store.put_blob(blob.clone()).await.unwrap();
        let events = bed.disk().recorded();
        assert!(opened.close().await);
        let platter = Platter::after(&Image::new(), &events);
        let bed = Bed::from(&platter.image(Crash::Dropped));
        let opened = bed.open().unwrap();
        assert_eq!(opened.store.get_blob(Digest::of(BLOB)).await.unwrap(), blob);
        assert!(opened.close().await);
    });
}

/// A commit whose sync fails may have happened: nobody is told that it did not, and nothing is tried again.
#[test]
fn a_commit_whose_sync_fails_is_indefinite_and_the_last() {
    run(async {
        let base = Base::make().await;
        let bed = base.bed();
        let opened = bed.open().unwrap();
        let syncs = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&syncs);
        bed.disk().obey(move |call| {
            let fails = call.name == WAL && call.what == What::Sync;
            count.fetch_add(usize::from(fails), Ordering::SeqCst);
            if fails { Err(Failure::Io(0)) } else { Ok(()) }
        });
        let (store, term) = (&opened.store, opened.store.term());
        let mut plan = plan(base.logs[0], 100);
        plan.fact(Bytes::from_static(b"new"), None, Expect::Absent);
        let mut after = base.state.clone();
        after.commit(&plan, term).unwrap();
        let answers = join_all((0..4).map(|_| store.commit(plan.commit.clone()))).await;
        let kinds: Vec<Kind> = answers.into_iter().map(|done| done.unwrap_err().kind()).collect();
        assert_eq!(kinds[0], Kind::Indefinite);
        assert!(kinds.iter().all(|kind| matches!(kind, Kind::Indefinite | Kind::Closed)));
        assert_eq!(syncs.load(Ordering::SeqCst), 1);
        assert!(store.failure().borrow().is_some());
        bed.disk().mend();
        let waited = tokio::time::timeout(Duration::from_secs(30), opened.close()).await;
        assert!(waited.unwrap());
        // All four in one group, the first alone, or none.
        let opened = bed.open().unwrap();
        assert_eq!(opened.store.health(), Health::Ready);
        let log = opened.store.read(base.logs[0], Position::START, ALL).await.unwrap();
        let extra = log.records().count() - base.state.logs[&base.logs[0]].records.len();
        assert!([0, 1, 4].contains(&extra), "{extra}");
        assert!(opened.close().await);
    });
}
