//! Shards that split and merge while they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use consumer::{Batch, Settings};
use streams::Start;

use crate::support::{HOUR, Host, Script, done, failed, numbers, pass, text, until};

/// Key `a` goes to the first of two equal shards, `b` to the second (their MD5 begin with 0x0c and 0x92).
const FIRST: &str = "a";
const SECOND: &str = "b";

/// Whether a record of this batch has the key.
fn has_key(batch: &Batch, key: &str) -> bool {
    batch.records.iter().any(|record| record.partition_key == key.as_bytes())
}

/// Fails batches with `key` until told otherwise.
fn stuck_on(key: &'static str, is_free: &Arc<AtomicBool>) -> Arc<Script> {
    let is_free = Arc::clone(is_free);
    Script::new(move |batch| match has_key(batch, key) && !is_free.load(Ordering::Relaxed) {
        true => failed(),
        false => done(),
    })
}

#[tokio::test(start_paused = true)]
async fn children_follow_their_parent_and_a_key_stays_in_order() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..5).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    script.hold();
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    script.was_given(1).await;
    let stream = host.halve(&stream, 0).await;
    host.put_numbers(&stream, 5..9).await;
    let stream = host.halve(&stream, 1).await;
    let stream = host.halve(&stream, 2).await;
    host.put_numbers(&stream, 9..12).await;
    pass(HOUR).await;
    assert_eq!(script.data(), [numbers(0..5)]);
    script.release();
    until(&handle, |status| status.counters.records == 12).await;
    assert_eq!(script.data().concat(), numbers(0..12));
    let status = until(&handle, |status| status.shards_running == 4).await;
    assert_eq!(status.last_result, "OK");
    handle.stop().await;
    assert_eq!(handle.status().shards_running, 0);
}

#[tokio::test(start_paused = true)]
async fn a_merged_shard_waits_for_both_parents() {
    let host = Host::new().await;
    let stream = host.create("in", 2).await;
    host.put_texts(&stream, &["a=1", "b=1"]).await;
    let is_free = Arc::new(AtomicBool::new(false));
    let (id, script) = (host.begin(&stream).await, stuck_on(SECOND, &is_free));
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let stream = host.merge(&stream, 0, 1).await;
    host.put_texts(&stream, &["a=2"]).await;
    until(&handle, |status| status.counters.failures > 5).await;
    assert!(!script.data().concat().contains(&"a=2".to_owned()));
    is_free.store(true, Ordering::Relaxed);
    until(&handle, |status| status.counters.records == 3).await;
    assert_eq!(script.data().last().unwrap(), &["a=2"]);
    until(&handle, |status| status.shards_running == 1).await;
}

#[tokio::test(start_paused = true)]
async fn one_parent_that_fails_holds_up_only_its_own_children() {
    let host = Host::new().await;
    let stream = host.create("in", 2).await;
    host.put_texts(&stream, &["a=1", "b=1"]).await;
    let is_free = Arc::new(AtomicBool::new(false));
    let (id, script) = (host.begin(&stream).await, stuck_on(FIRST, &is_free));
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let stream = host.halve(&stream, 0).await;
    let stream = host.halve(&stream, 1).await;
    host.put_texts(&stream, &["a=2", "b=2"]).await;
    until(&handle, |status| status.counters.records == 2).await;
    pass(HOUR).await;
    let finished = |data: &Vec<String>| !data.contains(&"a=1".to_owned());
    let others: Vec<_> = script.data().into_iter().filter(finished).collect();
    assert_eq!(others.concat(), ["b=1", "b=2"]);
    is_free.store(true, Ordering::Relaxed);
    until(&handle, |status| status.counters.records == 4).await;
    assert_eq!(script.data().last().unwrap(), &["a=2"]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_parents_and_begins_children_that_it_never_saw() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..5).await;
    let (id, script) = (host.begin(&stream).await, Script::new(|_| failed()));
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.failures == 2).await;
    handle.stop().await;
    let stream = host.halve(&stream, 0).await;
    host.put_numbers(&stream, 5..9).await;
    let host = host.restart().await;
    let (stream, again) = (host.stream("in"), Script::swallows());
    let handle = host.start(id, &stream, Settings::default(), &again).await;
    until(&handle, |status| status.counters.records == 9).await;
    assert_eq!(again.data().concat(), numbers(0..9));
    handle.stop().await;
    // And once more: the parent is finished, of which nothing was noted but its place.
    let host = host.restart().await;
    let (stream, third) = (host.stream("in"), Script::swallows());
    host.put_numbers(&stream, 9..11).await;
    let handle = host.start(id, &stream, Settings::default(), &third).await;
    let status = until(&handle, |status| status.counters.records == 2).await;
    assert_eq!(third.data().concat(), numbers(9..11));
    assert_eq!(status.shards_running, 2);
}

#[tokio::test(start_paused = true)]
async fn children_of_a_shard_read_from_its_end_start_with_their_first_record() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..5).await;
    let id = host.begin_at(&stream, Start::Latest).await;
    let stream = host.halve(&stream, 0).await;
    host.put_numbers(&stream, 5..7).await;
    let script = Script::swallows();
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.records == 2).await;
    assert_eq!(script.data().concat(), numbers(5..7));
}

#[tokio::test(start_paused = true)]
async fn shards_that_expired_while_nobody_read_them_hold_up_nothing() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..5).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let stream = host.halve(&stream, 0).await;
    pass(30 * HOUR).await;
    host.engine.streams.sweep().await.unwrap();
    let stream = host.engine.streams.stream_by_id(stream.facts.id).unwrap();
    assert_eq!(stream.shards.len(), 2);
    host.put_numbers(&stream, 5..7).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.records == 2).await;
    assert_eq!(script.data().concat(), numbers(5..7));
    // It has begun, although nothing is left of what it began with.
    assert!(host.engine.begin(id, &stream, Start::Latest).await.is_err());
    handle.stop().await;
    host.engine.forget(id).await.unwrap();
    host.engine.begin(id, &stream, Start::Latest).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_expires_under_its_reader_gives_way_to_its_children() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (
        host.begin(&stream).await,
        Script::new(|batch| match batch.records.iter().any(|record| text(&record.data) == "0") {
            true => failed(),
            false => done(),
        }),
    );
    host.put_numbers(&stream, 0..1).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.failures > 1).await;
    let stream = host.halve(&stream, 0).await;
    host.put_numbers(&stream, 1..3).await;
    for _ in 0..30 {
        pass(Duration::from_secs(3600)).await;
        let _swept = host.engine.streams.sweep().await;
    }
    host.put_numbers(&stream, 3..5).await;
    until(&handle, |status| status.counters.records >= 2).await;
    let data = script.data().concat();
    assert_eq!(data[data.len() - 2..], numbers(3..5));
}
