//! What a consumer keeps for partition keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use consumer::{
    Batch, Change, ConsumerId, Effects, Hold, Kept, Keyed, Processor, Row, Settings, To, Verdict,
};
use storage::faulty::{Call, Fate};
use tokio::sync::watch;

use crate::support::{Host, Script, done, failed, numbers, text, until};

fn key(of: &str) -> Arc<str> {
    of.into()
}

fn put(of: &str, name: &str, value: &[u8]) -> Change {
    let value = Some(Bytes::copy_from_slice(value));
    Change { row: Row::new(&key(of), name), to: To::Value(value) }
}

fn kept(changes: Vec<Change>, hold: Hold) -> Verdict {
    Verdict::Done(Effects { kept: Kept { changes, hold }, ..Effects::default() })
}

/// Counts the records of each key.
struct Counter {
    keyed: Keyed,
    calls: AtomicU32,
    /// Each so many calls one fails.
    fails: u32,
}

#[async_trait]
impl Processor for Counter {
    async fn process(&self, batch: Arc<Batch>) -> Verdict {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for record in &batch.records {
            *counts.entry(text(&record.partition_key)).or_default() += 1;
        }
        let rows: Vec<Row> = counts.keys().map(|it| Row::new(&key(it), "count")).collect();
        let values = self.keyed.values(&rows, usize::MAX).await.unwrap();
        let changes =
            rows.into_iter().zip(values).zip(counts.values()).map(|((row, old), more)| {
                let old = old.map_or(0, |old| u64::from_le_bytes((&*old).try_into().unwrap()));
                let value = Bytes::copy_from_slice(&(old + more).to_le_bytes());
                Change { row, to: To::Value(Some(value)) }
            });
        let changes = changes.collect();
        if self.calls.fetch_add(1, Ordering::Relaxed) % self.fails == self.fails - 1 {
            return failed();
        }
        kept(changes, Hold::default())
    }
}

async fn counts(keyed: &Keyed) -> BTreeMap<String, u64> {
    let rows = keyed.list(None, 100).await.unwrap();
    let count = |value: &Bytes| u64::from_le_bytes((&**value).try_into().unwrap());
    rows.iter().map(|(row, value)| (row.key().to_string(), count(value))).collect()
}

/// With every kind of fault in between, what is kept says of each key how many records it had.
#[tokio::test(start_paused = true)]
async fn what_a_batch_keeps_is_committed_with_it() {
    let commits = AtomicU32::new(0);
    // The answers to some commits are lost.
    let mut host = Host::failing(move |call| match call {
        Call::Commit(commit) if commit.id.is_some_and(|id| id.ordinal > 0 && id.generation > 0) => {
            match commits.fetch_add(1, Ordering::Relaxed) % 5 {
                4 => Fate::LoseAnswer,
                _ => Fate::Pass,
            }
        }
        _ => Fate::Pass,
    })
    .await;
    let stream = host.create("in", 2).await;
    let id = host.begin(&stream).await;
    let mut expected = BTreeMap::new();
    for life in 0..6 {
        let stream = host.stream("in");
        let texts: Vec<String> =
            (0..60).map(|it| format!("k{}={life}.{it}", (it * it + life) % 11)).collect();
        for text in &texts {
            let key = text.split('=').next().unwrap().to_owned();
            *expected.entry(key).or_insert(0u64) += 1;
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        host.put_texts(&stream, &texts).await;
        let keyed = host.engine.keyed(id);
        let counter = Counter { keyed, calls: AtomicU32::new(0), fails: 4 };
        let settings = Settings { batch_records: 7, factor: 3, ..Settings::default() };
        let start = host.engine.start(id, stream, settings, Arc::new(counter));
        let handle = start.await.unwrap();
        // All but the last life are ended in the middle.
        let records = if life < 5 { 20 } else { u64::MAX };
        let mut watch = handle.watch();
        let wanted = watch.wait_for(|status| status.counters.records >= records);
        let quiet = tokio::time::timeout(crate::support::HOUR, wanted).await;
        assert_eq!(quiet.is_ok(), life < 5);
        if life < 5 {
            host = host.restart().await;
        }
    }
    assert_eq!(counts(&host.engine.keyed(id)).await, expected);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_come_through_leaves_nothing_and_holds_nothing() {
    let host = Host::new().await;
    let (stream, out) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..1).await;
    let (held, count) = (watch::Sender::new(()), watch::Sender::new(0));
    let (hold, told, to) = (held.clone(), count.clone(), out.facts.id);
    let script = Script::new(move |batch| {
        told.send_replace(hold.receiver_count());
        let mut changes = vec![put("key", "n", b"1"), put("key", "m", b"2")];
        let mut emits = Vec::new();
        match batch.attempt {
            1 => changes = (0..20_001).map(|it| put("key", &it.to_string(), b"")).collect(),
            // Emits what no stream takes.
            2 => emits.push(consumer::Emission {
                stream: to,
                partition_key: String::new(),
                hash_key: None,
                data: Bytes::new(),
            }),
            _ => {}
        }
        let hold = Hold::new(hold.subscribe());
        Verdict::Done(Effects { emits, kept: Kept { changes, hold }, ..Effects::default() })
    });
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let status = until(&handle, |status| status.counters.failures == 1).await;
    assert!(status.last_result.contains("may change 20000 rows"), "{}", status.last_result);
    let keyed = host.engine.keyed(id);
    until(&handle, |status| status.counters.failures == 2).await;
    assert!(keyed.list(None, 9).await.unwrap().is_empty());
    until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!(*count.borrow(), 0, "what was held for a failed batch was let go before the next");
    assert_eq!(held.receiver_count(), 0);
    let most = (9, 1000);
    let found = keyed.scan(&key("key"), "", None, most).await.unwrap();
    assert!(found.is_all);
    let found: Vec<_> = found.rows.iter().map(|(row, value)| (row.name(), &value[..])).collect();
    assert_eq!(found, [("m", &b"2"[..]), ("n", b"1")]);
    let after = keyed.scan(&key("key"), "", Some("m"), most).await.unwrap();
    assert_eq!(after.rows.len(), 1);
    assert!(keyed.scan(&key("key"), "x", None, most).await.unwrap().rows.is_empty());
    assert!(keyed.scan(&key("ke"), "", None, most).await.unwrap().rows.is_empty());
    for some in [(1, 1000), (9, 1)] {
        let first = keyed.scan(&key("key"), "", None, some).await.unwrap();
        assert_eq!((first.rows.len(), first.is_all), (1, false), "{some:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_consumer_keeps_nothing() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..1).await;
    let script = Script::new(|_| {
        let mut changes: Vec<Change> =
            (0..3000).map(|it| put(&format!("k{it}"), "n", b"1")).collect();
        let due = To::Due(Some(domain::Millis(u64::MAX)));
        changes.push(Change { row: Row::new(&key("key"), "t"), to: due });
        kept(changes, Hold::default())
    });
    let (id, other) = (host.begin(&stream).await, host.begin(&stream).await);
    for id in [id, other] {
        let handle = host.start(id, &stream, Settings::default(), &script).await;
        until(&handle, |status| status.counters.batches == 1).await;
        handle.stop().await;
    }
    host.engine.forget(id).await.unwrap();
    let rest = |ConsumerId(number)| {
        let store = Arc::clone(&host.engine.store);
        async move {
            let scope = storage::Scope("consumer", number);
            store.scan(&scope, b"", None, 10_000).await.unwrap().len()
        }
    };
    assert_eq!(rest(id).await, 0);
    assert_eq!(
        rest(other).await,
        3001 + 2,
        "the other one has its rows, its progress and the note"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_comes_apart_before_anything_is_done() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..6).await;
    let script =
        Script::new(|batch| match batch.records.iter().position(|it| &it.data[..] == b"4") {
            Some(at) if batch.attempt < 3 => {
                Verdict::Apart { at, why: "record 4".to_owned(), retry_after: None }
            }
            _ => done(),
        });
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let status = until(&handle, |status| status.counters.records == 6).await;
    assert_eq!(status.counters.failures, 2);
    let given: Vec<_> = script.given().into_iter().map(|it| (it.attempt, it.data)).collect();
    let expected = [(1, numbers(0..6)), (1, numbers(0..4)), (2, numbers(4..6)), (3, numbers(4..6))];
    assert_eq!(given, expected);
}

/// Keys as they are listed: with what is counted of each, and whether there is more.
async fn listed(keyed: &Keyed, prefix: &str, limit: usize) -> BTreeMap<String, [u64; 5]> {
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let page = keyed.keys(prefix, after.as_ref(), limit).await.unwrap();
        assert!(page.keys.len() <= limit);
        for it in page.keys {
            let due = it.first_due.map_or(0, |due| due.0);
            let told = [it.values as u64, it.bytes as u64, it.timers as u64, due];
            let told = [told[0], told[1], told[2], told[3], u64::from(it.has_more)];
            assert_eq!(all.insert(it.key.to_string(), told), None, "{} comes twice", it.key);
        }
        after = page.last;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_listed_with_how_much_is_kept_for_them() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..1).await;
    let due = |of: &str, name: &str, due| Change {
        row: Row::new(&key(of), name),
        to: To::Due(Some(domain::Millis(due))),
    };
    let script = Script::new(move |_| {
        let mut changes: Vec<Change> =
            (0..150).map(|it| put(&format!("few{it}"), "n", b"ab")).collect();
        changes.extend((0..1100).map(|it| put("many", &format!("{it:04}"), b"1")));
        changes.extend([put("", "", b"123"), put("few7", "m", b"c")]);
        changes.extend((0..1001).map(|it| due("often", &it.to_string(), u64::MAX - it)));
        changes.extend([due("few7", "b", u64::MAX), due("few7", "a", u64::MAX - 5)]);
        kept(changes, Hold::default())
    });
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.batches == 1).await;
    let keyed = host.engine.keyed(id);
    let all = listed(&keyed, "", 1000).await;
    assert_eq!(all.len(), 153);
    assert_eq!(all["few3"], [1, 2, 0, 0, 0]);
    assert_eq!(all["few7"], [2, 3, 2, u64::MAX - 5, 0]);
    assert_eq!(all[""], [1, 3, 0, 0, 0]);
    assert_eq!(all["many"], [1000, 1000, 0, 0, 1]);
    assert_eq!((all["often"][2], all["often"][4]), (1000, 1));
    for limit in [1, 2, 64, 65] {
        assert_eq!(listed(&keyed, "", limit).await, all, "{limit} at a time");
    }
    let few = listed(&keyed, "few1", 7).await;
    assert_eq!(few.len(), 61);
    assert!(few.keys().all(|key| key.starts_with("few1")));
    assert!(listed(&keyed, "none", 7).await.is_empty());
    let timers = keyed.timers_of(&key("few7"), "", Some("a"), 9).await.unwrap();
    assert_eq!(timers, [(Row::new(&key("few7"), "b"), domain::Millis(u64::MAX))]);
}
