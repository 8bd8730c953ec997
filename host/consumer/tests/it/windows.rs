//! Tumbling windows: what their batches see, when they end, and what lasts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use consumer::{Batch, Effects, Settings, Verdict};
use streams::Stream;

use crate::support::{Host, Script, emission, failed, text, until};

const SECOND: Duration = Duration::from_secs(1);
/// Tests begin 40 seconds after the minute.
const MINUTE: Settings = settings(60);

const fn settings(seconds: u64) -> Settings {
    Settings {
        batch_records: 100,
        batch_bytes: Settings::BATCH_BYTES_MAX,
        window: Duration::ZERO,
        factor: 1,
        tumbling: Some(Duration::from_secs(seconds)),
        retries_max: None,
        age_max: None,
        bisects: false,
        park_after: None,
        tells_given_up: false,
        notes_given_up: false,
    }
}

/// What a window's last batch is told of it.
fn told(batch: &Batch) -> String {
    let window = batch.window.as_ref().unwrap();
    let early = if window.is_early { " early" } else { "" };
    let second = |at: domain::Millis| at.0 / 1000 % 3600;
    format!("{}-{}:{}{early}", second(window.start), second(window.end), text(&window.state))
}

/// The state is the data of the records so far; the last batch of a window puts what it was into `target`.
fn collects(target: &Arc<Stream>) -> impl Fn(&Batch) -> Verdict + Send + Sync + 'static {
    let target = Arc::clone(target);
    move |batch| {
        let window = batch.window.as_ref().unwrap();
        if window.is_final {
            assert!(batch.records.is_empty());
            let emits = vec![emission(&target, "k", told(batch).into())];
            return Verdict::Done(Effects { emits, ..Effects::default() });
        }
        let records: String = batch.records.iter().map(|it| text(&it.data)).collect();
        let state = Bytes::from(text(&window.state) + &records);
        Verdict::Done(Effects { state: Some(state), ..Effects::default() })
    }
}

async fn host() -> (Host, Arc<Stream>, Arc<Stream>) {
    let host = Host::new().await;
    let (source, target) = (host.create("in", 1).await, host.create("out", 1).await);
    (host, source, target)
}

#[tokio::test(start_paused = true)]
async fn a_window_ends_with_its_time_or_with_what_comes_after_it() {
    let (host, source, target) = host().await;
    let script = Script::new(collects(&target));
    let consumer = host.start(host.begin(&source).await, &source, MINUTE, &script).await;
    host.put_texts(&source, &["a", "b"]).await;
    script.was_given(1).await;
    host.put_texts(&source, &["c"]).await;
    script.was_given(3).await;
    assert_eq!(host.all(&target).await, ["360-420:abc"], "after 20 seconds and a second of grace");
    // Nothing is called where nothing is.
    tokio::time::sleep(300 * SECOND).await;
    assert_eq!(script.given().len(), 3);
    host.put_texts(&source, &["d"]).await;
    script.was_given(4).await;
    tokio::time::sleep(59 * SECOND).await;
    until(&consumer, |status| status.counters.batches == 5).await;
    assert_eq!(host.all(&target).await, ["360-420:abc", "720-780:d"]);
}

#[tokio::test(start_paused = true)]
async fn a_window_goes_on_after_a_restart() {
    let (host, source, target) = host().await;
    let id = host.begin(&source).await;
    let script = Script::new(collects(&target));
    let consumer = host.start(id, &source, MINUTE, &script).await;
    host.put_texts(&source, &["a", "b"]).await;
    until(&consumer, |status| status.counters.batches == 1).await;
    let host = host.restart().await;
    let (source, target) = (host.stream("in"), host.stream("out"));
    let script = Script::new(collects(&target));
    let _consumer = host.start(id, &source, MINUTE, &script).await;
    host.put_texts(&source, &["c"]).await;
    script.was_given(2).await;
    assert_eq!(host.all(&target).await, ["360-420:abc"]);
}

#[tokio::test(start_paused = true)]
async fn a_last_batch_that_fails_stops_the_shard_also_after_a_restart() {
    let (host, source, target) = host().await;
    let id = host.begin(&source).await;
    let collect = collects(&target);
    let script = Script::new(move |batch| match batch.window.as_ref().unwrap().is_final {
        true => failed(),
        false => collect(batch),
    });
    let consumer = host.start(id, &source, MINUTE, &script).await;
    host.put_texts(&source, &["a"]).await;
    until(&consumer, |status| status.counters.failures == 3).await;
    host.put_texts(&source, &["b"]).await;
    until(&consumer, |status| status.counters.failures == 5).await;
    assert!(script.data().iter().flatten().all(|data| data == "a"));
    let attempt = script.given().last().unwrap().attempt;
    let host = host.restart().await;
    let (source, target) = (host.stream("in"), host.stream("out"));
    let script = Script::new(collects(&target));
    let _consumer = host.start(id, &source, MINUTE, &script).await;
    script.was_given(2).await;
    let given = script.given();
    assert_eq!((given[0].attempt, given[0].is_replay), (attempt + 1, true));
    assert_eq!(given[1].data, ["b"]);
    assert_eq!(host.all(&target).await, ["360-420:a"]);
}

#[tokio::test(start_paused = true)]
async fn a_last_batch_is_given_up_as_any_other() {
    let (host, source, target) = host().await;
    let collect = collects(&target);
    let script = Script::new(move |batch| match batch.window.as_ref().unwrap() {
        window if window.is_final && text(&window.state) == "a" => failed(),
        _ => collect(batch),
    });
    let settings = Settings { retries_max: Some(1), ..MINUTE };
    let consumer = host.start(host.begin(&source).await, &source, settings, &script).await;
    host.put_texts(&source, &["a"]).await;
    let told = "PROBLEM: the state of a tumbling window was discarded after 2 attempts";
    until(&consumer, |status| status.last_result == told).await;
    host.put_texts(&source, &["b"]).await;
    until(&consumer, |status| status.counters.batches == 3).await;
    assert_eq!(host.all(&target).await, ["420-480:b"]);
    assert_eq!(consumer.status().counters.discarded, 0, "no record was");
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_too_large_ends_its_window_early() {
    let (host, source, target) = host().await;
    let is_large = Arc::new(AtomicBool::new(true));
    let grows = Arc::clone(&is_large);
    let out = target.clone();
    let script = Script::new(move |batch| {
        let window = batch.window.as_ref().unwrap();
        let mut effects = Effects::default();
        if window.is_final {
            let told = format!("{} {}", window.state.len(), window.is_early);
            effects.emits.push(emission(&out, "k", told.into()));
        } else {
            let bytes = if grows.swap(false, Ordering::Relaxed) { 3_500_000 } else { 1_048_576 };
            effects.state = Some(vec![b'x'; bytes].into());
        }
        Verdict::Done(effects)
    });
    let id = host.begin(&source).await;
    let consumer = host.start(id, &source, MINUTE, &script).await;
    host.put_texts(&source, &["a"]).await;
    script.was_given(2).await;
    host.put_texts(&source, &["b"]).await;
    until(&consumer, |status| status.counters.batches == 4).await;
    assert_eq!(host.all(&target).await, ["3500000 true", "1048576 false"]);
    consumer.stop().await;
    // Nothing is left of the states.
    host.engine.forget(id).await.unwrap();
    let scope = storage::Scope("consumer", id.0);
    assert!(host.engine.store.scan(&scope, b"", None, 100).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_ends_ends_its_window_and_children_begin_anew() {
    let (host, source, target) = host().await;
    let script = Script::new(collects(&target));
    let consumer = host.start(host.begin(&source).await, &source, MINUTE, &script).await;
    host.put_texts(&source, &["a"]).await;
    until(&consumer, |status| status.counters.batches == 1).await;
    let source = host.halve(&source, 0).await;
    host.put_texts(&source, &["b"]).await;
    until(&consumer, |status| status.counters.batches == 4).await;
    assert_eq!(host.all(&target).await, ["360-420:a", "360-420:b"]);
}

#[tokio::test(start_paused = true)]
async fn who_wants_no_windows_any_more_ends_the_open_one() {
    let (host, source, target) = host().await;
    let collect = collects(&target);
    let script = Script::new(move |batch| match batch.window {
        Some(_) => collect(batch),
        None => Verdict::Done(Effects::default()),
    });
    let consumer = host.start(host.begin(&source).await, &source, MINUTE, &script).await;
    host.put_texts(&source, &["a"]).await;
    until(&consumer, |status| status.counters.batches == 1).await;
    consumer.update(settings(30)).unwrap();
    until(&consumer, |status| status.counters.batches == 2).await;
    host.put_texts(&source, &["b"]).await;
    until(&consumer, |status| status.counters.batches == 3).await;
    let none = Settings { tumbling: None, factor: 3, ..MINUTE };
    consumer.update(none).unwrap();
    until(&consumer, |status| status.counters.batches == 4).await;
    assert_eq!(host.all(&target).await, ["360-420:a early", "390-420:b early"]);
    host.put_texts(&source, &["c"]).await;
    until(&consumer, |status| status.counters.batches == 5).await;
    assert_eq!(script.data().last().unwrap(), &["c"]);
}
