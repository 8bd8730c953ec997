//! What was acknowledged is seen by every read that begins afterwards.

use super::Harness;
use super::kit::{self, commit};
use storage::{Commit, Expect, Position};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    a_commit_is_read_as_a_whole(harness).await;
    every_commit_of_many_is_read(harness).await;
}

async fn a_commit_is_read_as_a_whole(harness: &dyn Harness) {
    let store = harness.open().await;
    let (a, b) = (kit::new_log(&*store).await, kit::new_log(&*store).await);
    for round in 0..10 {
        let text = format!("round {round}");
        let done = Commit {
            facts: vec![kit::put("round", &text, Expect::Anything)],
            appends: vec![kit::append(a, 1, &[&text]), kit::append(b, 1, &[&text, "b"])],
            ..commit()
        };
        let committed = store.commit(done).await.unwrap();

        assert_eq!(kit::value(&*store, "round").await.as_ref(), Some(&text));
        assert_eq!(kit::texts(&*store, a).await.last(), Some(&text));
        assert_eq!(kit::texts(&*store, b).await[2 * round..], [&text, "b"]);
        let place = committed.appends[1].first;
        let from_place = kit::read_from(&*store, b, place).await;
        assert_eq!(from_place[0].position, place);
        assert_eq!(from_place[0].data, text.as_bytes());
        let next = store.bounds(b).await.unwrap().next;
        assert_eq!(next.offset, place.offset + 2);
        assert!(kit::read_from(&*store, b, next).await.is_empty());
    }
}

async fn every_commit_of_many_is_read(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let texts: Vec<String> = (0..100).map(|number| format!("number {number}")).collect();
    let commits = texts.iter().map(|text| Commit {
        facts: vec![kit::put(text, text, Expect::Absent)],
        appends: vec![kit::append(log, 1, &[text])],
        ..commit()
    });
    let answers = kit::commit_at_once(&store, commits.collect()).await;

    for (text, answer) in texts.iter().zip(answers) {
        let committed = answer.unwrap();
        let place = committed.appends[0].first;
        let seen = kit::read_from(&*store, log, place).await;
        assert_eq!(seen[0].data, text.as_bytes());
        let fact = store.get(&kit::SCOPE, text.as_bytes()).await.unwrap();
        assert_eq!(fact.unwrap().version, committed.version);
    }
    let seen = kit::read_from(&*store, log, Position::START).await;
    assert_eq!(seen.len(), texts.len());
}
