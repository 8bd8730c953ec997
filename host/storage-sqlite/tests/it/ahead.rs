//! Frames that are ahead of the rows of their logs: what a start makes of them after a process that was cut off.

use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use stdx::{Clock, Entropy, SeededEntropy};
use storage::{
    Append, Commit, Expect, FactWrite, Health, Kind, Log, LogId, Position, RecordsBuilder, Store,
    Term,
};
use storage_sqlite::{make_own, verify};

use crate::support::{ALL, Bed, Opened, SCOPE, meddle, run};

const FILES: [&str; 3] = ["shardmill.db", "shardmill.db-wal", "shardmill.mark"];
/// Bytes of a witness that tells of frames ahead, and of one that does not.
const AHEAD: (i64, i64) = (137, 113);

async fn logs(opened: &Opened, count: u64) -> Vec<LogId> {
    let first = opened.store.new_ids(count).await.unwrap();
    let logs: Vec<LogId> = (first..first + count).map(LogId).collect();
    let mut create = Commit::new(1, SCOPE);
    create.create_logs.clone_from(&logs);
    opened.store.commit(create).await.unwrap();
    logs
}

/// One record to each log, in one commit.
async fn append(opened: &Opened, logs: &[LogId], data: &[u8]) {
    append_each(opened, &logs.iter().map(|log| (*log, data)).collect::<Vec<_>>()).await;
}

/// A record of its own to each log, in one commit.
async fn append_each(opened: &Opened, data: &[(LogId, &[u8])]) {
    let append = |(log, data): &(LogId, &[u8])| {
        let mut records = RecordsBuilder::default();
        records.push(b"key", data);
        Append { log: *log, records: records.finish(), arrival: Millis(5) }
    };
    let mut commit = Commit::new(1, SCOPE);
    commit.appends = data.iter().map(append).collect();
    opened.store.commit(commit).await.unwrap();
}

async fn count(opened: &Opened, log: LogId) -> usize {
    opened.store.read(log, Position::START, ALL).await.unwrap().records().count()
}

/// What a process that is killed now would leave, with the write-ahead log brought into the database.
fn cut_off(bed: &Bed) -> Bed {
    let left = left(bed);
    meddle(&left, "PRAGMA wal_checkpoint(TRUNCATE)");
    left
}

/// What a process that is killed now would leave.
fn left(bed: &Bed) -> Bed {
    let left = Bed::new();
    for name in FILES {
        if let Some(bytes) = bed.dir.read(name).unwrap() {
            left.dir.replace(name, &bytes, 0o600).unwrap();
        }
    }
    left
}

fn number(bed: &Bed, sql: &str) -> i64 {
    let db = rusqlite::Connection::open(bed.dir.path().join(FILES[0])).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn newest_witness_bytes(bed: &Bed) -> i64 {
    number(bed, "SELECT length(body) FROM witness ORDER BY version DESC LIMIT 1")
}

/// A store that was cut off with frames ahead of two logs, five of each.
async fn two_logs() -> (Bed, [LogId; 2]) {
    let bed = Bed::new();
    let opened = bed.open();
    let logs = logs(&opened, 2).await;
    for batch in 0..5 {
        append(&opened, &logs, &[batch; 300]).await;
    }
    let left = cut_off(&bed);
    opened.close().await;
    assert_eq!(newest_witness_bytes(&left), AHEAD.0);
    (left, [logs[0], logs[1]])
}

fn findings(bed: &Bed) -> Vec<String> {
    verify(&bed.dir, false, &mut |_| {}).unwrap().findings
}

#[test]
fn a_start_catches_up_with_frames_that_no_row_tells_of() {
    run(async {
        let (bed, logs) = two_logs().await;
        assert_eq!(findings(&bed), Vec::<String>::new());
        for start in 0..3 {
            let opened = bed.open();
            assert_eq!(opened.store.health(), Health::Ready);
            for log in logs {
                assert_eq!(count(&opened, log).await, 5 + start);
            }
            append(&opened, &logs, b"more").await;
            let left = cut_off(&bed);
            opened.close().await;
            assert_eq!(findings(&left), Vec::<String>::new());
        }
    });
}

#[test]
fn appends_that_went_with_the_end_of_the_write_ahead_log_are_missed() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let logs = logs(&opened, 1).await;
        let before = usize::try_from(bed.dir.size(FILES[1])).unwrap();
        for batch in 0..5 {
            append(&opened, &logs, &[batch; 300]).await;
        }
        let left = left(&bed);
        opened.close().await;
        let wal = left.dir.read(FILES[1]).unwrap().unwrap();
        assert!(wal.len() > before);
        left.dir.replace(FILES[1], &wal[..before], 0o600).unwrap();
        let opened = left.open();
        let health = opened.store.health();
        assert!(matches!(health, Health::DataLossDetected(_)), "{health:?}");
        opened.close().await;
    });
}

#[test]
fn after_a_clean_end_rows_tell_all() {
    run(async {
        let (bed, logs) = two_logs().await;
        let opened = bed.open();
        append(&opened, &logs[..1], b"more").await;
        opened.close().await;
        assert_eq!(newest_witness_bytes(&bed), AHEAD.1);
        // Nothing else is asked: without the frames, the rows alone say where logs end.
        meddle(&bed, "DELETE FROM frame");
        let opened = bed.open();
        assert!(matches!(opened.store.health(), Health::DataLossDetected(_)));
        assert_eq!(opened.store.bounds(logs[0]).await.unwrap().next.offset, 6);
        opened.close().await;
    });
}

#[test]
fn what_is_missing_or_altered_among_frames_ahead_is_noticed_and_can_be_accepted() {
    for sql in [
        "DELETE FROM frame WHERE id = (SELECT max(id) FROM frame)",
        "DELETE FROM frame WHERE id = (SELECT max(id) FROM frame) - 4",
        "DELETE FROM frame",
        "UPDATE frame SET chain = zeroblob(32) WHERE id = (SELECT max(id) FROM frame)",
        "UPDATE frame SET records = 2 WHERE id = (SELECT max(id) FROM frame)",
        "UPDATE frame SET frame = zeroblob(8) WHERE id = (SELECT max(id) FROM frame)",
        // The frame says that it is of another log.
        "UPDATE frame
         SET frame = CAST(substr(frame, 1, 8) || x'0300000000000000' || substr(frame, 17) AS BLOB)
         WHERE id = (SELECT max(id) FROM frame)",
        // The newest frame takes the place of the one before it.
        "UPDATE frame SET frame = (SELECT frame FROM frame ORDER BY id DESC LIMIT 1),
            chain = (SELECT chain FROM frame ORDER BY id DESC LIMIT 1)
         WHERE id = (SELECT max(id) FROM frame) - 2",
    ] {
        run(async {
            let (bed, logs) = two_logs().await;
            meddle(&bed, sql);
            let opened = bed.open();
            let health = opened.store.health();
            assert!(matches!(health, Health::DataLossDetected(_)), "{sql}: {health:?}");
            opened.close().await;
            assert!(!findings(&bed).is_empty(), "{sql}");
            let accepted = verify(&bed.dir, true, &mut |_| {}).unwrap().accepted;
            let is_told = |text: &String| text.contains("missing or altered");
            assert!(accepted.iter().any(is_told), "{sql}: {accepted:?}");
            let opened = bed.open();
            assert_eq!(opened.store.health(), Health::Ready, "{sql}");
            append(&opened, &logs, b"more").await;
            opened.close().await;
        });
    }
}

#[test]
fn accepting_a_loss_among_frames_ahead_keeps_those_behind_the_gap() {
    run(async {
        let (bed, logs) = two_logs().await;
        meddle(&bed, "DELETE FROM frame WHERE id = (SELECT max(id) FROM frame) - 4");
        assert!(!verify(&bed.dir, true, &mut |_| {}).unwrap().accepted.is_empty());
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        let bounds = opened.store.bounds(logs[1]).await.unwrap();
        assert_eq!((bounds.next.offset, count(&opened, logs[0]).await), (5, 5));
        let behind = Position { offset: 3, ..bounds.next };
        let behind = Position { term: Term(behind.term.0 - 1), ..behind };
        let chunk = opened.store.read(logs[1], behind, ALL).await.unwrap();
        assert_eq!(chunk.records().count(), 2);
        opened.close().await;
        assert!(!findings(&bed).is_empty());
    });
}

#[test]
fn frames_that_are_not_in_the_order_of_their_logs_are_caught_up_with() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let logs = logs(&opened, 2).await;
        // The first record of a log comes with its row: those after it are ahead.
        append(&opened, &logs, b"first").await;
        // The longer frame is put first: it is the oldest of all that are ahead, and belongs to the second log.
        append_each(&opened, &[(logs[0], b"short"), (logs[1], &[7; 3000])]).await;
        let at_once = cut_off(&bed);
        append(&opened, &logs[..1], b"more").await;
        let later = cut_off(&bed);
        opened.close().await;
        for (left, counts) in [(at_once, (2, 2)), (later, (3, 2))] {
            let sql = "SELECT length(frame) > 3000 FROM frame ORDER BY id LIMIT 1 OFFSET 2";
            assert_eq!(number(&left, sql), 1);
            let opened = left.open();
            assert_eq!(opened.store.health(), Health::Ready);
            let found = (count(&opened, logs[0]).await, count(&opened, logs[1]).await);
            assert_eq!(found, counts);
            opened.close().await;
        }
    });
}

#[test]
fn a_damaged_body_ahead_is_found_by_reading_and_stops_nothing_else() {
    run(async {
        let (bed, logs) = two_logs().await;
        meddle(
            &bed,
            "UPDATE frame
             SET frame = CAST(substr(frame, 1, 200) || zeroblob(10) || substr(frame, 211) AS BLOB)
             WHERE id = (SELECT max(id) FROM frame)",
        );
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        assert_eq!(count(&opened, logs[0]).await, 5);
        let read = opened.store.read(logs[1], Position::START, ALL).await;
        assert_eq!(read.unwrap_err().kind(), Kind::Damaged);
        assert!(matches!(opened.store.health(), Health::Damaged(_)));
        append(&opened, &logs, b"more").await;
        opened.close().await;
    });
}

#[test]
fn frames_ahead_of_a_witness_that_cannot_be_read_are_still_read() {
    run(async {
        let (bed, logs) = two_logs().await;
        meddle(&bed, "UPDATE witness SET body = zeroblob(100)");
        let opened = bed.open();
        assert!(matches!(opened.store.health(), Health::DataLossDetected(_)));
        for log in logs {
            assert_eq!(count(&opened, log).await, 5);
        }
        opened.close().await;
        assert!(!verify(&bed.dir, true, &mut |_| {}).unwrap().accepted.is_empty());
        assert_eq!(findings(&bed), Vec::<String>::new());
        let opened = bed.open();
        for log in logs {
            assert_eq!(count(&opened, log).await, 5);
        }
        opened.close().await;
    });
}

#[test]
fn what_frames_do_not_tell_is_in_the_row_with_them() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let logs = logs(&opened, 4).await;
        for batch in 0..9 {
            append(&opened, &logs, &[batch; 300]).await;
        }
        let [trimmed, ended, deleted, _] = logs[..] else { panic!("four logs were made") };
        let next = opened.store.bounds(trimmed).await.unwrap().next;
        opened.store.trim(trimmed, Position { offset: 3, ..next }).await.unwrap();
        let mut commit = Commit::new(1, SCOPE);
        commit.end_logs.push(ended);
        commit.delete_logs.push(deleted);
        let (key, value) = (Bytes::from_static(b"k"), Some(Bytes::from_static(b"v")));
        commit.facts.push(FactWrite { key, value, expect: Expect::Absent });
        opened.store.commit(commit).await.unwrap();
        append(&opened, &[trimmed, logs[3]], b"more").await;
        let left = cut_off(&bed);
        opened.close().await;
        let opened = left.open();
        assert_eq!(opened.store.health(), Health::Ready);
        assert_eq!(count(&opened, trimmed).await, 7);
        assert_eq!(count(&opened, ended).await, 9);
        assert_eq!(opened.store.bounds(deleted).await.unwrap_err().kind(), Kind::NotFound);
        assert_eq!(count(&opened, logs[3]).await, 10);
        let mut records = RecordsBuilder::default();
        records.push(b"key", b"too late");
        let mut commit = Commit::new(1, SCOPE);
        commit.appends.push(Append { log: ended, records: records.finish(), arrival: Millis(5) });
        assert_eq!(opened.store.commit(commit).await.unwrap_err().kind(), Kind::Ended);
        opened.close().await;
        assert_eq!(findings(&left), Vec::<String>::new());
    });
}

#[test]
fn a_copy_takes_frames_ahead_with_it_and_keeps_them_as_a_store_of_its_own() {
    run(async {
        let (bed, to) = (Bed::new(), Bed::new());
        let opened = bed.open();
        let logs = logs(&opened, 2).await;
        for batch in 0..5 {
            append(&opened, &logs, &[batch; 300]).await;
        }
        let (store, dir) = (Arc::clone(&opened.store), to.dir.clone());
        let copying = move || store.back_up(&dir, |_| true);
        opened.tasks.thread("copy", copying).unwrap().join().unwrap().unwrap();
        opened.close().await;
        assert_eq!(newest_witness_bytes(&to), AHEAD.0);
        assert_eq!(findings(&to), Vec::<String>::new());
        let clock: Arc<dyn Clock> = Arc::new(to.clock.clone());
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(2));
        make_own(&to.dir, &clock, &entropy).unwrap();
        let opened = to.open();
        assert_eq!(opened.store.health(), Health::Ready);
        for log in &logs {
            assert_eq!(count(&opened, *log).await, 5);
        }
        append(&opened, &logs, b"more").await;
        opened.close().await;
        assert_eq!(findings(&to), Vec::<String>::new());
    });
}

#[test]
fn no_row_stays_behind_for_ever() {
    run(async {
        let bed = Bed::new();
        let opened = bed.open();
        let logs = logs(&opened, 2000).await;
        // One that nobody writes to any more, while the others are written to again and again.
        append(&opened, &logs[..1], b"once").await;
        let frames = |bed: &Bed| number(bed, "SELECT max(id) FROM frame");
        for _ in 0..20 {
            append(&opened, &logs[1..], b"again").await;
        }
        let left = cut_off(&bed);
        assert!(frames(&left) > 36_000);
        opened.close().await;
        let oldest = "SELECT hex(substr(body, 110, 8)) FROM witness ORDER BY version DESC LIMIT 1";
        let db = rusqlite::Connection::open(left.dir.path().join(FILES[0])).unwrap();
        let oldest: String = db.query_row(oldest, [], |row| row.get(0)).unwrap();
        let oldest = u64::from_str_radix(&oldest, 16).unwrap().swap_bytes().cast_signed();
        drop(db);
        // A group sees what is due before it adds frames, and its witness still tells what it found.
        assert!(frames(&left) - oldest <= 32 * 1024 + 2 * 2000, "{oldest}");
        let opened = left.open();
        assert_eq!(opened.store.health(), Health::Ready);
        assert_eq!(count(&opened, logs[0]).await, 1);
        assert_eq!(count(&opened, logs[1]).await, 20);
        opened.close().await;
    });
}

#[test]
fn a_database_whose_rows_tell_all_is_brought_to_the_layout_with_frames_ahead() {
    run(async {
        let (bed, logs) = two_logs().await;
        bed.open().close().await;
        // What the program before left at a clean end: the same tables and rows.
        meddle(&bed, "PRAGMA user_version = 3");
        let opened = bed.open();
        assert_eq!(opened.store.health(), Health::Ready);
        assert_eq!(count(&opened, logs[1]).await, 5);
        append(&opened, &logs, b"more").await;
        opened.close().await;
        assert_eq!(number(&bed, "PRAGMA user_version"), 4);
        assert_eq!(findings(&bed), Vec::<String>::new());
    });
}
