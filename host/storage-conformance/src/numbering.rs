//! The records of a log are numbered from 0 without gaps, under the term that holds, and a commit says which
//! numbers it was given.

use std::sync::Arc;

use super::Harness;
use super::kit::{self, commit, kind};
use storage::{Commit, Expect, Kind, LogId, Position, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    each_append_is_told_its_place(harness).await;
    what_is_refused_takes_no_number(harness).await;
    many_at_once_share_no_number(harness).await;
}

async fn each_append_is_told_its_place(harness: &dyn Harness) {
    let store = harness.open().await;
    let (a, b) = (kit::new_log(&*store).await, kit::new_log(&*store).await);
    let c = LogId(store.new_ids(1).await.unwrap());
    let mixed = Commit {
        create_logs: vec![c],
        appends: vec![
            kit::append(b, 1, &["b0", "b1"]),
            kit::append(a, 1, &["a0"]),
            kit::append(c, 1, &["c0"]),
            kit::append(b, 1, &["b2"]),
            kit::append(a, 1, &["a1", "a2", "a3"]),
            kit::append(b, 1, &["b3"]),
        ],
        ..commit()
    };
    let committed = store.commit(mixed).await.unwrap();
    let firsts: Vec<_> = committed.appends.iter().map(|it| it.first).collect();
    let wanted = [0, 0, 0, 2, 1, 3].map(|offset| Position { term: store.term(), offset });
    assert_eq!(firsts, wanted);
    for (log, name, count) in [(a, 'a', 4), (b, 'b', 4), (c, 'c', 1)] {
        let wanted: Vec<_> = (0..count).map(|offset| format!("{name}{offset}")).collect();
        assert_eq!(kit::texts(&*store, log).await, wanted);
        assert_numbered(&*store, log, wanted.len()).await;
    }
}

async fn what_is_refused_takes_no_number(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    kit::write(&*store, log, 1, &["a"]).await;
    let never = Commit {
        facts: vec![kit::put("absent", "", Expect::Version(1))],
        appends: vec![kit::append(log, 1, &["no", "no"])],
        ..commit()
    };
    assert_eq!(kind(store.commit(never.clone()).await), Kind::Conflict);
    let mut mixed = vec![never; 10];
    let fine = Commit { appends: vec![kit::append(log, 1, &["b"])], ..commit() };
    for at in [0, 3, 12] {
        mixed.insert(at, fine.clone());
    }
    kit::commit_at_once(&store, mixed).await;
    assert_eq!(kit::texts(&*store, log).await, ["a", "b", "b", "b"]);
    assert_numbered(&*store, log, 4).await;
}

async fn many_at_once_share_no_number(harness: &dyn Harness) {
    let store = harness.open().await;
    let logs = [kit::new_log(&*store).await, kit::new_log(&*store).await];
    let texts: Vec<String> = (0..60).map(|number| number.to_string()).collect();
    let commits = texts.iter().map(|text| Commit {
        appends: logs.map(|log| kit::append(log, 1, &[text, text])).into(),
        ..commit()
    });
    let answers = kit::commit_at_once(&store, commits.collect()).await;
    for (text, answer) in texts.iter().zip(answers) {
        let committed = answer.unwrap();
        for (log, place) in logs.iter().zip(committed.appends) {
            assert_stands_at(&store, *log, place.first, text).await;
        }
    }
    for log in logs {
        assert_numbered(&*store, log, 2 * texts.len()).await;
    }
}

async fn assert_stands_at(store: &Arc<dyn Store>, log: LogId, first: Position, text: &str) {
    let seen = kit::read_from(&**store, log, first).await;
    assert_eq!(seen[0].position, first);
    assert_eq!(seen[1].position, first.next());
    for seen in &seen[..2] {
        assert_eq!(seen.data, text.as_bytes());
    }
}

async fn assert_numbered(store: &dyn Store, log: LogId, count: usize) {
    let term = store.term();
    let seen = kit::read(store, log).await;
    let positions: Vec<_> = seen.iter().map(|seen| seen.position).collect();
    let numbered = |offset| Position { term, offset };
    let count = u64::try_from(count).unwrap();
    let wanted: Vec<_> = (0..count).map(numbered).collect();
    assert_eq!(positions, wanted);
    let bounds = store.bounds(log).await.unwrap();
    assert_eq!((bounds.first, bounds.next), (numbered(0), numbered(count)));
}
