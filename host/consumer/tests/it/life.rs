//! Starting, stopping, restarting, forgetting.

use std::time::Duration;

use consumer::{ConsumerId, Error, Settings};
use storage::Term;
use streams::Start;

use crate::support::{Host, Script, copy, done, failed, numbers, pass, until, within};

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_the_very_batch_that_was_to_be_tried_again() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..5).await;
    let settings = Settings { batch_records: 5, ..Settings::default() };
    let (id, script) = (host.begin(&stream).await, Script::new(|_| failed()));
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.failures == 2).await;
    script.hold();
    // The third attempt is noted before it begins.
    script.was_given(3).await;
    let host = host.restart().await;
    let stream = host.stream("in");
    host.put_numbers(&stream, 5..9).await;
    let settings = Settings { batch_records: 2, ..Settings::default() };
    let again = Script::swallows();
    let handle = host.start(id, &stream, settings, &again).await;
    until(&handle, |status| status.counters.records == 9).await;
    let given = again.given();
    assert_eq!((given[0].attempt, given[0].is_replay), (3, true));
    assert_eq!(given[0].data, numbers(0..5));
    assert_eq!(given[1..].iter().map(|it| it.attempt).max(), Some(1));
    assert_eq!(again.data().concat(), numbers(0..9));
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_the_commit_runs_the_batch_again_and_emits_once() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..4).await;
    let (id, script) = (host.begin(&stream).await, Script::copies(&target));
    script.hold();
    let _handle = host.start(id, &stream, Settings::default(), &script).await;
    script.was_given(1).await;
    assert!(!script.given()[0].is_replay);
    let host = host.restart().await;
    script.release();
    let (stream, target) = (host.stream("in"), host.stream("out"));
    let again = Script::copies(&target);
    let handle = host.start(id, &stream, Settings::default(), &again).await;
    until(&handle, |status| status.counters.batches == 1).await;
    assert!(again.given()[0].is_replay);
    assert_eq!(host.all(&target).await, numbers(0..4));
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_what_runs_and_begins_nothing() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 2).await, host.create("out", 1).await);
    let records: Vec<String> = numbers(0..20);
    let entries: Vec<(&str, &str)> = records.iter().map(|it| (it.as_str(), it.as_str())).collect();
    host.put(&stream, &entries).await;
    let (id, script) = (host.begin(&stream).await, Script::copies(&target));
    script.hold();
    let settings = Settings { batch_records: 2, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    script.was_given(2).await;
    {
        let stopped = handle.stop();
        tokio::pin!(stopped);
        tokio::select! {
            biased;
            () = &mut stopped => panic!("it does not wait"),
            () = pass(Duration::from_secs(100)) => {}
        }
        script.release();
        within(stopped).await;
    }
    assert_eq!(script.given().len(), 2);
    let status = handle.status();
    assert_eq!((status.counters.batches, status.shards_running), (2, 0));
    assert_eq!(status.last_result, "OK");
    assert_eq!(host.all(&target).await.len(), 4);
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.records == 16).await;
    assert_eq!(host.all(&target).await.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_program_and_a_dropped_handle_stop_a_consumer() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let mut watch = handle.watch();
    drop(handle);
    within(watch.wait_for(|status| status.shards_running == 0)).await.unwrap();
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    host.engine.tasks.stop();
    let status = until(&handle, |status| status.shards_running == 0).await;
    assert_eq!(status.last_result, "No records processed");
    within(host.engine.tasks.drained()).await;
    within(handle.stop()).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_deleted_ends_its_consumers() {
    let host = Host::new().await;
    let stream = host.create("in", 3).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    host.put_numbers(&stream, 0..1).await;
    until(&handle, |status| status.counters.batches == 1).await;
    host.engine.streams.delete_stream(&stream).await.unwrap();
    let status = until(&handle, |status| status.shards_running == 0).await;
    assert_eq!(status.last_result, "PROBLEM: the stream was deleted");
}

#[tokio::test(start_paused = true)]
async fn of_two_starts_the_later_one_wins() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..3).await;
    let id = host.begin(&stream).await;
    let (one, two) = (Script::copies(&target), Script::copies(&target));
    one.hold();
    let first = host.start(id, &stream, Settings::default(), &one).await;
    one.was_given(1).await;
    let second = host.start(id, &stream, Settings::default(), &two).await;
    until(&second, |status| status.counters.batches == 1).await;
    one.release();
    let status = until(&first, |status| status.shards_running == 0).await;
    let why = "PROBLEM: the consumer was started elsewhere or forgotten";
    assert_eq!((status.last_result.as_str(), status.counters.batches), (why, 0));
    assert_eq!(host.all(&target).await, numbers(0..3));
    assert!(two.given()[0].is_replay);
}

#[tokio::test(start_paused = true)]
async fn consumers_are_begun_once_and_forgotten() {
    let host = Host::new().await;
    let stream = host.create("in", 3).await;
    let (id, script) = (host.begin(&stream).await, Script::swallows());
    let again = host.engine.begin(id, &stream, Start::Latest).await;
    assert!(matches!(again, Err(Error::Begun)), "{again:?}");
    host.engine.forget(id).await.unwrap();
    host.engine.forget(id).await.unwrap();
    for id in [id, ConsumerId(12_345)] {
        let settings = Settings::default();
        let started = host.engine.start(id, stream.clone(), settings, script.clone()).await;
        assert!(matches!(started, Err(Error::NotBegun)), "{started:?}");
    }
    host.engine.begin(id, &stream, Start::Latest).await.unwrap();
    let settings = Settings { factor: 0, ..Settings::default() };
    let started = host.engine.start(id, stream.clone(), settings, script.clone()).await;
    assert!(matches!(started, Err(Error::Settings(_))), "{started:?}");
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    assert!(handle.update(settings).is_err());
    host.engine.streams.delete_stream(&stream).await.unwrap();
    let gone = host.engine.begin(ConsumerId(77), &stream, Start::Latest).await;
    assert!(matches!(gone, Err(Error::Stream(_))), "{gone:?}");
}

#[tokio::test(start_paused = true)]
async fn settings_change_while_batches_run() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..10).await;
    let to = target.facts.id;
    let script =
        Script::new(move |batch| if batch.records.len() > 3 { failed() } else { copy(batch, to) });
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 4, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.failures == 9).await;
    assert_eq!(script.data()[8], numbers(0..4));
    // What fails for ever is skipped without waiting for its next attempt.
    let before = host.engine.clock.monotonic();
    let settings = Settings { batch_records: 3, retries_max: Some(2), ..settings };
    handle.update(settings).unwrap();
    let status = until(&handle, |status| status.counters.records == 6).await;
    assert_eq!(status.counters.discarded, 4);
    assert_eq!(host.engine.clock.monotonic(), before);
    assert_eq!(host.all(&target).await, numbers(4..10));
}

#[tokio::test(start_paused = true)]
async fn positions_of_a_store_opened_later_are_understood() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..3).await;
    let latest = host.begin_at(&stream, Start::Latest).await;
    let oldest = host.begin(&stream).await;
    let before: Term = host.engine.store.term();
    pass(Duration::from_secs(5)).await;
    let host = host.restart().await;
    assert!(host.engine.store.term() > before);
    let stream = host.stream("in");
    host.put_numbers(&stream, 3..5).await;
    for (id, expected) in [(latest, 3..5), (oldest, 0..5)] {
        let script = Script::new(|_| done());
        let handle = host.start(id, &stream, Settings::default(), &script).await;
        until(&handle, |status| status.counters.batches > 0).await;
        assert_eq!(script.data().concat(), numbers(expected));
        assert_eq!(handle.status().counters.lost, 0);
    }
}
