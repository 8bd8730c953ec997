//! What becomes of batches that fail or cannot be run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use consumer::{Settings, Verdict};
use streams::Direction;

use crate::support::{HOUR, Host, Script, done, failed, not_run, numbers, pass, until};

/// Fails so many times, then works.
fn fails(times: u32, how: fn() -> Verdict) -> Arc<Script> {
    let left = AtomicU32::new(times);
    Script::new(move |_| {
        let take = |left: u32| left.checked_sub(1);
        match left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => how(),
            Err(_) => done(),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_failed_batch_is_tried_again_as_it_was_until_it_works() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..3).await;
    let (id, script) = (host.begin(&stream).await, fails(12, failed));
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let status = until(&handle, |status| status.counters.failures == 1).await;
    assert_eq!(status.last_result, "PROBLEM: as told");
    host.put_numbers(&stream, 3..6).await;
    let status = until(&handle, |status| status.counters.batches == 2).await;
    assert_eq!(status.last_result, "OK");
    assert_eq!((status.counters.failures, status.counters.retries), (12, 12));
    let given = script.given();
    let attempts: Vec<u32> = given.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1]);
    assert!(given[..13].iter().all(|it| it.data == numbers(0..3)));
    assert_eq!(given[13].data, numbers(3..6));
    // The pause doubles from 100 ms to a minute; the second half of it is random.
    for (at, pair) in given[..13].windows(2).enumerate() {
        let longest = Duration::from_millis(100 << at).min(Duration::from_secs(60));
        let pause = pair[1].at - pair[0].at;
        // Timers are as fine as a millisecond.
        let longest_kept = longest + Duration::from_millis(1);
        assert!(pause >= longest / 2 && pause <= longest_kept, "{at} {pause:?}");
    }
    assert!(given[1..13].iter().all(|it| it.is_replay) && !given[0].is_replay);
}

#[tokio::test(start_paused = true)]
async fn a_processor_may_ask_for_a_longer_pause() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..1).await;
    let script = fails(1, || Verdict::Failed {
        why: "later".to_owned(),
        retry_after: Some(Duration::from_secs(30)),
    });
    let id = host.begin(&stream).await;
    let _handle = host.start(id, &stream, Settings::default(), &script).await;
    script.was_given(2).await;
    assert_eq!(script.given()[1].at, Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_discarded_when_its_retries_are_used_up() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..5).await;
    let settings = Settings { batch_records: 3, retries_max: Some(2), ..Settings::default() };
    let script = Script::new(|batch| if batch.records.len() == 3 { failed() } else { done() });
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, settings, &script).await;
    let status = until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!((status.counters.discarded, status.counters.records), (3, 2));
    let attempts: Vec<(u32, usize)> =
        script.given().iter().map(|it| (it.attempt, it.data.len())).collect();
    assert_eq!(attempts, [(1, 3), (2, 3), (3, 3), (1, 2)]);
    assert_eq!(host.engine.metrics.consumer.discarded.get(), 3);
    // Discarded is finished: it does not come back.
    handle.stop().await;
    let script = Script::swallows();
    let handle = host.start(id, &stream, settings, &script).await;
    host.put_numbers(&stream, 5..6).await;
    until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!(script.data(), [numbers(5..6)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_run_is_no_attempt_and_ends_by_age_only() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..2).await;
    let age_max = Some(Duration::from_secs(600));
    let settings = Settings { retries_max: Some(0), age_max, ..Settings::default() };
    let (id, script) = (host.begin(&stream).await, Script::new(|_| not_run()));
    let handle = host.start(id, &stream, settings, &script).await;
    pass(Duration::from_secs(300)).await;
    host.put_numbers(&stream, 2..3).await;
    let status = until(&handle, |status| status.counters.discarded == 2).await;
    assert!(status.counters.failures > 10, "{status:?}");
    assert_eq!(status.counters.retries, 0);
    let given = script.given();
    assert!(given.iter().all(|it| it.attempt == 1));
    assert!(given.iter().all(|it| it.at <= Duration::from_secs(600) || it.data == ["2"]));
    let status = until(&handle, |status| status.counters.discarded == 3).await;
    assert_eq!(status.last_result, "PROBLEM: 1 records were discarded because of their age");
    assert_eq!(status.counters.batches, 0);
}

#[tokio::test(start_paused = true)]
async fn records_leave_a_batch_one_by_one_as_they_grow_too_old() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let id = host.begin(&stream).await;
    for number in 0..3 {
        host.put_numbers(&stream, number..number + 1).await;
        pass(Duration::from_secs(10)).await;
    }
    let age_max = Some(Duration::from_secs(60));
    let settings = Settings { age_max, ..Settings::default() };
    let script = Script::new(|_| Verdict::Failed {
        why: "no".to_owned(),
        retry_after: Some(Duration::from_secs(15)),
    });
    let handle = host.start(id, &stream, settings, &script).await;
    until(&handle, |status| status.counters.discarded == 3).await;
    let lengths: Vec<usize> = script.given().iter().map(|it| it.data.len()).collect();
    assert_eq!(lengths, [3, 3, 3, 1]);
    assert_eq!(script.data()[3], ["2"]);
}

#[tokio::test(start_paused = true)]
async fn a_poison_pill_goes_with_its_retention() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..1).await;
    let script = Script::new(|batch| if batch.records[0].data == "0" { failed() } else { done() });
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    pass(23 * HOUR).await;
    host.put_numbers(&stream, 1..2).await;
    assert_eq!(handle.status().counters.discarded, 0);
    let status = until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!((status.counters.discarded, status.counters.records), (1, 1));
    let last = script.given().last().unwrap().clone();
    assert!(last.data == ["1"] && last.at > 24 * HOUR && last.at < 24 * HOUR + HOUR, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_of_its_batch() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    host.put_numbers(&stream, 0..1).await;
    let script = Script::new(|batch| if batch.attempt == 1 { panic!("as told") } else { done() });
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let status = until(&handle, |status| status.counters.failures == 1).await;
    assert_eq!(status.last_result, "PROBLEM: the processor panicked");
    until(&handle, |status| status.counters.batches == 1).await;
}

#[tokio::test(start_paused = true)]
async fn what_expired_before_it_was_read_is_counted_as_lost() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let id = host.begin(&stream).await;
    host.put_numbers(&stream, 0..3).await;
    pass(25 * HOUR).await;
    host.put_numbers(&stream, 3..5).await;
    let script = Script::swallows();
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let status = until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!((status.counters.lost, status.counters.records), (3, 2));
    assert_eq!(host.engine.metrics.consumer.lost.get(), 3);
    // Who begins now misses nothing.
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let status = until(&handle, |status| status.counters.batches == 1).await;
    assert_eq!((status.counters.lost, status.counters.records), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_retention_that_is_made_shorter_ends_what_is_past_it() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let streams = &host.engine.streams;
    streams.change_retention(&stream, 72, Direction::Longer).await.unwrap();
    host.put_numbers(&stream, 0..2).await;
    let (id, script) = (host.begin(&stream).await, Script::new(|_| failed()));
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    pass(30 * HOUR).await;
    // No read tells the consumer: it has all that there is in hand.
    assert_eq!(handle.watch().borrow().counters.discarded, 0);
    streams.accept_time();
    streams.change_retention(&stream, 24, Direction::Shorter).await.unwrap();
    let status = until(&handle, |status| status.counters.discarded == 2).await;
    assert_eq!(status.last_result, "PROBLEM: 2 records were discarded because of their age");
}
