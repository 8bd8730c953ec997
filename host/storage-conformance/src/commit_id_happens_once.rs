//! A commit with an id happens once, however often and when it is sent; an older one does not happen.

use super::Harness;
use super::kit::{self, commit, kind};
use storage::{Commit, CommitId, Expect, Kind, LogId, Position, Store};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    a_repeated_commit_answers_as_at_first(harness).await;
    older_commits_are_fenced_out(harness).await;
    sent_twice_at_once_happens_once(harness).await;
    a_refused_commit_may_be_sent_again(harness).await;
    its_frames_are_its_own(harness).await;
}

fn id(producer: u64, generation: u32, ordinal: u64) -> Option<CommitId> {
    Some(CommitId { producer, generation, ordinal })
}

async fn producer(store: &dyn Store) -> u64 {
    store.new_ids(1).await.unwrap()
}

fn one(id: Option<CommitId>, log: LogId, text: &str) -> Commit {
    let appends = vec![kit::append(log, 1, &[text])];
    Commit { id, appends, ..commit() }
}

async fn a_repeated_commit_answers_as_at_first(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let made = LogId(store.new_ids(1).await.unwrap());
    let (a, b) = (producer(&*store).await, producer(&*store).await);
    // All of this would fail if it were done a second time.
    let whole = Commit {
        fence: Some(store.term()),
        facts: vec![kit::put("fact", "value", Expect::Absent)],
        create_logs: vec![made],
        appends: vec![kit::append(made, 7, &["x"]), kit::append(log, 7, &["y", "z"])],
        ..one(id(a, 1, 5), log, "w")
    };
    let facts_only = Commit {
        id: id(b, 0, 0),
        facts: vec![kit::put("other", "value", Expect::Absent)],
        ..commit()
    };

    let first = store.commit(whole.clone()).await.unwrap();
    assert_eq!(store.commit(whole.clone()).await.unwrap(), first);
    let first_facts = store.commit(facts_only.clone()).await.unwrap();
    assert_eq!(store.commit(facts_only.clone()).await.unwrap(), first_facts);
    kit::write(&*store, log, 9, &["between"]).await;
    for _opening in 0..3 {
        assert_eq!(store.commit(whole.clone()).await.unwrap(), first);
        assert_eq!(store.commit(facts_only.clone()).await.unwrap(), first_facts);
        store = harness.reopen(store).await;
    }
    assert_eq!(kit::texts(&*store, log).await, ["y", "z", "between"]);
    assert_eq!(kit::texts(&*store, made).await, ["x"]);
}

async fn older_commits_are_fenced_out(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let (a, b) = (producer(&*store).await, producer(&*store).await);
    let send = async |store: &dyn Store, id, text| store.commit(one(id, log, text)).await;
    send(&*store, id(a, 1, 5), "a").await.unwrap();
    send(&*store, id(b, 9, 90), "b").await.unwrap();
    assert_eq!(kind(send(&*store, id(a, 1, 4), "no").await), Kind::Conflict);
    assert_eq!(kind(send(&*store, id(a, 0, 6), "no").await), Kind::Conflict);
    // Ordinals only need to rise.
    send(&*store, id(a, 1, 8), "c").await.unwrap();
    assert_eq!(kind(send(&*store, id(a, 1, 5), "no").await), Kind::Conflict);
    send(&*store, id(a, 2, 9), "d").await.unwrap();
    assert_eq!(kind(send(&*store, id(a, 1, 10), "no").await), Kind::Conflict);
    store = harness.reopen(store).await;
    assert_eq!(kind(send(&*store, id(a, 1, 11), "no").await), Kind::Conflict);
    assert_eq!(kind(send(&*store, id(a, 2, 8), "no").await), Kind::Conflict);
    send(&*store, id(a, 2, 10), "e").await.unwrap();
    assert_eq!(kit::texts(&*store, log).await, ["a", "b", "c", "d", "e"]);
}

async fn sent_twice_at_once_happens_once(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let producer = producer(&*store).await;
    for ordinal in 0..10 {
        let twin = one(id(producer, 0, ordinal), log, "twin");
        let other = one(None, log, "other");
        let sent = vec![other.clone(), twin.clone(), twin.clone(), other, twin];
        let answers = kit::commit_at_once(&store, sent).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers[1], answers[2]);
        assert_eq!(answers[1], answers[4]);
        let texts = kit::texts(&*store, log).await;
        let twins = texts.iter().filter(|text| *text == "twin").count();
        assert_eq!(u64::try_from(twins).unwrap(), ordinal + 1);
    }
}

async fn a_refused_commit_may_be_sent_again(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let id = id(producer(&*store).await, 0, 1);
    let missing = LogId(store.new_ids(1).await.unwrap());
    let too_early = store.commit(one(id, missing, "no")).await;
    assert_eq!(kind(too_early), Kind::NotFound);
    store.commit(one(id, log, "yes")).await.unwrap();
    assert_eq!(kit::texts(&*store, log).await, ["yes"]);
}

async fn its_frames_are_its_own(harness: &dyn Harness) {
    let store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let producer = producer(&*store).await;
    let mut commits = Vec::new();
    for ordinal in 0..20 {
        let id = id(producer, 0, ordinal);
        commits.push(one(None, log, "plain"));
        commits.push(one(id, log, "named"));
    }
    // Sent at once, an ordinal may be overtaken by the next one and is then refused.
    let answers = kit::commit_at_once(&store, commits.clone()).await;
    let done = commits.iter().zip(&answers).filter(|(_, it)| it.is_ok());
    let mut named: Vec<_> = done.filter_map(|(commit, _)| commit.id).collect();
    named.sort_unstable_by_key(|id| id.ordinal);

    let frames = kit::frames(&*store, log, Position::START).await;
    let mut seen = Vec::new();
    for frame in frames {
        let texts: Vec<_> = frame.records().map(|(_, record)| record.data).collect();
        match frame.header().id {
            Some(id) => {
                assert_eq!(texts, [b"named"]);
                seen.push(id);
            }
            None => assert!(texts.iter().all(|text| text == b"plain")),
        }
    }
    assert!(!seen.is_empty());
    assert_eq!(seen, named);
}
