//! Commits that were acknowledged one after the other are read in that order, and their versions rise;
//! commits that were made together stand in one order everywhere.

use super::Harness;
use super::kit::{self, commit};
use storage::{Commit, Expect};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    one_after_the_other(harness).await;
    together(harness).await;
}

async fn one_after_the_other(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let logs = [kit::new_log(&*store).await, kit::new_log(&*store).await];
    let mut wanted = Vec::new();
    let mut version = 0;
    for number in 0..30 {
        let text = number.to_string();
        let next = Commit {
            // Tenants share the queue; that does not turn their commits around.
            tenant: number % 3,
            facts: vec![kit::put("last", &text, Expect::Anything)],
            appends: logs.map(|log| kit::append(log, 1, &[&text])).into(),
            ..commit()
        };
        let committed = store.commit(next).await.unwrap();
        assert!(committed.version > version, "{} after {version}", committed.version);
        version = committed.version;
        wanted.push(text);
        if number % 10 == 9 {
            store = harness.reopen(store).await;
        }
    }
    for log in logs {
        assert_eq!(kit::texts(&*store, log).await, wanted);
    }
    assert_eq!(kit::value(&*store, "last").await, wanted.pop());
}

async fn together(harness: &dyn Harness) {
    let store = harness.open().await;
    let logs = [kit::new_log(&*store).await, kit::new_log(&*store).await];
    let mut rounds: Vec<Vec<String>> = Vec::new();
    for round in 0..5 {
        let texts: Vec<_> = (0..20).map(|number| format!("{round}/{number}")).collect();
        let commits = texts.iter().map(|text| Commit {
            facts: vec![kit::put("last", text, Expect::Anything)],
            appends: logs.map(|log| kit::append(log, 1, &[text])).into(),
            ..commit()
        });
        let answers = kit::commit_at_once(&store, commits.collect()).await;
        let placed = answers.into_iter().zip(&texts).map(|(answer, text)| {
            let committed = answer.unwrap();
            (committed.appends[0].first, committed.version, text)
        });
        let mut placed: Vec<_> = placed.collect();
        placed.sort_unstable();
        assert!(placed.is_sorted_by_key(|(_, version, _)| version), "{placed:?}");

        let in_order: Vec<_> = placed.into_iter().map(|(_, _, text)| text.clone()).collect();
        assert_eq!(kit::value(&*store, "last").await.as_ref(), in_order.last());
        rounds.push(in_order);
    }
    for log in logs {
        assert_eq!(kit::texts(&*store, log).await, rounds.concat());
    }
}
