//! What the files are for: a store that is closed, copied, shortened or altered.

use bytes::Bytes;
use domain::Millis;
use storage::{
    Append, Commit, Expect, FactWrite, Health, Kind, Log, LogId, Meta, Position, ReadLimits,
    RecordsBuilder, Store,
};
use storage_sqlite::{Report, inspect, verify};

use crate::support::{ALL, Bed, Opened, SCOPE, meddle, run};

async fn fill(opened: &Opened, batches: u8) -> LogId {
    let log = LogId(opened.store.new_ids(1).await.unwrap());
    let mut create = Commit::new(1, SCOPE);
    create.create_logs.push(log);
    opened.store.commit(create).await.unwrap();
    for batch in 0..batches {
        append(opened, log, &[batch; 5000]).await;
    }
    log
}

async fn append(opened: &Opened, log: LogId, data: &[u8]) -> Position {
    let mut records = RecordsBuilder::default();
    records.push(b"key", data);
    let mut commit = Commit::new(1, SCOPE);
    commit.appends.push(Append { log, records: records.finish(), arrival: Millis(5) });
    let key = Bytes::copy_from_slice(&data[..1]);
    let value = Some(Bytes::copy_from_slice(data));
    commit.facts.push(FactWrite { key, value, expect: Expect::Anything });
    opened.store.commit(commit).await.unwrap().appends[0].first
}

async fn count(opened: &Opened, log: LogId) -> usize {
    opened.store.read(log, Position::START, ALL).await.unwrap().records().count()
}

fn check(bed: &Bed) -> Report {
    verify(&bed.dir, false, &mut |_| {}).unwrap()
}

#[test]
fn a_sound_store_verifies() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = fill(&opened, 20).await;
        opened.close().await;
        let report = check(&bed);
        assert_eq!(report.findings, Vec::<String>::new());
        assert_eq!((report.logs, report.records), (1, 20));
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        assert_eq!(count(&opened, log).await, 20);
        opened.close().await;
    });
}

#[test]
fn an_older_copy_of_the_database_is_noticed_read_only_and_acceptable() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = fill(&opened, 5).await;
        opened.close().await;
        let old = bed.dir.read("shardmill.db").unwrap().unwrap();
        let opened = bed.open();
        let lost = append(&opened, log, b"lost").await;
        opened.close().await;
        bed.dir.replace("shardmill.db", &old, 0o600).unwrap();

        let opened = bed.open();
        assert!(matches!(opened.store.health(), Health::DataLossDetected(_)));
        assert_eq!(count(&opened, log).await, 5);
        let refused = opened.store.commit(Commit::new(1, SCOPE)).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Unavailable);
        opened.close().await;

        assert!(!check(&bed).findings.is_empty());
        let report = verify(&bed.dir, true, &mut |_| {}).unwrap();
        assert!(!report.accepted.is_empty());
        assert_eq!(check(&bed).findings, Vec::<String>::new());
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        let next = append(&opened, log, b"next").await;
        assert_eq!(next.offset, lost.offset);
        assert!(next > lost, "a position is never given twice");
        // Who had read up to the lost record goes on with what was written since.
        let chunk = opened.store.read(log, lost.next(), ALL).await.unwrap();
        let seen: Vec<_> = chunk.records().map(|(_, record)| record.data.to_vec()).collect();
        assert_eq!(seen, [b"next".to_vec()]);
        opened.close().await;
    });
}

/// All files of a store that is closed, as somebody may keep and put back.
fn files(bed: &Bed) -> Vec<(String, Vec<u8>)> {
    let names = bed.dir.names().unwrap().into_iter().filter(|name| bed.dir.is_file(name));
    names.map(|name| (name.clone(), bed.dir.read(&name).unwrap().unwrap())).collect()
}

#[test]
fn a_copy_that_is_put_back_gives_no_position_that_was_given_since() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = fill(&opened, 5).await;
        opened.close().await;
        let kept = files(&bed);
        let opened = bed.open();
        let undone = append(&opened, log, b"undone").await;
        opened.close().await;
        files(&bed).iter().for_each(|(name, _)| bed.dir.remove(name).unwrap());
        kept.iter().for_each(|(name, bytes)| bed.dir.replace(name, bytes, 0o600).unwrap());
        // No file knows of that opening any more: only the clock tells that there may have been one.
        bed.clock.advance(10_000);
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        let next = append(&opened, log, b"next").await;
        assert_eq!(next.offset, undone.offset);
        assert!(next.term > undone.term, "{next:?} after {undone:?}");
        opened.close().await;
    });
}

#[test]
fn rows_that_go_missing_are_noticed_at_start() {
    for sql in [
        "DELETE FROM frame WHERE id = (SELECT max(id) FROM frame)",
        "DELETE FROM fact WHERE scope = 'test' AND key = (SELECT max(key) FROM fact WHERE scope = 'test')",
        "DELETE FROM log",
        "DELETE FROM witness WHERE version = (SELECT max(version) FROM witness)",
        "UPDATE fact SET value = zeroblob(3) WHERE scope = 'test'",
        "UPDATE log SET state = zeroblob(120)",
    ] {
        run(async {
            let bed = Bed::new();
            let opened = bed.open();
            fill(&opened, 5).await;
            opened.close().await;
            meddle(&bed, sql);
            let opened = bed.open();
            let health = opened.store.health();
            assert!(matches!(health, Health::DataLossDetected(_)), "{sql}: {health:?}");
            opened.close().await;
            assert!(!check(&bed).findings.is_empty(), "{sql}");
        });
    }
}

#[test]
fn one_unreadable_log_row_hides_no_other_log_and_is_put_together_again() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let (broken, whole) = (fill(&opened, 40).await, fill(&opened, 3).await);
        let next = opened.store.bounds(broken).await.unwrap().next;
        let before = Position { offset: 3, ..next };
        opened.store.trim(broken, before).await.unwrap();
        append(&opened, whole, b"x").await;
        append(&opened, whole, b"y").await;
        opened.close().await;
        meddle(&bed, "UPDATE log SET state = zeroblob(120) WHERE slot = 0");
        let opened = bed.open();
        assert!(matches!(opened.store.health(), Health::DataLossDetected(_)));
        assert_eq!(count(&opened, whole).await, 5);
        assert_eq!(opened.store.bounds(broken).await.unwrap_err().kind(), Kind::NotFound);
        opened.close().await;
        assert!(!verify(&bed.dir, true, &mut |_| {}).unwrap().accepted.is_empty());
        assert_eq!(check(&bed).findings, Vec::<String>::new());
        let opened = bed.open();
        assert_eq!(count(&opened, broken).await, 37);
        append(&opened, broken, b"more").await;
        opened.close().await;
        assert_eq!(check(&bed).findings, Vec::<String>::new());
    });
}

#[test]
fn places_that_go_missing_are_found_again() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = fill(&opened, 200).await;
        opened.close().await;
        meddle(&bed, "DELETE FROM place WHERE key % 3 = 0");
        assert!(!check(&bed).findings.is_empty());
        assert!(!verify(&bed.dir, true, &mut |_| {}).unwrap().accepted.is_empty());
        assert_eq!(check(&bed).findings, Vec::<String>::new());
        let opened = bed.open();
        assert_eq!(count(&opened, log).await, 200);
        opened.close().await;
    });
}

#[test]
fn damage_in_the_middle_is_found_by_verify_and_by_reading() {
    for sql in [
        "DELETE FROM frame WHERE id = (SELECT min(id) FROM frame) + 2",
        "UPDATE frame SET frame = zeroblob(5000) WHERE id = (SELECT min(id) FROM frame) + 2",
        "UPDATE frame SET chain = zeroblob(32) WHERE id = (SELECT min(id) FROM frame) + 2",
    ] {
        run(async {
            let bed = Bed::new();
            let opened = bed.open();
            let log = fill(&opened, 6).await;
            opened.close().await;
            meddle(&bed, sql);
            assert!(!check(&bed).findings.is_empty(), "{sql}");
            let opened = bed.open();
            let read = opened.store.read(log, Position::START, ALL).await;
            assert_eq!(read.unwrap_err().kind(), Kind::Damaged, "{sql}");
            assert!(matches!(opened.store.health(), Health::Damaged(_)), "{sql}");
            // The rest goes on.
            append(&opened, log, b"more").await;
            opened.close().await;
        });
    }
}

#[test]
fn a_missing_database_or_mark_is_not_made_anew() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        fill(&opened, 2).await;
        opened.close().await;
        let mark = bed.dir.read("shardmill.mark").unwrap().unwrap();
        bed.dir.remove("shardmill.mark").unwrap();
        let opened = bed.open();
        assert!(matches!(opened.store.health(), Health::DataLossDetected(_)));
        opened.close().await;
        bed.dir.replace("shardmill.mark", &mark, 0o600).unwrap();
        bed.dir.remove("shardmill.db").unwrap();
        assert_eq!(bed.try_open().err().unwrap().kind(), Kind::Damaged);
        assert_eq!(inspect(&bed.dir).unwrap_err().kind(), Kind::Damaged);
        bed.dir.remove("shardmill.mark").unwrap();
        assert_eq!(inspect(&bed.dir).unwrap_err().kind(), Kind::NotFound);
    });
}

#[test]
fn a_first_start_that_was_interrupted_is_made_good() {
    run(async {
        let bed = Bed::new();
        bed.dir.replace("shardmill.mark", b"", 0o600).unwrap();
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        let log = fill(&opened, 2).await;
        assert_eq!(count(&opened, log).await, 2);
        opened.close().await;
    });
}

#[test]
fn trimmed_frames_leave_the_file_and_slots_are_used_again() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let log = fill(&opened, 20).await;
        let before = Position { offset: 15, ..Position::START };
        let next = opened.store.bounds(log).await.unwrap().next;
        opened.store.trim(log, Position { term: next.term, ..before }).await.unwrap();
        // Each further commit removes some of what was hidden.
        append(&opened, log, b"x").await;
        let gone = fill(&opened, 3).await;
        let mut delete = Commit::new(1, SCOPE);
        delete.delete_logs.push(gone);
        opened.store.commit(delete).await.unwrap();
        append(&opened, log, b"y").await;
        let again = fill(&opened, 1).await;
        opened.close().await;
        let report = check(&bed);
        assert_eq!(report.findings, Vec::<String>::new());
        assert_eq!((report.logs, report.records), (2, 5 + 2 + 1));
        let opened = bed.open();
        assert_eq!(count(&opened, log).await, 7);
        assert_eq!(count(&opened, again).await, 1);
        assert_eq!(opened.store.get(&SCOPE, b"x").await.unwrap().unwrap().value, "x");
        opened.close().await;
    });
}

#[test]
fn reads_are_the_same_from_memory_and_from_disk() {
    run(async {
        let mut bed = Bed::new();
        bed.options.ring_bytes = 20_000;
        let opened = bed.open();
        let log = fill(&opened, 30).await;
        let all = opened.store.read(log, Position::START, ALL).await.unwrap();
        for (position, record) in all.records() {
            let one = ReadLimits { tenant: 0, records: 1, bytes: 1 };
            let chunk = opened.store.read(log, position, one).await.unwrap();
            assert_eq!(chunk.records().next().unwrap(), (position, record));
        }
        let storage = &bed.options.metrics.storage;
        assert!(storage.ring_hits.get() > 0 && storage.ring_misses.get() > 0);
        opened.close().await;
    });
}
