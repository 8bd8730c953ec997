//! Several batches of a shard at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use consumer::{Settings, lane_of};

use crate::support::{Host, Script, copy, failed, numbers, text, until};

const KEYS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// Records with changing keys; each says its key and its number.
async fn put_keys(host: &Host, stream: &streams::Stream, numbers: std::ops::Range<usize>) {
    let texts: Vec<String> = numbers.map(|at| format!("{}{at}", KEYS[at % 8])).collect();
    let records: Vec<(&str, &str)> = texts.iter().map(|it| (&it[..1], it.as_str())).collect();
    host.put(stream, &records).await;
}

/// The numbers of each key, in the order in which they come.
fn by_key(data: &[String]) -> BTreeMap<String, Vec<usize>> {
    let mut keys: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for text in data {
        let (key, number) = text.split_at(1);
        keys.entry(key.to_owned()).or_default().push(number.parse().unwrap());
    }
    keys
}

fn check(data: &[String], count: usize) {
    assert_eq!(data.len(), count);
    for (at, key) in KEYS.iter().enumerate() {
        let expected: Vec<usize> = (at..count).step_by(8).collect();
        assert_eq!(by_key(data)[*key], expected, "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn lanes_run_side_by_side_and_keep_the_order_of_keys() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    put_keys(&host, &stream, 0..400).await;
    let (id, script) = (host.begin(&stream).await, Script::copies(&target));
    script.hold();
    let settings = Settings { batch_records: 10, factor: 4, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let lanes: std::collections::BTreeSet<u16> =
        KEYS.iter().map(|key| lane_of(key.as_bytes(), 4)).collect();
    script.was_given(lanes.len()).await;
    assert_eq!(handle.status().batches_running, lanes.len());
    for given in script.given() {
        assert!(given.data.iter().all(|it| lane_of(&it.as_bytes()[..1], 4) == given.lane));
    }
    script.release();
    until(&handle, |status| status.counters.records == 400).await;
    check(&host.all(&target).await, 400);
}

#[tokio::test(start_paused = true)]
async fn a_failing_key_stops_only_its_lane() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    put_keys(&host, &stream, 0..80).await;
    let to = target.facts.id;
    let bad = lane_of(b"e", 2);
    let script =
        Script::new(move |batch| if batch.lane == bad { failed() } else { copy(batch, to) });
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 10, factor: 2, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let good = KEYS.iter().filter(|key| lane_of(key.as_bytes(), 2) != bad).count() as u64;
    until(&handle, |status| status.counters.records == good * 10).await;
    let status = until(&handle, |status| status.counters.failures == 20).await;
    assert_eq!(status.counters.records, good * 10);
    // After a restart both lanes are where they were.
    let host = host.restart().await;
    let (stream, target) = (host.stream("in"), host.stream("out"));
    let script = Script::copies(&target);
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.records == 80 - good * 10).await;
    assert!(script.given()[0].attempt >= 20);
    check(&host.all(&target).await, 80);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_lanes_changes_while_records_flow() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    let to = target.facts.id;
    // Every third batch fails once.
    let count = std::sync::atomic::AtomicU32::new(0);
    let script = Script::new(move |batch| {
        let count = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if batch.attempt == 1 && count.is_multiple_of(3) { failed() } else { copy(batch, to) }
    });
    let id = host.begin(&stream).await;
    let mut settings = Settings { batch_records: 3, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    for (phase, factor) in (0..).zip([5, 2, 10, 1, 3]) {
        put_keys(&host, &stream, phase * 80..phase * 80 + 80).await;
        // In the middle of what is there.
        let some = phase as u64 * 80 + 20;
        until(&handle, |status| status.counters.records >= some).await;
        settings.factor = factor;
        handle.update(settings).unwrap();
    }
    let status = until(&handle, |status| status.counters.records == 400).await;
    assert_eq!(status.counters.discarded + status.counters.lost, 0);
    check(&host.all(&target).await, 400);
    let lanes = script.given().iter().map(|it| it.lane).max();
    assert_eq!(lanes, KEYS.iter().map(|key| lane_of(key.as_bytes(), 10)).max());
}

#[tokio::test(start_paused = true)]
async fn a_stuck_lane_holds_the_number_of_lanes_until_it_is_free() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put(&stream, &[("a", "0"), ("e", "1")]).await;
    let script = Script::new(|batch| {
        let is_bad = batch.records.iter().any(|it| text(&it.data) == "0");
        if is_bad { failed() } else { crate::support::done() }
    });
    let id = host.begin(&stream).await;
    let settings = Settings { factor: 2, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.failures == 5).await;
    handle.update(Settings { factor: 1, ..settings }).unwrap();
    host.put(&stream, &[("e", "2"), ("a", "3")]).await;
    crate::support::pass(Duration::from_secs(600)).await;
    assert_eq!(handle.status().counters.records, 1);
    handle.update(Settings { factor: 1, retries_max: Some(0), ..settings }).unwrap();
    until(&handle, |status| status.counters.records == 3).await;
    assert_eq!(script.data().last(), Some(&numbers(2..4)));
}
