//! What comes into a batch, and where a consumer starts.

use std::time::Duration;

use consumer::{Effects, Settings, Verdict};
use storage::Position;
use streams::Start;

use crate::support::{Host, Script, numbers, pass, text, until};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn records_are_handed_over_in_order_without_a_timer() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..5).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.records == 5).await;
    for number in 5..8 {
        host.put_numbers(&stream, number..number + 1).await;
        until(&handle, |status| status.counters.records == u64::from(number) + 1).await;
    }
    let data: Vec<String> = script.data().concat();
    assert_eq!(data, numbers(0..8));
    let given = script.given();
    assert!(given.iter().all(|it| it.at.is_zero() && it.attempt == 1 && !it.is_replay));
    let status = handle.status();
    assert_eq!((status.last_result.as_str(), status.counters.batches), ("OK", 4));
    assert_eq!((status.batches_running, status.shards_running), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_batch_knows_its_records() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put(&stream, &[("a", "1"), ("b", "2")]).await;
    let facts = stream.shards[0].facts;
    let arn = stream.arn();
    let id = host.begin(&stream).await;
    pass(SECOND).await;
    let script = Script::new(move |batch| {
        assert_eq!(batch.stream.arn(), arn);
        assert_eq!(batch.shard, facts);
        let record = &batch.records[0];
        assert_eq!(record.number, facts.number(record.position));
        assert_eq!(
            text(&record.partition_key),
            text(&record.data).replace('1', "a").replace('2', "b")
        );
        // The first of two batches is behind the second, which is the newest.
        let is_first = text(&record.data) == "1";
        assert_eq!(batch.behind_ms, if is_first { 1000 } else { 0 });
        Verdict::Done(Effects::default())
    });
    let settings = Settings { batch_records: 1, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let status = until(&handle, |status| status.counters.batches == 2).await;
    assert_eq!((status.counters.failures, status.iterator_age_ms), (0, 1000));
}

#[tokio::test(start_paused = true)]
async fn batches_close_by_count_and_by_bytes() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..7).await;
    let settings = Settings { batch_records: 3, ..Settings::default() };
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.records == 7).await;
    assert_eq!(script.data(), [numbers(0..3), numbers(3..6), numbers(6..7)]);

    let batch_bytes = 2 * Settings::payload_bytes(3, 1);
    let settings = Settings { batch_bytes, ..Settings::default() };
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.records == 7).await;
    assert_eq!(script.data().iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_record_beyond_the_bytes_of_a_batch_stands_alone() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let large = "x".repeat(1000);
    host.put(&stream, &[("a", "1"), ("a", &large), ("a", "2")]).await;
    let settings = Settings { batch_bytes: 600, ..Settings::default() };
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.records == 3).await;
    assert_eq!(script.data(), [["1"], [large.as_str()], ["2"]]);
}

#[tokio::test(start_paused = true)]
async fn a_window_collects_and_a_full_batch_does_not_wait_for_it() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let settings = Settings { batch_records: 3, window: 10 * SECOND, ..Settings::default() };
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, settings, &script).await;
    host.put_numbers(&stream, 0..1).await;
    pass(4 * SECOND).await;
    host.put_numbers(&stream, 1..2).await;
    pass(5 * SECOND).await;
    assert!(script.given().is_empty());
    script.was_given(1).await;
    assert_eq!(script.data(), [numbers(0..2)]);
    assert_eq!(script.given()[0].at, 10 * SECOND);
    host.put_numbers(&stream, 2..6).await;
    until(&handle, |status| status.counters.batches == 2).await;
    assert_eq!(script.given()[1].at, 10 * SECOND);
    until(&handle, |status| status.counters.batches == 3).await;
    assert_eq!((script.given()[2].at, &script.data()[2]), (20 * SECOND, &numbers(5..6)));
}

#[tokio::test(start_paused = true)]
async fn a_start_is_fixed_when_the_consumer_is_made() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..1).await;
    pass(SECOND).await;
    host.put_numbers(&stream, 1..2).await;
    let at = host.engine.clock.now();
    let first =
        stream.shards[0].facts.number(Position { term: host.engine.store.term(), offset: 0 });
    let starts = [
        (Start::TrimHorizon, 0),
        (Start::Latest, 2),
        (Start::AtTimestamp(at), 1),
        (Start::AtTimestamp(at.plus(1)), 2),
        (Start::After(first), 1),
    ];
    let mut begun = Vec::new();
    for (start, expected) in starts {
        begun.push((host.begin_at(&stream, start).await, expected));
    }
    host.put_numbers(&stream, 2..3).await;
    for (id, expected) in begun {
        let script = Script::swallows();
        let handle = host.start(id, &stream, Settings::default(), &script).await;
        until(&handle, |status| status.counters.batches > 0).await;
        assert_eq!(script.data().concat(), numbers(expected..3));
    }
}

#[tokio::test(start_paused = true)]
async fn each_shard_is_read() {
    let host = Host::new().await;
    let stream = host.create("in", 4).await;
    let records: Vec<String> = numbers(0..100);
    let entries: Vec<(&str, &str)> = records.iter().map(|it| (it.as_str(), it.as_str())).collect();
    host.put(&stream, &entries).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let status = until(&handle, |status| status.counters.records == 100).await;
    assert_eq!(status.shards_running, 4);
    let mut seen = script.data().concat();
    seen.sort_by_key(|text| text.parse::<u32>().unwrap());
    assert_eq!(seen, records);
}
