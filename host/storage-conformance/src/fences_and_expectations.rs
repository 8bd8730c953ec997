//! A commit happens only while its term holds and its facts are what it expects; of those that expect the
//! same, one happens.

use std::sync::Arc;

use super::Harness;
use super::kit::{self, commit, kind, put, remove, set};
use storage::{Commit, Expect, Kind, Store, Term};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    expectations_follow_the_fact(harness).await;
    only_the_term_that_holds_passes(harness).await;
    one_of_many_happens(harness).await;
}

async fn expectations_follow_the_fact(harness: &dyn Harness) {
    let store = harness.open().await;
    let store = &*store;
    let first = set(store, put("a", "1", Expect::Absent)).await.unwrap();
    let refused = set(store, put("a", "2", Expect::Absent)).await;
    assert_eq!(kind(refused), Kind::Conflict);

    let second = set(store, put("a", "2", Expect::Version(first.version))).await.unwrap();
    assert!(second.version > first.version);
    let stale = set(store, put("a", "3", Expect::Version(first.version))).await;
    assert_eq!(kind(stale), Kind::Conflict);
    let fact = store.get(&kit::SCOPE, b"a").await.unwrap().unwrap();
    assert_eq!(fact.version, second.version);
    assert_eq!(kit::value(store, "a").await.unwrap(), "2");

    // The same value again is a new version; another fact's version does not count.
    let third = set(store, put("a", "2", Expect::Anything)).await.unwrap();
    let other = set(store, put("b", "", Expect::Anything)).await.unwrap();
    for version in [second.version, other.version] {
        let stale = set(store, remove("a", Expect::Version(version))).await;
        assert_eq!(kind(stale), Kind::Conflict);
    }
    set(store, remove("a", Expect::Version(third.version))).await.unwrap();
    assert_eq!(kit::value(store, "a").await, None);
    let gone = set(store, put("a", "4", Expect::Version(third.version))).await;
    assert_eq!(kind(gone), Kind::Conflict);
    set(store, remove("a", Expect::Absent)).await.unwrap();
    set(store, remove("a", Expect::Anything)).await.unwrap();
    let again = set(store, put("a", "5", Expect::Absent)).await.unwrap();
    assert!(again.version > third.version);
}

async fn only_the_term_that_holds_passes(harness: &dyn Harness) {
    let store = harness.open().await;
    let Term(term) = store.term();
    for other in [term - 1, term + 1] {
        let fence = Some(Term(other));
        let refused = store.commit(Commit { fence, ..commit() }).await;
        assert_eq!(kind(refused), Kind::Conflict);
    }
    let fence = Some(Term(term));
    store.commit(Commit { fence, ..commit() }).await.unwrap();
}

async fn one_of_many_happens(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let mut expect = Expect::Absent;
    for round in 1..=5 {
        let rivals = (0..8).map(|rival| Commit {
            facts: vec![put("prize", &rival.to_string(), expect)],
            appends: vec![kit::append(log, 1, &[&rival.to_string()])],
            ..commit()
        });
        let answers = kit::commit_at_once(&store, rivals.collect()).await;
        let winner = only_winner(&answers.iter().map(Result::is_ok).collect::<Vec<_>>());
        for (rival, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(committed) => expect = Expect::Version(committed.version),
                Err(error) => assert_eq!(error.kind(), Kind::Conflict, "rival {rival}"),
            }
        }
        assert_eq!(kit::value(&*store, "prize").await.unwrap(), winner.to_string());
        let texts = kit::texts(&*store, log).await;
        assert_eq!(texts.len(), round);
        assert_eq!(texts[round - 1], winner.to_string());
    }
    each_sees_the_one_before(&store).await;
}

fn only_winner(happened: &[bool]) -> usize {
    let winners: Vec<_> = (0..happened.len()).filter(|it| happened[*it]).collect();
    assert_eq!(winners.len(), 1, "{happened:?}");
    winners[0]
}

/// Commits on the same fact that are under way together do not both build on what was there before.
async fn each_sees_the_one_before(store: &Arc<dyn Store>) {
    let made = set(&**store, put("pair", "0", Expect::Absent)).await.unwrap();
    let expect = Expect::Version(made.version);
    let commits = vec![
        Commit { facts: vec![remove("pair", expect)], ..commit() },
        Commit { facts: vec![put("pair", "1", expect)], ..commit() },
    ];
    let answers = kit::commit_at_once(store, commits).await;
    let winner = only_winner(&answers.iter().map(Result::is_ok).collect::<Vec<_>>());
    let wanted = (winner == 1).then(|| "1".to_owned());
    assert_eq!(kit::value(&**store, "pair").await, wanted);
}
