//! Things that go wrong while a store is open, or that one start leaves to the next.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::Millis;
use stdx::{Clock, Entropy, SeededEntropy, Tasks};
use storage::{Append, Commit, Health, Kind, Log, LogId, Position, RecordsBuilder, Store};
use storage_sqlite::{Sqlite, verify};

use crate::support::{ALL, Bed, Opened, SCOPE, meddle, run};

async fn create(opened: &Opened) -> LogId {
    let log = LogId(opened.store.new_ids(1).await.unwrap());
    let mut create = Commit::new(1, SCOPE);
    create.create_logs.push(log);
    opened.store.commit(create).await.unwrap();
    log
}

async fn append(opened: &Opened, log: LogId, data: &[u8]) -> storage::Result<()> {
    let mut records = RecordsBuilder::default();
    records.push(b"key", data);
    let mut commit = Commit::new(1, SCOPE);
    commit.appends.push(Append { log, records: records.finish(), arrival: Millis(5) });
    opened.store.commit(commit).await.map(drop)
}

async fn trim_all(opened: &Opened, log: LogId) {
    let next = opened.store.bounds(log).await.unwrap().next;
    opened.store.trim(log, next).await.unwrap();
}

async fn delete(opened: &Opened, log: LogId) {
    let mut delete = Commit::new(1, SCOPE);
    delete.delete_logs.push(log);
    opened.store.commit(delete).await.unwrap();
}

/// Commits until the store has nothing left to sweep: each group sweeps a bounded part.
async fn sweep(opened: &Opened, log: LogId) {
    for _ in 0..5 {
        append(opened, log, b"x").await.unwrap();
    }
}

async fn all(steps: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    let mut steps: Vec<_> = steps.into_iter().map(Some).collect();
    std::future::poll_fn(|cx| {
        for step in &mut steps {
            if step.as_mut().is_some_and(|step| step.as_mut().poll(cx).is_ready()) {
                *step = None;
            }
        }
        let done = steps.iter().all(Option::is_none);
        if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[test]
fn a_loss_stays_known_although_frames_wait_to_be_removed() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let (log, other) = (create(&opened).await, create(&opened).await);
        for _ in 0..8 {
            append(&opened, log, &vec![1; 4 << 20]).await.unwrap();
        }
        trim_all(&opened, log).await;
        // At once: most of what was trimmed is still there.
        opened.close().await;
        let old = bed.dir.read("shardmill.db").unwrap().unwrap();
        let opened = bed.open();
        append(&opened, other, b"acknowledged").await.unwrap();
        opened.close().await;
        bed.dir.replace("shardmill.db", &old, 0o600).unwrap();
        let trimmed = &bed.options.metrics.storage.trimmed_frames;
        let before = trimmed.get();
        for start in 0..3 {
            let opened = bed.open();
            let health = opened.store.health();
            assert!(matches!(health, Health::DataLossDetected(_)), "start {start}: {health:?}");
            assert_eq!(trimmed.get(), before);
            opened.close().await;
        }
    });
}

#[test]
fn a_log_that_is_deleted_while_its_last_frames_go_is_gone() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let busy = create(&opened).await;
        let big = vec![1; 9 << 20];
        for attempt in 0..20 {
            let log = create(&opened).await;
            for _ in 0..3 {
                append(&opened, log, &[1; 5000]).await.unwrap();
            }
            // One group takes the trim and the large commit, the next one the deletion and the sweep.
            let opened = &opened;
            all(vec![
                Box::pin(trim_all(opened, log)),
                Box::pin(async { append(opened, busy, &big).await.unwrap() }),
                Box::pin(delete(opened, log)),
            ])
            .await;
            trim_all(opened, busy).await;
            assert!(opened.store.bounds(log).await.is_err(), "attempt {attempt}");
            assert!(append(opened, log, b"ghost").await.is_err(), "attempt {attempt}");
        }
        sweep(&opened, busy).await;
        opened.close().await;
        assert_eq!(verify(&bed.dir, false, &mut |_| {}).unwrap().findings, Vec::<String>::new());
    });
}

#[test]
fn a_damaged_witness_leaves_reads_and_can_be_accepted() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = create(&opened).await;
        append(&opened, log, b"x").await.unwrap();
        opened.close().await;
        meddle(
            &bed,
            "UPDATE witness SET body = zeroblob(100)
             WHERE version = (SELECT max(version) FROM witness)",
        );
        let opened = bed.open();
        assert!(matches!(opened.store.health(), Health::DataLossDetected(_)));
        let chunk = opened.store.read(log, Position::START, ALL).await.unwrap();
        assert_eq!(chunk.records().count(), 1);
        opened.close().await;
        assert!(!verify(&bed.dir, true, &mut |_| {}).unwrap().findings.is_empty());
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        opened.close().await;
        assert_eq!(verify(&bed.dir, false, &mut |_| {}).unwrap().findings, Vec::<String>::new());
    });
}

#[test]
fn a_first_start_that_was_killed_before_its_mark_is_no_loss() {
    run(async {
        // The second as the power may leave it: with its length and without what was written.
        for mark in [&b""[..], &[0; 64]] {
            let bed = Bed::new();
            bed.open().close().await;
            bed.dir.replace("shardmill.mark", mark, 0o600).unwrap();
            let opened = bed.open();
            assert_eq!(opened.store.health(), Health::Ready);
            opened.close().await;
            bed.dir.replace("shardmill.mark", mark, 0o600).unwrap();
            let opened = bed.open();
            let health = opened.store.health();
            assert!(matches!(health, Health::DataLossDetected(_)), "{health:?}");
            opened.close().await;
        }
    });
}

#[test]
fn a_deleted_log_with_a_hole_is_removed_all_the_same() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let (log, other) = (create(&opened).await, create(&opened).await);
        for _ in 0..5 {
            append(&opened, log, &[1; 5000]).await.unwrap();
        }
        opened.close().await;
        meddle(&bed, "DELETE FROM frame WHERE id = (SELECT min(id) FROM frame) + 2");
        let opened = bed.open();
        delete(&opened, log).await;
        sweep(&opened, other).await;
        opened.close().await;
        let report = verify(&bed.dir, false, &mut |_| {}).unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
        assert_eq!((report.logs, report.records), (1, 5));
    });
}

#[test]
fn an_unreadable_page_stops_only_what_needs_it() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let (log, other) = (create(&opened).await, create(&opened).await);
        for batch in 0..40u8 {
            let mut data = vec![batch; 5000];
            data[..11].copy_from_slice(format!("marker-{batch:04}").as_bytes());
            append(&opened, log, &data).await.unwrap();
        }
        opened.close().await;
        ruin_page_with(&bed, b"marker-0012");
        for _start in 0..3 {
            let opened = bed.open();
            let next = opened.store.bounds(log).await.unwrap().next;
            let before = Position { offset: 30, ..next };
            // Whether it can be trimmed depends on which page it is; the rest goes on.
            let _ = opened.store.trim(log, before).await;
            sweep(&opened, other).await;
            assert!(!matches!(opened.store.health(), Health::Failed(_)));
            opened.close().await;
        }
    });
}

/// Makes the page that holds `marker` unreadable to SQLite.
fn ruin_page_with(bed: &Bed, marker: &[u8]) {
    let mut bytes = bed.dir.read("shardmill.db").unwrap().unwrap();
    let at = bytes.windows(marker.len()).position(|window| window == marker).unwrap();
    let page = at / 16384 * 16384;
    bytes[page..page + 12].fill(0xff);
    bed.dir.replace("shardmill.db", &bytes, 0o600).unwrap();
}

#[test]
fn a_trim_that_trims_nothing_writes_nothing() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = create(&opened).await;
        append(&opened, log, b"x").await.unwrap();
        trim_all(&opened, log).await;
        append(&opened, log, b"y").await.unwrap();
        let position = opened.store.bounds(log).await.unwrap().first;
        let commits = &bed.options.metrics.storage.commits;
        let before = commits.get();
        for _ in 0..10 {
            opened.store.trim(log, position).await.unwrap();
        }
        // A group that sweeps what the trim before left is no answer to these ten.
        assert!(commits.get() - before <= 1);
        opened.close().await;
    });
}

#[test]
fn a_reader_that_is_stuck_has_commits_refused_until_it_is_gone() {
    run(async {
        let mut bed = Bed::new();
        bed.options.wal_cap_bytes = 1 << 20;
        let opened = bed.open();
        let log = create(&opened).await;
        let reader = rusqlite::Connection::open(bed.dir.path().join("shardmill.db")).unwrap();
        let sql = "SELECT count(*) FROM frame";
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(reader.query_row(sql, [], |row| row.get(0)), Ok(0));
        let mut refused = None;
        for _ in 0..100 {
            refused = append(&opened, log, &[1; 100_000]).await.err();
            if refused.is_some() {
                break;
            }
        }
        let refused = refused.expect("the write-ahead log grows without end");
        assert_eq!(refused.kind(), Kind::Unavailable);
        assert!(bed.dir.size("shardmill.db-wal") < 2 << 20);
        reader.execute_batch("COMMIT").unwrap();
        let mut appended = Err(refused);
        while appended.is_err() {
            tokio::task::yield_now().await;
            appended = append(&opened, log, b"after").await;
        }
        assert_eq!(opened.store.health(), Health::Ready);
        opened.close().await;
        assert_eq!(verify(&bed.dir, false, &mut |_| {}).unwrap().findings, Vec::<String>::new());
    });
}

/// A clock that panics in the store's writer when told to.
#[derive(Debug)]
struct Bomb(AtomicBool);

impl Clock for Bomb {
    fn now(&self) -> Millis {
        Millis(1_790_000_000_000)
    }

    fn monotonic(&self) -> Duration {
        let writer = std::thread::current().name() == Some("store-writer");
        assert!(!(writer && self.0.load(Ordering::SeqCst)), "told to panic");
        Duration::ZERO
    }
}

#[test]
fn a_panic_of_the_writer_fails_the_store() {
    run(async {
        let bed = Bed::new();
        let bomb = Arc::new(Bomb(false.into()));
        let clock: Arc<dyn Clock> = Arc::clone(&bomb) as _;
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let tasks = Tasks::new();
        let store = Sqlite::open(&bed.dir, &bed.options, &clock, &entropy, &tasks).unwrap();
        store.new_ids(1).await.unwrap();
        bomb.0.store(true, Ordering::SeqCst);
        assert!(store.new_ids(1).await.is_err());
        let mut failure = store.failure();
        failure.wait_for(Option::is_some).await.unwrap();
        assert!(store.new_ids(1).await.is_err());
        assert!(matches!(store.health(), Health::Failed(_)));
        store.close();
        tasks.drained().await;
    });
}
