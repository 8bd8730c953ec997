//! Timers: they are kept with a batch, fire in the lane of their key, and go with the batch of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use consumer::{Batch, Change, Effects, Hold, Kept, Redriven, Row, Settings, To, Verdict, Wanted};
use domain::{HashKey, Millis};
use streams::PutEntry;

use crate::support::{HOUR, Host, Script, failed, pass, text, until};

const MINUTE: Duration = Duration::from_secs(60);

fn change(key: &str, name: &str, due: Option<Millis>) -> Change {
    let key: Arc<str> = key.into();
    Change { row: Row::new(&key, name), to: To::Due(due) }
}

fn kept(changes: Vec<Change>) -> Verdict {
    Verdict::Done(Effects { kept: Kept { changes, hold: Hold::default() }, ..Effects::default() })
}

/// Takes away the timers of a batch.
fn fired(batch: &Batch) -> Vec<Change> {
    batch.timers.iter().map(|due| Change { row: due.row.clone(), to: To::Due(None) }).collect()
}

/// A record `name:seconds` sets a timer of its key for so long after its arrival; without seconds it takes it away.
fn obey(batch: &Batch) -> Vec<Change> {
    let set = batch.records.iter().map(|record| {
        let (key, data) = (text(&record.partition_key), text(&record.data));
        let (name, seconds) = data.split_once(':').unwrap();
        let due = seconds.parse::<u64>().ok().map(|seconds| record.arrival.plus(seconds * 1000));
        change(&key, name, due)
    });
    set.chain(fired(batch)).collect()
}

fn obedient() -> Arc<Script> {
    Script::new(|batch| kept(obey(batch)))
}

/// What was given of timers, and when.
fn timers(script: &Script) -> Vec<(String, Duration)> {
    let given = script.given().into_iter();
    let each = given.flat_map(|it| it.data.into_iter().map(move |data| (data, it.at)));
    each.filter(|(data, _)| data.contains('!')).collect()
}

fn at(name: &str, seconds: u64) -> (String, Duration) {
    (name.to_owned(), Duration::from_secs(seconds))
}

#[tokio::test(start_paused = true)]
async fn a_timer_fires_when_it_is_due_and_once() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (host.begin(&stream).await, obedient());
    let _handle = host.start(id, &stream, Settings::default(), &script).await;
    host.put(&stream, &[("a", "x:60"), ("b", "x:30"), ("a", "y:90"), ("c", "z:20")]).await;
    pass(Duration::from_secs(10)).await;
    // One is set anew, one is taken away.
    host.put(&stream, &[("b", "x:35"), ("c", "z:")]).await;
    pass(HOUR).await;
    assert_eq!(timers(&script), [at("b!x", 45), at("a!x", 60), at("a!y", 90)]);
    assert!(
        host.engine
            .store
            .scan(&storage::Scope("consumer", id.0), b"t", None, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn timers_outlive_a_crash_and_those_that_were_missed_fire_at_once() {
    let host = Host::new().await;
    let stream = host.create("in", 2).await;
    let id = host.begin(&stream).await;
    let script = obedient();
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    let records: Vec<String> = (0..20).map(|it| format!("k{it}")).collect();
    let records: Vec<(&str, &str)> = records.iter().map(|key| (key.as_str(), "t:60")).collect();
    host.put(&stream, &records).await;
    until(&handle, |status| status.counters.records == 20).await;
    let host = host.restart().await;
    pass(2 * MINUTE).await;
    let (stream, script) = (host.stream("in"), obedient());
    let _handle = host.start(id, &stream, Settings::default(), &script).await;
    pass(MINUTE).await;
    let mut fired = timers(&script);
    fired.sort();
    assert_eq!(fired.len(), 20);
    assert!(fired.iter().all(|(_, at)| at.is_zero()), "{fired:?}");
    fired.dedup();
    assert_eq!(fired.len(), 20);
}

/// More than a shard holds in memory, due at one moment, such as midnight.
#[tokio::test(start_paused = true)]
async fn very_many_timers_of_one_moment_all_fire() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let script = Script::new(|batch| {
        let set = batch.records.iter().flat_map(|record| {
            let (key, due) = (text(&record.partition_key), Some(record.arrival.plus(60_000)));
            (0..18_000).map(move |it| change(&key, &it.to_string(), due))
        });
        kept(set.chain(fired(batch)).collect())
    });
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 1, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let records = ["a", "b", "c", "d", "e", "f"].map(|key| (key, "1"));
    host.put(&stream, &records).await;
    // So many are too many as they come, and as they are read.
    until(&handle, |status| status.counters.records == 6).await;
    handle.stop().await;
    assert!(timers(&script).is_empty(), "none is due yet");
    let settings = Settings { batch_records: 10_000, ..Settings::default() };
    let _handle = host.start(id, &stream, settings, &script).await;
    pass(HOUR).await;
    assert_eq!(timers(&script).len(), 6 * 18_000);
    let left = host.engine.store.scan(&storage::Scope("consumer", id.0), b"t", None, 9).await;
    assert!(left.unwrap().is_empty());
}

/// Fewer than a shard holds, and more bytes.
#[tokio::test(start_paused = true)]
async fn few_large_timers_all_fire() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let script = Script::new(|batch| {
        let set = batch.records.iter().flat_map(|record| {
            let (key, due) = (text(&record.partition_key), Some(record.arrival.plus(60_000)));
            (0..2500).map(move |it| change(&key, &format!("{it:0500}"), due))
        });
        kept(set.chain(fired(batch)).collect())
    });
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 1, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let keys = ["a", "b", "c", "d", "e"].map(|key| key.repeat(256));
    host.put(&stream, &keys.each_ref().map(|key| (key.as_str(), "1"))).await;
    until(&handle, |status| status.counters.records == 5).await;
    handle.stop().await;
    let settings = Settings { batch_records: 10_000, ..Settings::default() };
    let _handle = host.start(id, &stream, settings, &script).await;
    pass(HOUR).await;
    assert_eq!(by_key(&script), keys.map(|key| (key, 2500)).into());
}

/// A record `set` sets 18,000 timers of its key; one that says anything else fails.
fn setting() -> Arc<Script> {
    Script::new(|batch| {
        let has_bad = batch.records.iter().any(|record| text(&record.data) != "set");
        if has_bad {
            return failed();
        }
        let set = batch.records.iter().flat_map(|record| {
            let (key, due) = (text(&record.partition_key), Some(record.arrival.plus(600_000)));
            (0..18_000).map(move |it| change(&key, &it.to_string(), due))
        });
        kept(set.chain(fired(batch)).collect())
    })
}

/// How many timers of each key fired.
fn by_key(script: &Script) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (data, _) in timers(script) {
        *all.entry(data.split('!').next().unwrap().to_owned()).or_default() += 1;
    }
    all
}

/// What a shard holds in memory is no more than a part of what there is, and all of that part may have to wait.
#[tokio::test(start_paused = true)]
async fn timers_of_parked_keys_leave_room_for_others() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (host.begin(&stream).await, setting());
    let settings = Settings { batch_records: 1, park_after: Some(1), ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    // Of those that are due at one moment the first are those of the lowest hash.
    let mut keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
    keys.sort_by_key(|key| HashKey::of(key));
    host.put(&stream, &keys.map(|key| (key, "set"))).await;
    until(&handle, |status| status.counters.records == 8).await;
    host.put(&stream, &keys[..6].iter().map(|key| (*key, "bad")).collect::<Vec<_>>()).await;
    until(&handle, |status| status.counters.parked == 6).await;
    let settings = Settings { batch_records: 10_000, ..settings };
    handle.update(settings).unwrap();
    pass(HOUR).await;
    let free = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), 18_000)).collect();
    assert_eq!(by_key(&script), free(&keys[6..]));
    let (mut told, wanted) = (Redriven::default(), Wanted::Drop);
    handle.redrive().key(&keys[5].into(), wanted, &mut told).await.unwrap();
    assert_eq!(told.keys, 1);
    pass(MINUTE).await;
    assert_eq!(by_key(&script), free(&keys[5..]), "it is free");
}

#[tokio::test(start_paused = true)]
async fn timers_of_a_lane_that_gets_nowhere_leave_room_for_others() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (host.begin(&stream).await, setting());
    let settings = Settings { batch_records: 1, factor: 2, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let keys: Vec<String> = (0..40).map(|it| format!("k{it}")).collect();
    let lane = |key: &&String| HashKey::of(key).0.is_multiple_of(2);
    let (stuck, others): (Vec<&String>, Vec<&String>) = keys.iter().partition(lane);
    let all: Vec<&String> = stuck[..5].iter().chain(&others[..5]).copied().collect();
    host.put(&stream, &all.iter().map(|key| (key.as_str(), "set")).collect::<Vec<_>>()).await;
    until(&handle, |status| status.counters.records == 10).await;
    host.put(&stream, &[(stuck[0], "bad")]).await;
    until(&handle, |status| status.counters.failures > 0).await;
    handle.update(Settings { batch_records: 10_000, ..settings }).unwrap();
    pass(HOUR).await;
    assert_eq!(by_key(&script), others[..5].iter().map(|key| ((*key).clone(), 18_000)).collect());
}

#[tokio::test(start_paused = true)]
async fn timers_that_fail_are_tried_again_and_given_up_like_records() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let script = Script::new(|batch| match batch.timers.is_empty() {
        false if batch.attempt < 4 => failed(),
        _ => kept(obey(batch)),
    });
    let id = host.begin(&stream).await;
    let settings = Settings { retries_max: Some(2), ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    host.put(&stream, &[("a", "x:1")]).await;
    let status = until(&handle, |status| status.counters.failures == 3).await;
    let expected = "PROBLEM: 1 timers were discarded after 3 attempts";
    let status = if status.last_result == expected {
        status
    } else {
        until(&handle, |status| status.last_result == expected).await
    };
    assert_eq!(status.counters.discarded, 0, "no record was");
    pass(HOUR).await;
    assert_eq!(timers(&script).len(), 3);
    // What is behind goes on, and with one more attempt it would have worked.
    handle.update(Settings { retries_max: None, ..settings }).unwrap();
    host.put(&stream, &[("a", "y:1")]).await;
    pass(HOUR).await;
    assert_eq!(timers(&script).len(), 7);
    assert_eq!(handle.status().counters.failures, 6);
}

#[tokio::test(start_paused = true)]
async fn timers_follow_their_keys_over_a_split_and_a_merge() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (host.begin(&stream).await, obedient());
    let settings = Settings { factor: 3, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    let keys: Vec<String> = (0..30).map(|it| format!("k{it}")).collect();
    let records: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "t:100")).collect();
    host.put(&stream, &records).await;
    let records: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "u:400")).collect();
    host.put(&stream, &records).await;
    until(&handle, |status| status.counters.records == 60).await;
    let stream = host.halve(&stream, 0).await;
    pass(3 * MINUTE).await;
    assert_eq!(timers(&script).len(), 30);
    assert!(timers(&script).iter().all(|(name, at)| name.ends_with("!t") && at.as_secs() == 100));
    host.merge(&stream, 1, 2).await;
    pass(5 * MINUTE).await;
    assert_eq!(timers(&script).len(), 60);
    assert!(timers(&script)[30..].iter().all(|(_, at)| at.as_secs() == 400));
}

/// The batch that sets it is of a shard that the key does not belong to, as hash keys of records allow.
#[tokio::test(start_paused = true)]
async fn a_timer_fires_in_the_shard_of_its_key_whoever_set_it() {
    let host = Host::new().await;
    let stream = host.create("in", 2).await;
    let (id, script) = (host.begin(&stream).await, obedient());
    let _handle = host.start(id, &stream, Settings::default(), &script).await;
    pass(MINUTE).await;
    for hash_key in [0, u128::MAX] {
        let hash_key = Some(HashKey(hash_key));
        let entry = PutEntry { partition_key: "k", hash_key, data: &b"t:30"[..] };
        host.engine.streams.put_records(&stream, &[entry]).await.unwrap();
    }
    pass(MINUTE).await;
    assert_eq!(timers(&script), [at("k!t", 90)]);
}

/// What the records of a parked key were to do to its timers is not done yet.
#[tokio::test(start_paused = true)]
async fn timers_of_a_parked_key_wait_until_it_is_free() {
    for (wanted, more) in [(Wanted::Run, vec![at("a!y", 120)]), (Wanted::Drop, Vec::new())] {
        let host = Host::new().await;
        let stream = host.create("in", 1).await;
        let id = host.begin(&stream).await;
        let is_mended = Arc::new(AtomicBool::new(false));
        let mended = Arc::clone(&is_mended);
        let script = Script::new(move |batch| {
            let is_bad = batch.records.iter().any(|record| text(&record.data) == "y:30");
            if is_bad && !mended.load(Ordering::Relaxed) { failed() } else { kept(obey(batch)) }
        });
        let settings = Settings { park_after: Some(1), ..Settings::default() };
        let handle = host.start(id, &stream, settings, &script).await;
        host.put(&stream, &[("a", "x:60"), ("b", "x:60")]).await;
        until(&handle, |status| status.counters.records == 2).await;
        host.put(&stream, &[("a", "y:30")]).await;
        until(&handle, |status| status.counters.parked == 1).await;
        pass(2 * MINUTE).await;
        assert_eq!(timers(&script), [at("b!x", 60)], "{wanted:?}");
        is_mended.store(true, Ordering::Relaxed);
        let mut told = Redriven::default();
        handle.redrive().key(&"a".into(), wanted, &mut told).await.unwrap();
        assert_eq!((told.records, told.keys), (1, 1));
        pass(MINUTE).await;
        let mut fired = timers(&script);
        // Both are long due.
        fired[1..].sort();
        let all: Vec<_> = [at("b!x", 60), at("a!x", 120)].into_iter().chain(more).collect();
        assert_eq!(fired, all, "{wanted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn timers_and_records_take_turns() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let script = Script::new(|batch| {
        // Each is due again at once.
        let again = batch
            .timers
            .iter()
            .map(|due| Change { row: due.row.clone(), to: To::Due(Some(due.at)) });
        let mut changes = obey(batch);
        if !batch.timers.is_empty() {
            changes = again.collect();
        }
        kept(changes)
    });
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 1, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    host.put(&stream, &[("a", "x:0")]).await;
    until(&handle, |status| status.counters.batches >= 5).await;
    let records: Vec<(&str, &str)> = vec![("b", "y:1000000"); 10];
    host.put(&stream, &records).await;
    until(&handle, |status| status.counters.records >= 11).await;
    let given = script.data();
    let first = given.iter().position(|data| data[0].starts_with("y:")).unwrap();
    for pair in given[first..first + 19].chunks(2) {
        assert!(pair[0][0].starts_with("y:"), "{given:?}");
        assert!(pair.get(1).is_none_or(|timer| timer[0] == "a!x"), "{given:?}");
    }
}
