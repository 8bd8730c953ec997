//! A disk that fills up, and has room again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use storage::{
    Append, Blob, Commit, Expect, FactWrite, Health, Kind, Log, LogId, Position, RecordsBuilder,
    Store,
};
use storage_sqlite::{FreeSpace, Reserve, verify};

use crate::support::{ALL, Bed, Opened, SCOPE, run};

const MIB: u64 = 1 << 20;

/// Says that so many bytes are free.
#[derive(Debug)]
struct Disk(AtomicU64);

impl FreeSpace for Disk {
    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.0.load(Ordering::SeqCst))
    }
}

impl Disk {
    fn has(&self, bytes: u64) {
        self.0.store(bytes, Ordering::SeqCst);
    }
}

fn bed() -> (Bed, Arc<Disk>) {
    let disk = Arc::new(Disk(AtomicU64::new(100 * MIB)));
    let mut bed = Bed::new();
    bed.options.reserve = Reserve { low_water_bytes: 8 * MIB, ballast_bytes: 2 * MIB };
    bed.options.free_space = Some(Arc::clone(&disk) as Arc<dyn FreeSpace>);
    (bed, disk)
}

async fn create(opened: &Opened) -> LogId {
    let log = LogId(opened.store.new_ids(1).await.unwrap());
    let mut create = Commit::new(1, SCOPE);
    create.create_logs.push(log);
    opened.store.commit(create).await.unwrap();
    log
}

fn append_of(tenant: u64, log: LogId, bytes: usize) -> Commit {
    let mut records = RecordsBuilder::default();
    records.push(b"key", &vec![7; bytes]);
    let mut commit = Commit::new(tenant, SCOPE);
    commit.appends.push(Append { log, records: records.finish(), arrival: Millis(5) });
    commit
}

async fn append(opened: &Opened, log: LogId, bytes: usize) -> storage::Result<()> {
    opened.store.commit(append_of(1, log, bytes)).await.map(drop)
}

async fn note(opened: &Opened) {
    let mut commit = Commit::new(1, SCOPE);
    let value = Some(Bytes::from_static(b"v"));
    commit.facts.push(FactWrite { key: "k".into(), value, expect: Expect::Anything });
    opened.store.commit(commit).await.unwrap();
}

/// Waits until something holds, which it must within two seconds.
async fn soon(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(2), wait).await.expect("it takes too long");
}

#[test]
fn records_are_refused_early_and_everything_else_goes_on() {
    run(async {
        let (bed, disk) = bed();
        let opened = bed.open();
        let storage = &bed.options.metrics.storage;
        assert_eq!(bed.dir.size("ballast"), 2 * MIB);
        assert_eq!(storage.ballast_bytes.get(), 2 << 20);
        let (log, other) = (create(&opened).await, create(&opened).await);
        append(&opened, log, 100).await.unwrap();
        append(&opened, log, 100).await.unwrap();
        append(&opened, other, 100).await.unwrap();

        disk.has(8 * MIB - 1);
        soon(async || append(&opened, log, 100).await.is_err()).await;
        let refused = append(&opened, log, 100).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Full);
        // Whoever it is, the account of development among them, but for what deletions need.
        let of_nobody = opened.store.commit(append_of(0, log, 100)).await.unwrap_err();
        assert_eq!(of_nobody.kind(), Kind::Full);
        let event = Commit { from_reserve: true, ..append_of(1, log, 100) };
        opened.store.commit(event).await.unwrap();
        assert_eq!(
            opened.store.put_blob(Bytes::from_static(b"b")).await.unwrap_err().kind(),
            Kind::Full
        );
        let health = opened.store.health();
        assert!(matches!(&health, Health::Full(text) if text.contains("8388608")), "{health:?}");
        assert_eq!((storage.disk_full.get(), storage.data_loss.get()), (1, 0));
        assert!(storage.disk_full_refusals.get() >= 2);
        assert!(bed.dir.exists("ballast"), "it is not needed yet");

        let chunk = opened.store.read(log, Position::START, ALL).await.unwrap();
        let kept = chunk.records().count();
        assert!(kept >= 2);
        let first = opened.store.bounds(log).await.unwrap().first;
        opened.store.trim(log, first.next()).await.unwrap();
        let mut delete = Commit::new(1, SCOPE);
        delete.delete_logs.push(other);
        opened.store.commit(delete).await.unwrap();
        note(&opened).await;
        opened.store.new_ids(1).await.unwrap();

        disk.has(4 * MIB - 1);
        // The file goes first, then its size is noted.
        soon(async || storage.ballast_bytes.get() == 0).await;
        assert!(!bed.dir.exists("ballast"));
        disk.has(8 * MIB);
        note(&opened).await;
        assert!(
            append(&opened, log, 100).await.is_err(),
            "what the ballast held is not for records"
        );

        disk.has(100 * MIB);
        soon(async || append(&opened, log, 100).await.is_ok()).await;
        soon(async || storage.ballast_bytes.get() == 2 * MIB as i64).await;
        assert_eq!(bed.dir.size("ballast"), 2 * MIB);
        assert_eq!(opened.store.health(), Health::Ready);
        assert_eq!(storage.disk_full.get(), 0);
        opened.close().await;
        assert_eq!(verify(&bed.dir, false, &mut |_| {}).unwrap().findings, Vec::<String>::new());
    });
}

#[test]
fn a_start_on_a_full_disk_serves_reads() {
    run(async {
        let (bed, disk) = bed();
        let opened = bed.open();
        let log = create(&opened).await;
        append(&opened, log, 100).await.unwrap();
        opened.close().await;
        disk.has(0);
        let opened = bed.open();
        assert!(matches!(opened.store.health(), Health::Full(_)));
        assert!(!bed.dir.exists("ballast"), "it is given up at once");
        let chunk = opened.store.read(log, Position::START, ALL).await.unwrap();
        assert_eq!(chunk.records().count(), 1);
        assert_eq!(append(&opened, log, 100).await.unwrap_err().kind(), Kind::Full);
        opened.close().await;
    });
}

async fn fill_and_trim(opened: &Opened, log: LogId, mebibytes: usize) {
    for _ in 0..mebibytes {
        append(opened, log, 1 << 20).await.unwrap();
    }
    let next = opened.store.bounds(log).await.unwrap().next;
    opened.store.trim(log, next).await.unwrap();
}

#[test]
fn the_file_shrinks_when_there_is_time_and_at_once_when_the_disk_is_full() {
    run(async {
        let (bed, disk) = bed();
        let opened = bed.open();
        let log = create(&opened).await;
        fill_and_trim(&opened, log, 60).await;
        let size = || bed.dir.size("shardmill.db");
        // Frames of the log before go, and what is kept is a quarter of what is left, or 16 MiB.
        while size() > 30 * MIB || size() == 0 {
            tokio::task::yield_now().await;
        }
        disk.has(MIB);
        soon(async || size() < 4 * MIB).await;
        disk.has(100 * MIB);
        soon(async || append(&opened, log, 100).await.is_ok()).await;
        opened.close().await;
        assert_eq!(verify(&bed.dir, false, &mut |_| {}).unwrap().findings, Vec::<String>::new());
    });
}
