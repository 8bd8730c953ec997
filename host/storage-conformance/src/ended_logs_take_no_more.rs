//! A log that was ended takes no more records and keeps its end; everything else with it goes on.

use domain::Millis;

use super::Harness;
use super::kit::{self, commit, kind};
use storage::{Bounds, Commit, CommitId, Expect, Kind, LogId, Position, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    the_end_stays_in_later_terms(harness).await;
    an_append_to_one_that_ended_refuses_the_whole_commit(harness).await;
    reading_trimming_and_deleting_go_on(harness).await;
    ending_twice_answers_the_same(harness).await;
    who_waits_is_woken(harness).await;
    what_cannot_be_ended_is_refused(harness).await;
    commits_at_once_end_it_at_one_place(harness).await;
}

async fn end(store: &dyn Store, log: LogId) -> Position {
    let end_logs = vec![log];
    let committed = store.commit(Commit { end_logs, ..commit() }).await.unwrap();
    assert_eq!(committed.ended.len(), 1);
    committed.ended[0]
}

async fn the_end_stays_in_later_terms(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let (a, empty, made) = (
        kit::new_log(&*store).await,
        kit::new_log(&*store).await,
        LogId(store.new_ids(1).await.unwrap()),
    );
    kit::write(&*store, a, 3, &["a", "b"]).await;
    store = harness.reopen(store).await;
    let term = store.term();
    let last = Commit {
        appends: vec![kit::append(a, 4, &["c"])],
        create_logs: vec![made],
        end_logs: vec![empty, a, made],
        facts: vec![kit::put("ended", "yes", Expect::Absent)],
        ..commit()
    };
    let committed = store.commit(last).await.unwrap();
    let end_of_a = Position { term, offset: 3 };
    let nothing = Position { term, offset: 0 };
    assert_eq!(committed.ended, [nothing, end_of_a, nothing]);
    assert_eq!(committed.appends[0].first, Position { term, offset: 2 });
    for _opening in 0..3 {
        assert_eq!(store.bounds(a).await.unwrap().next, end_of_a);
        let none = Bounds { first: nothing, next: nothing, last_arrival: Millis(0) };
        assert_eq!(store.bounds(empty).await.unwrap(), none);
        assert_eq!(store.bounds(made).await.unwrap(), none);
        assert_eq!(*store.watch(a).unwrap().borrow(), end_of_a);
        assert_eq!(store.seek(a, Millis(99)).await.unwrap(), end_of_a);
        assert_eq!(kit::texts(&*store, a).await, ["a", "b", "c"]);
        let appended = store.commit(appending(a)).await;
        assert_eq!(kind(appended), Kind::Ended);
        store = harness.reopen(store).await;
    }
}

fn appending(log: LogId) -> Commit {
    Commit { appends: vec![kit::append(log, 9, &["no"])], ..commit() }
}

async fn an_append_to_one_that_ended_refuses_the_whole_commit(harness: &dyn Harness) {
    let store = harness.open().await;
    let (ended, other) = (kit::new_log(&*store).await, kit::new_log(&*store).await);
    let made = LogId(store.new_ids(1).await.unwrap());
    let producer = store.new_ids(1).await.unwrap();
    kit::write(&*store, ended, 1, &["a"]).await;
    end(&*store, ended).await;
    let id = Some(CommitId { producer, generation: 0, ordinal: 1 });
    let refused = Commit {
        id,
        facts: vec![kit::put("fact", "value", Expect::Anything)],
        create_logs: vec![made],
        appends: vec![kit::append(other, 1, &["no"]), kit::append(ended, 1, &["no"])],
        end_logs: vec![other],
        ..commit()
    };
    assert_eq!(kind(store.commit(refused).await), Kind::Ended);
    assert_eq!(kit::value(&*store, "fact").await, None);
    assert_eq!(kind(store.bounds(made).await), Kind::NotFound);
    assert_eq!(kit::texts(&*store, ended).await, ["a"]);
    // It did not happen, so its id is free and the other log goes on.
    let again = Commit { id, appends: vec![kit::append(other, 1, &["yes"])], ..commit() };
    store.commit(again).await.unwrap();
    assert_eq!(kit::texts(&*store, other).await, ["yes"]);
}

async fn reading_trimming_and_deleting_go_on(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let first = kit::write(&*store, log, 1, &["a"]).await.first;
    let second = kit::write(&*store, log, 5, &["b"]).await.first;
    let ended = end(&*store, log).await;
    assert_eq!(store.seek(log, Millis(2)).await.unwrap(), second);
    store.trim(log, second).await.unwrap();
    store = harness.reopen(store).await;
    assert_eq!(kit::texts(&*store, log).await, ["b"]);
    assert_eq!(kit::read_from(&*store, log, first).await.len(), 1);
    store.trim(log, ended).await.unwrap();
    for _opening in 0..2 {
        let bounds = Bounds { first: ended, next: ended, last_arrival: Millis(5) };
        assert_eq!(store.bounds(log).await.unwrap(), bounds);
        assert!(kit::read(&*store, log).await.is_empty());
        assert_eq!(kind(store.commit(appending(log)).await), Kind::Ended);
        store = harness.reopen(store).await;
    }
    let delete_logs = vec![log];
    store.commit(Commit { delete_logs, ..commit() }).await.unwrap();
    assert_eq!(kind(store.bounds(log).await), Kind::NotFound);
    assert_eq!(kind(store.commit(appending(log)).await), Kind::NotFound);
}

async fn ending_twice_answers_the_same(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let producer = store.new_ids(1).await.unwrap();
    kit::write(&*store, log, 1, &["a", "b", "c"]).await;
    let once = Commit {
        id: Some(CommitId { producer, generation: 0, ordinal: 1 }),
        facts: vec![kit::put("once", "", Expect::Absent)],
        end_logs: vec![log, log],
        ..commit()
    };
    let first = store.commit(once.clone()).await.unwrap();
    let ended = first.ended[0];
    assert_eq!(first.ended, [ended, ended]);
    for _opening in 0..2 {
        assert_eq!(store.commit(once.clone()).await.unwrap(), first);
        assert_eq!(end(&*store, log).await, ended);
        store = harness.reopen(store).await;
    }
}

async fn who_waits_is_woken(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    kit::write(&*store, log, 1, &["a"]).await;
    let mut watch = store.watch(log).unwrap();
    watch.borrow_and_update();
    let ended = end(&*store, log).await;
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow_and_update(), ended);
}

async fn what_cannot_be_ended_is_refused(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let missing = LogId(store.new_ids(1).await.unwrap());
    let none = Commit { end_logs: vec![log, missing], ..commit() };
    assert_eq!(kind(store.commit(none).await), Kind::NotFound);
    let both = Commit { end_logs: vec![log], delete_logs: vec![log], ..commit() };
    assert_eq!(kind(store.commit(both).await), Kind::Refused);
    kit::write(&*store, log, 1, &["a"]).await;
}

/// Appends and ends that are sent together come in some order: what was acknowledged lies before the end.
async fn commits_at_once_end_it_at_one_place(harness: &dyn Harness) {
    for _round in 0..10 {
        let store = harness.open().await;
        let log = kit::new_log(&*store).await;
        let append = || Commit { appends: vec![kit::append(log, 1, &["x"])], ..commit() };
        let end = || Commit { end_logs: vec![log], ..commit() };
        let sent = vec![append(), append(), end(), append(), end(), append(), append()];
        let answers = kit::commit_at_once(&store, sent).await;
        let next = store.bounds(log).await.unwrap().next;
        let mut appended = 0;
        for answer in answers {
            match answer {
                Ok(committed) => {
                    assert!(committed.ended.iter().all(|end| *end == next));
                    assert!(committed.appends.iter().all(|it| it.first < next));
                    appended += committed.appends.len();
                }
                Err(error) => assert_eq!(error.kind(), Kind::Ended),
            }
        }
        assert_eq!(kit::read(&*store, log).await.len(), appended);
        assert_eq!(next.offset, appended as u64);
    }
}
