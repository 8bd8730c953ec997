//! What batches emit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use consumer::{Effects, Settings, Verdict};

use crate::support::{Host, Script, copy, done, emission, numbers, pass, text, until};

#[tokio::test(start_paused = true)]
async fn what_a_batch_emits_comes_into_its_streams_in_order() {
    let host = Host::new().await;
    let (stream, one) = (host.create("in", 1).await, host.create("one", 1).await);
    let many = host.create("many", 3).await;
    host.put_numbers(&stream, 0..50).await;
    let (to_one, to_many) = (one.clone(), many.clone());
    let script = Script::new(move |batch| {
        let mut emits = Vec::new();
        for record in &batch.records {
            let number = text(&record.data);
            emits.push(emission(&to_many, &number, record.data.clone()));
            emits.push(emission(&to_one, "k", record.data.clone()));
        }
        Verdict::Done(Effects { emits, ..Effects::default() })
    });
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 7, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let status = until(&handle, |status| status.counters.records == 50).await;
    assert_eq!(status.counters.emitted, 100);
    assert_eq!(host.all(&one).await, numbers(0..50));
    let mut all = host.all(&many).await;
    all.sort_by_key(|it| it.parse::<u32>().unwrap());
    assert_eq!(all, numbers(0..50));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_target_delays_the_commit_and_runs_nothing_twice() {
    let host = Host::limited().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..20).await;
    let to = target.clone();
    // Each record brings 500 KiB to a shard that takes 1 MiB a second.
    let data = Bytes::from(vec![b'x'; 500 * 1024]);
    let script = Script::new(move |batch| {
        let emit = |_: &_| emission(&to, "k", data.clone());
        Verdict::Done(Effects {
            emits: batch.records.iter().map(emit).collect(),
            ..Effects::default()
        })
    });
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 4, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let status = until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!(status.last_result, "OK");
    script.was_given(2).await;
    assert!(script.given()[1].at.is_zero());
    pass(Duration::from_millis(500)).await;
    assert_eq!(handle.status().counters.batches, 1);
    let status = until(&handle, |status| status.counters.batches == 5).await;
    assert_eq!((status.counters.failures, status.counters.emitted), (0, 20));
    assert_eq!(script.given().len(), 5);
    let end = host.engine.clock.monotonic();
    assert!(end > Duration::from_secs(6) && end < Duration::from_secs(8), "{end:?}");
    assert_eq!(host.all(&target).await.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn what_no_stream_takes_is_a_failure_of_the_batch() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..1).await;
    let to = target.clone();
    // That a target is gone is no attempt.
    let calls = AtomicU64::new(0);
    let script = Script::new(move |_| {
        let one = |key: &str, bytes| emission(&to, key, Bytes::from(vec![0; bytes]));
        let emits = match calls.fetch_add(1, Ordering::Relaxed) + 1 {
            1 => vec![one("k", 1024 * 1024)],
            2 => vec![one("k", 1), one("", 1)],
            3 => vec![one(&"k".repeat(257), 1)],
            4 => vec![consumer::Emission { stream: domain::StreamId(999), ..one("k", 1) }],
            5 => (0..17).map(|_| one("k", 1024 * 1023)).collect(),
            _ => vec![one(&"é".repeat(256), 1)],
        };
        Verdict::Done(Effects { emits, ..Effects::default() })
    });
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let expected = [
        "record 0 cannot be emitted: it has 1048577 bytes, stream out takes 1024 KiB",
        "record 1 cannot be emitted: its partition key must have 1 to 256 characters",
        "record 0 cannot be emitted: its partition key must have 1 to 256 characters",
        "record 0 cannot be emitted: the target stream does not exist (any more)",
        "a batch may emit 65536 records of 16777216 bytes altogether, this one emits 17 of 17808401 bytes",
    ];
    for (failures, expected) in (1..).zip(expected) {
        let status = until(&handle, |status| status.counters.failures == failures).await;
        let result = status.last_result;
        assert!(result.starts_with(&format!("PROBLEM: {expected}")), "{result}");
    }
    let status = until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!((status.counters.failures, status.counters.emitted), (5, 1));
    assert_eq!(host.all(&target).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_target_deleted_meanwhile_is_no_attempt() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..1).await;
    let to = target.facts.id;
    let calls = AtomicU64::new(0);
    let script = Script::new(move |batch| {
        assert_eq!(batch.attempt, 1);
        if calls.fetch_add(1, Ordering::Relaxed) < 2 { copy(batch, to) } else { done() }
    });
    script.hold();
    let id = host.begin(&stream).await;
    let settings = Settings { retries_max: Some(0), ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    script.was_given(1).await;
    host.engine.streams.delete_stream(&target).await.unwrap();
    script.release();
    let status = until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!((status.counters.failures, status.counters.emitted), (2, 0));
}
