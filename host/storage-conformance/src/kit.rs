//! What the checks share: short ways to write and to read, and nothing that decides.

use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use tokio::task::JoinSet;

use storage::{
    Append, Appended, Commit, Committed, Expect, FactWrite, Frame, Kind, LogId, Position,
    ReadLimits, Records, RecordsBuilder, Result, Scope, Store,
};

/// Where facts are written unless a check is about scopes.
pub(super) const SCOPE: Scope = Scope("conformance", 1);

/// As much as there is.
pub(super) const ALL: ReadLimits = ReadLimits { tenant: 0, records: usize::MAX, bytes: usize::MAX };

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) position: Position,
    pub(super) key: Vec<u8>,
    pub(super) data: Vec<u8>,
    pub(super) arrival: Millis,
}

pub(super) fn commit() -> Commit {
    Commit::new(1, SCOPE)
}

pub(super) fn records<'a>(records: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Records {
    let mut builder = RecordsBuilder::default();
    for (key, data) in records {
        builder.push(key, data);
    }
    builder.finish()
}

/// Records with these data and keys that tell nothing.
pub(super) fn append(log: LogId, arrival: u64, data: &[&str]) -> Append {
    Append {
        log,
        records: records(data.iter().map(|data| (&b"key"[..], data.as_bytes()))),
        arrival: Millis(arrival),
    }
}

pub(super) fn put(key: &str, value: &str, expect: Expect) -> FactWrite {
    FactWrite {
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        expect,
    }
}

pub(super) fn remove(key: &str, expect: Expect) -> FactWrite {
    FactWrite { key: Bytes::copy_from_slice(key.as_bytes()), value: None, expect }
}

pub(super) async fn new_log(store: &dyn Store) -> LogId {
    let log = LogId(store.new_ids(1).await.unwrap());
    let create_logs = vec![log];
    let created = store.commit(Commit { create_logs, ..commit() }).await;
    created.unwrap();
    log
}

/// Appends records in a commit of their own.
pub(super) async fn write(store: &dyn Store, log: LogId, arrival: u64, data: &[&str]) -> Appended {
    let appends = vec![append(log, arrival, data)];
    let committed = store.commit(Commit { appends, ..commit() }).await.unwrap();
    committed.appends[0]
}

/// Writes one fact in a commit of its own.
pub(super) async fn set(store: &dyn Store, fact: FactWrite) -> Result<Committed> {
    let facts = vec![fact];
    store.commit(Commit { facts, ..commit() }).await
}

pub(super) async fn value(store: &dyn Store, key: &str) -> Option<String> {
    let fact = store.get(&SCOPE, key.as_bytes()).await.unwrap()?;
    assert_eq!(fact.key, key.as_bytes());
    Some(String::from_utf8(fact.value.to_vec()).unwrap())
}

/// Makes all commits at the same time, and answers in their order.
pub(super) async fn commit_at_once(
    store: &Arc<dyn Store>,
    commits: Vec<Commit>,
) -> Vec<Result<Committed>> {
    let mut tasks = JoinSet::new();
    for (index, commit) in commits.into_iter().enumerate() {
        let store = Arc::clone(store);
        tasks.spawn(async move { (index, store.commit(commit).await) });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// All frames at or after `from`, read call by call, with the rules every read keeps.
pub(super) async fn frames(store: &dyn Store, log: LogId, from: Position) -> Vec<Arc<Frame>> {
    let mut frames: Vec<Arc<Frame>> = Vec::new();
    let mut from = from;
    loop {
        let chunk = store.read(log, from, ALL).await.unwrap();
        if chunk.frames.is_empty() {
            return frames;
        }
        for frame in chunk.frames {
            assert_eq!(frame.header().log, log);
            assert!(frame.end() > from, "{} ends before {from}", frame.first());
            if let Some(previous) = frames.last() {
                assert!(frame.follows(&previous.chain()), "chain is broken");
            }
            from = frame.end();
            frames.push(frame);
        }
    }
}

/// All records at or after `from`, read call by call.
pub(super) async fn read_from(store: &dyn Store, log: LogId, from: Position) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    let mut from = from;
    loop {
        let chunk = store.read(log, from, ALL).await.unwrap();
        let count = seen.len();
        seen.extend(chunk.records().map(|(position, record)| Seen {
            position,
            key: record.key.to_vec(),
            data: record.data.to_vec(),
            arrival: record.arrival,
        }));
        match seen.last() {
            Some(last) if seen.len() > count => from = last.position.next(),
            Some(_) | None => return seen,
        }
    }
}

/// All records.
pub(super) async fn read(store: &dyn Store, log: LogId) -> Vec<Seen> {
    read_from(store, log, Position::START).await
}

/// The data of all records.
pub(super) async fn texts(store: &dyn Store, log: LogId) -> Vec<String> {
    let seen = read(store, log).await;
    seen.into_iter().map(|seen| String::from_utf8(seen.data).unwrap()).collect()
}

/// Why it was not done.
pub(super) fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
    result.unwrap_err().kind()
}
