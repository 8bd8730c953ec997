//! What the scrub of an open store finds, and what it takes for no damage.

use std::cell::Cell;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use storage::{Append, Blob, Commit, Expect, FactWrite, Health, Log, LogId, RecordsBuilder, Store};
use storage_sqlite::verify;

use crate::support::{Bed, Opened, SCOPE, meddle, run};

/// The scrub's thread gives way to all others, and takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

fn fact(key: &str, value: Option<Vec<u8>>) -> FactWrite {
    let key = Bytes::copy_from_slice(key.as_bytes());
    FactWrite { key, value: value.map(Bytes::from), expect: Expect::Anything }
}

fn records(log: LogId, bytes: usize) -> Append {
    let mut records = RecordsBuilder::default();
    records.push(b"key", &vec![1; bytes]);
    Append { log, records: records.finish(), arrival: Millis(5) }
}

async fn create(opened: &Opened) -> LogId {
    let log = LogId(opened.store.new_ids(1).await.unwrap());
    let mut create = Commit::new(1, SCOPE);
    create.create_logs.push(log);
    opened.store.commit(create).await.unwrap();
    log
}

/// A store with two logs, some facts, a blob, and the witnesses of all that.
async fn fill(opened: &Opened) {
    let logs = [create(opened).await, create(opened).await];
    for number in 0..20 {
        let mut commit = Commit::new(1, SCOPE);
        commit.facts.push(fact(&format!("key-{number}"), Some(vec![2; 100])));
        commit.appends = logs.map(|log| records(log, 1000)).into();
        opened.store.commit(commit).await.unwrap();
    }
    opened.store.put_blob(Bytes::from_static(b"component")).await.unwrap();
}

#[test]
fn a_sound_store_stays_ready() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        assert_eq!(opened.store.scrub_once().await.unwrap(), Vec::<String>::new());
        fill(&opened).await;
        assert_eq!(opened.store.scrub_once().await.unwrap(), Vec::<String>::new());
        assert_eq!(opened.store.health(), Health::Ready);
        opened.close().await;
    });
}

/// Damage, as SQL that SQLite itself does not notice, and what is said of it.
const DAMAGES: [(&str, &str); 8] = [
    ("UPDATE fact SET value = zeroblob(100) WHERE key = CAST('key-7' AS BLOB)", "fact in test 1"),
    ("UPDATE fact SET version = version - 1 WHERE key = CAST('key-7' AS BLOB)", "fact in test 1"),
    ("DELETE FROM fact WHERE key = CAST('key-7' AS BLOB)", "facts are missing"),
    ("UPDATE log SET state = zeroblob(119) WHERE slot = (SELECT max(slot) FROM log)", "log row "),
    ("DELETE FROM log WHERE slot = (SELECT max(slot) FROM log)", "log rows are missing"),
    ("UPDATE witness SET body = zeroblob(113) WHERE version = 9", "witness 9 fails its checksum"),
    ("DELETE FROM witness WHERE version = 9", "witness 10 does not follow 8"),
    ("UPDATE frame SET frame = zeroblob(1100) WHERE id = 9", "checksum does not match"),
];

#[test]
fn damage_of_each_kind_is_found_while_the_store_is_open() {
    run(async {
        for (sql, text) in DAMAGES {
            let bed = Bed::new();
            let opened = bed.open();
            fill(&opened).await;
            meddle(&bed, sql);
            let found = opened.store.scrub_once().await.unwrap();
            assert!(found.iter().any(|finding| finding.contains(text)), "{sql}: {found:?}");
            assert!(matches!(opened.store.health(), Health::Damaged(_)), "{sql}");
            opened.close().await;
        }
    });
}

#[test]
fn damage_is_found_although_nobody_asks() {
    run(async {
        let mut bed = Bed::new();
        let opened = bed.open();
        fill(&opened).await;
        opened.close().await;
        meddle(&bed, "UPDATE witness SET body = zeroblob(113) WHERE version = 9");
        bed.options.scrub_rest = Duration::ZERO;
        let opened = bed.open();
        let damage = async {
            loop {
                match opened.store.health() {
                    Health::Damaged(text) => return text,
                    health => assert_eq!(health, Health::Ready),
                }
                tokio::task::yield_now().await;
            }
        };
        let told = tokio::time::timeout(PATIENCE, damage).await.expect("nobody reads");
        assert!(told.contains("witness 9 fails its checksum"), "{told}");
        opened.close().await;
    });
}

#[test]
fn a_damaged_blob_is_found_and_a_leftover_is_none() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        fill(&opened).await;
        let blobs = bed.dir.open_subdir("blobs").unwrap();
        blobs.replace("leftover", b"of an interrupted write", 0o600).unwrap();
        assert_eq!(opened.store.scrub_once().await.unwrap(), Vec::<String>::new());
        let digest = opened.store.list_blobs().await.unwrap()[0];
        blobs.replace(&digest.to_string(), b"compenent", 0o600).unwrap();
        let found = opened.store.scrub_once().await.unwrap();
        assert_eq!(found, [format!("blob {digest} no longer has its digest")]);
        opened.close().await;
    });
}

/// Commits of all kinds, one of which is always under way while the scrub reads: facts that change and go, logs that are
/// made, trimmed and deleted, sweeps, blobs that come and go. It goes on until all facts were written several times and
/// nobody wants more.
async fn change_everything(opened: &Opened, goes_on: impl Fn() -> bool) {
    let store = &*opened.store;
    let kept = create(opened).await;
    for number in (0..).take_while(|number| *number < 150 || goes_on()) {
        let log = create(opened).await;
        let mut commit = Commit::new(1, SCOPE);
        // More than one look sees.
        let value = vec![3; 1 << 18];
        commit.facts.push(fact(&format!("large-{}", number % 30), Some(value)));
        commit.facts.push(fact(&format!("gone-{}", number % 7), (number % 2 == 0).then(Vec::new)));
        commit.appends = vec![records(log, 3000), records(kept, 3000)];
        store.commit(commit).await.unwrap();
        for _ in 0..3 {
            // Groups of nothing but appends are synced beside the next.
            let mut commit = Commit::new(1, SCOPE);
            commit.appends = vec![records(kept, 3000)];
            store.commit(commit).await.unwrap();
        }
        if number % 3 == 0 {
            let next = store.bounds(kept).await.unwrap().next;
            store.trim(kept, next).await.unwrap();
        }
        let mut commit = Commit::new(1, SCOPE);
        commit.delete_logs.push(log);
        store.commit(commit).await.unwrap();
        let digest = store.put_blob(Bytes::from(vec![1; number])).await.unwrap();
        store.delete_blob(digest).await.unwrap();
    }
}

#[test]
fn nothing_is_found_beside_a_writer() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let (rounds, is_done) = (Cell::new(0), Cell::new(false));
        let changing = async {
            change_everything(&opened, || rounds.get() < 10).await;
            is_done.set(true);
        };
        let scrubbing = async {
            while !is_done.get() {
                assert_eq!(opened.store.scrub_once().await.unwrap(), Vec::<String>::new());
                rounds.set(rounds.get() + 1);
            }
        };
        futures_util::future::join(changing, scrubbing).await;
        assert_eq!(opened.store.health(), Health::Ready);
        opened.close().await;
        assert_eq!(verify(&bed.dir, false, &mut |_| {}).unwrap().findings, Vec::<String>::new());
    });
}
