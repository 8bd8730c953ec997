//! Copies of a store that works on: one moment, whole, and a store of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use bytes::Bytes;
use domain::Millis;
use futures_util::future::join3;
use stdx::{Clock, DataDir, Entropy, SeededEntropy};
use storage::{
    Append, Blob, Commit, Expect, FactWrite, Health, Kind, Log, LogId, Meta, Position,
    RecordsBuilder, Store,
};
use storage_sqlite::{Copied, Progress, Sqlite, make_own, verify, verify_frozen};

use crate::support::{ALL, Bed, Opened, SCOPE, meddle, run};

/// So many turns of a copy wait for commits.
const HELD: usize = 5;

async fn create(opened: &Opened) -> LogId {
    let log = LogId(opened.store.new_ids(1).await.unwrap());
    let mut create = Commit::new(1, SCOPE);
    create.create_logs.push(log);
    opened.store.commit(create).await.unwrap();
    log
}

/// One commit: a record that holds `number`, and a fact that says so.
async fn append(opened: &Opened, log: LogId, number: u64, bytes: usize) -> Position {
    let mut data = vec![7; bytes];
    data[..8].copy_from_slice(&number.to_le_bytes());
    let mut records = RecordsBuilder::default();
    records.push(b"key", &data);
    let mut commit = Commit::new(1, SCOPE);
    commit.appends.push(Append { log, records: records.finish(), arrival: Millis(5) });
    let value = Some(Bytes::copy_from_slice(&number.to_le_bytes()));
    commit.facts.push(FactWrite { key: "newest".into(), value, expect: Expect::Anything });
    opened.store.commit(commit).await.unwrap().appends[0].first
}

async fn numbers(store: &Sqlite, log: LogId) -> Vec<u64> {
    let chunk = store.read(log, Position::START, ALL).await.unwrap();
    let number = |data: &[u8]| u64::from_le_bytes(data[..8].try_into().unwrap());
    chunk.records().map(|(_, record)| number(record.data)).collect()
}

/// Copies on a thread of its own.
fn copy(
    opened: &Opened,
    to: &DataDir,
    progress: impl Fn(Progress) -> bool + Send + 'static,
) -> JoinHandle<storage::Result<Copied>> {
    let (store, to) = (Arc::clone(&opened.store), to.clone());
    opened.tasks.thread("copy", move || store.back_up(&to, progress)).unwrap()
}

fn own(bed: &Bed, seed: u64) -> storage::Term {
    let clock: Arc<dyn Clock> = Arc::new(bed.clock.clone());
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
    make_own(&bed.dir, &clock, &entropy).unwrap()
}

#[test]
fn a_copy_under_load_is_one_moment_and_ends() {
    run(async {
        let (bed, to) = (Bed::new(), Bed::new());
        let opened = bed.open();
        let log = create(&opened).await;
        let mut acknowledged = 0;
        for _ in 0..200 {
            append(&opened, log, acknowledged, 100_000).await;
            acknowledged += 1;
        }
        let before = acknowledged;
        let turns = Arc::new(AtomicUsize::new(0));
        let (at, reached) = sync_channel(1);
        let (go, on) = sync_channel(1);
        let count = Arc::clone(&turns);
        let copying = copy(&opened, &to.dir, move |_| {
            if count.fetch_add(1, Ordering::SeqCst) < HELD {
                at.send(()).unwrap();
                on.recv().unwrap();
            }
            true
        });
        let mut held = 0;
        while !copying.is_finished() {
            // Its first turns wait until something is asked for, so that as many commits fall into the copy.
            let is_held = held < HELD;
            if is_held {
                reached.recv().unwrap();
                held += 1;
            }
            let go_on = async {
                if is_held {
                    go.send(()).unwrap();
                }
            };
            // Frames at the beginning go while pages are copied.
            let before = Position { offset: acknowledged / 8, ..Position::START };
            let before = Position { term: opened.store.term(), ..before };
            let append = append(&opened, log, acknowledged, 100_000);
            let (_, trimmed, ()) = join3(append, opened.store.trim(log, before), go_on).await;
            trimmed.unwrap();
            acknowledged += 1;
        }
        let copied = copying.join().unwrap().unwrap();
        let turns = turns.load(Ordering::SeqCst);
        assert!((10..1000).contains(&turns), "the copy took {turns} turns");
        opened.close().await;

        let report = verify_frozen(&to.dir, &mut |_| {}).unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
        assert_eq!(report.version, copied.version);
        assert_eq!(to.dir.names().unwrap(), ["blobs", "shardmill.db", "shardmill.mark"]);
        let copy = to.open();
        let kept = numbers(&copy.store, log).await;
        let (first, last) = (kept[0], *kept.last().unwrap());
        assert_eq!(kept, (first..=last).collect::<Vec<_>>(), "a prefix without holes");
        assert!(last + 1 >= before && last < acknowledged, "{last} of {before}..{acknowledged}");
        let fact = copy.store.get(&SCOPE, b"newest").await.unwrap().unwrap();
        assert_eq!(*fact.value, last.to_le_bytes(), "facts and records are of one moment");
        copy.close().await;
    });
}

#[cfg(unix)]
#[test]
fn files_of_a_new_store_and_of_a_copy_are_for_their_owner_only() {
    run(async {
        let (bed, to, old) = (Bed::new(), Bed::new(), Bed::new());
        let opened = bed.open();
        let log = create(&opened).await;
        append(&opened, log, 0, 5000).await;
        for name in ["shardmill.db", "shardmill.db-wal", "shardmill.db-shm", "shardmill.mark"] {
            assert_eq!(bed.dir.mode(name), Some(0o600), "{name}");
        }
        copy(&opened, &to.dir, |_| true).join().unwrap().unwrap();
        for name in ["shardmill.db", "shardmill.mark"] {
            assert_eq!(to.dir.mode(name), Some(0o600), "{name} of the copy");
        }
        opened.close().await;
        // What its owner gave others stays.
        drop(old.dir.create("shardmill.db", 0o640).unwrap());
        let opened = old.open();
        for name in ["shardmill.db", "shardmill.db-wal"] {
            assert_eq!(old.dir.mode(name), Some(0o640), "{name}");
        }
        opened.close().await;
    });
}

#[test]
fn a_copy_that_became_a_store_of_its_own_shares_no_numbers_with_the_other() {
    run(async {
        let (bed, to, other) = (Bed::new(), Bed::new(), Bed::new());
        let opened = bed.open();
        let log = create(&opened).await;
        let first = append(&opened, log, 0, 5000).await;
        for to in [&to, &other] {
            copy(&opened, &to.dir, |_| true).join().unwrap().unwrap();
        }
        // The original lives on, and is opened again later.
        let after = append(&opened, log, 1, 5000).await;
        let id = opened.store.new_ids(1).await.unwrap();
        opened.close().await;
        bed.clock.advance(1000);
        let opened = bed.open();
        let later = append(&opened, log, 2, 5000).await;
        opened.close().await;

        let terms = [own(&to, 3), own(&other, 4)];
        assert_ne!(terms[0], terms[1]);
        for (copy, term) in [&to, &other].into_iter().zip(terms) {
            assert_eq!(
                verify(&copy.dir, false, &mut |_| {}).unwrap().findings,
                Vec::<String>::new()
            );
            let reopened = copy.open();
            assert_eq!(reopened.store.health(), Health::Ready);
            assert!(reopened.store.term() > term);
            assert_eq!(numbers(&reopened.store, log).await, [0]);
            let next = append(&reopened, log, 9, 5000).await;
            assert!(next > first && next > after && next > later, "{next:?} {later:?}");
            assert!(reopened.store.new_ids(1).await.unwrap() > id + 1000);
            reopened.close().await;
        }
        // A mark of the original does not pass for one of the copy's.
        let mark = bed.dir.read("shardmill.mark").unwrap().unwrap();
        to.dir.replace("shardmill.mark", &mark, 0o600).unwrap();
        let reopened = to.open();
        assert!(matches!(reopened.store.health(), Health::DataLossDetected(_)));
        reopened.close().await;
    });
}

#[test]
fn blobs_are_copied_and_stay_meanwhile() {
    run(async {
        let (bed, to) = (Bed::new(), Bed::new());
        let opened = bed.open();
        let log = create(&opened).await;
        for number in 0..30 {
            append(&opened, log, number, 100_000).await;
        }
        let blob = opened.store.put_blob(Bytes::from_static(b"a component")).await.unwrap();
        let (at, reached) = sync_channel(1);
        let (go, on) = sync_channel::<()>(1);
        let (store, dir) = (Arc::clone(&opened.store), to.dir.clone());
        let progress = move |_| {
            if at.try_send(()).is_ok() {
                on.recv().unwrap();
            }
            true
        };
        let copying = opened.tasks.thread("copy", move || store.back_up(&dir, progress)).unwrap();
        reached.recv().unwrap();
        let refused = opened.store.delete_blob(blob).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Unavailable);
        let second = opened.store.back_up(&Bed::new().dir, |_| true).unwrap_err();
        assert_eq!(second.kind(), Kind::Conflict);
        drop(reached);
        go.send(()).unwrap();
        assert_eq!(copying.join().unwrap().unwrap().blobs, 1);
        opened.store.delete_blob(blob).await.unwrap();
        opened.close().await;
        let copy = to.open();
        assert_eq!(copy.store.get_blob(blob).await.unwrap(), "a component");
        copy.close().await;
    });
}

#[test]
fn what_cannot_be_copied_is_refused_and_the_store_goes_on() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = create(&opened).await;
        append(&opened, log, 0, 5000).await;
        let full = Bed::new();
        full.dir
            .replace("shardmill.db", b"something else, and not a database at all", 0o600)
            .unwrap();
        assert!(opened.store.back_up(&full.dir, |_| true).is_err());
        append(&opened, log, 1, 5_000_000).await;
        let given_up = opened.store.back_up(&Bed::new().dir, |_| false).unwrap_err();
        assert_eq!(given_up.kind(), Kind::Refused);
        append(&opened, log, 2, 5000).await;
        let (store, to) = (Arc::clone(&opened.store), Bed::new());
        opened.close().await;
        assert_eq!(store.back_up(&to.dir, |_| true).unwrap_err().kind(), Kind::Closed);
        drop(store);
        meddle(&bed, "DELETE FROM log");
        let opened = bed.open();
        let refused = opened.store.back_up(&Bed::new().dir, |_| true).unwrap_err();
        assert_eq!(refused.kind(), Kind::Damaged);
        opened.close().await;
    });
}

#[test]
fn a_store_that_is_closed_ends_its_copy() {
    run(async {
        let (bed, to) = (Bed::new(), Bed::new());
        let opened = bed.open();
        let log = create(&opened).await;
        for number in 0..30 {
            append(&opened, log, number, 100_000).await;
        }
        let (at, reached) = sync_channel(1);
        let (go, on) = sync_channel::<()>(1);
        let (store, dir) = (Arc::clone(&opened.store), to.dir.clone());
        let is_held = AtomicBool::new(true);
        let progress = move |_| {
            if is_held.swap(false, Ordering::Relaxed) {
                at.send(()).unwrap();
                on.recv().unwrap();
            }
            true
        };
        let copying = opened.tasks.thread("copy", move || store.back_up(&dir, progress)).unwrap();
        reached.recv().unwrap();
        opened.store.close();
        go.send(()).unwrap();
        assert_eq!(copying.join().unwrap().unwrap_err().kind(), Kind::Closed);
        opened.close().await;
        assert_eq!(verify(&bed.dir, false, &mut |_| {}).unwrap().findings, Vec::<String>::new());
    });
}
