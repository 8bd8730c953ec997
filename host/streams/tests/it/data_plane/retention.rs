//! Records end with their retention.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::json;
use storage::LogId;
use storage::faulty::{Call, Fate, Gate};

use crate::support::{HOUR, Host, caller, data};

#[tokio::test]
async fn reads_hide_what_has_expired_before_anything_is_trimmed() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let old = host.put("a", "k", b"old").await;
    host.clock.advance(HOUR);
    host.put("a", "k", b"new").await;
    host.clock.advance(23 * HOUR);
    // Exactly a day old is not older than a day.
    assert_eq!(host.all("a").await, [b"old", b"new"]);
    host.sweep().await;
    host.clock.advance(1);
    assert_eq!(host.all("a").await, [b"new"]);
    let at = json!({"StartingSequenceNumber": old});
    let iterator = host.iterator("a", "AT_SEQUENCE_NUMBER", at).await;
    assert_eq!(data(&host.get(&iterator).await), [b"new"]);
    host.clock.advance(HOUR);
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    let reply = host.get(&iterator).await;
    assert!(data(&reply).is_empty());
    assert_eq!(reply["MillisBehindLatest"], 0);
}

#[tokio::test]
async fn a_sweep_trims_what_has_expired_and_no_more() {
    let host = Host::unlimited().await;
    host.create("a", 2).await;
    host.put("a", "a", b"old").await;
    host.clock.advance(HOUR);
    host.put("a", "a", b"new").await;
    for _ in 0..24 {
        host.clock.advance(HOUR);
        host.sweep().await;
    }
    assert_eq!(host.all("a").await, [b"new"]);
    let host = host.restart().await;
    assert_eq!(host.all("a").await, [b"new"]);
}

#[tokio::test]
async fn a_clock_that_jumps_expires_nothing_until_it_is_accepted() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"kept").await;
    host.clock.jump_to(host.now().plus(1000 * HOUR));
    host.sweep().await;
    assert_eq!(host.all("a").await, [b"kept"]);
    // However long it lasts, time without the jump counts.
    host.clock.advance(HOUR);
    host.sweep().await;
    assert_eq!(host.all("a").await, [b"kept"]);
    host.service.accept_time();
    assert!(host.all("a").await.is_empty());
}

#[tokio::test]
async fn a_clock_that_jumped_between_two_lives_expires_nothing_until_it_is_accepted() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"kept").await;
    host.sweep().await;
    host.clock.jump_to(host.now().plus(1000 * HOUR));
    let host = host.restart().await;
    assert_eq!(host.all("a").await, [b"kept"]);
    // What comes in by the wrong clock makes it no more believed, and neither does another start.
    host.put("a", "k", b"new.").await;
    host.sweep().await;
    let host = host.restart().await;
    host.sweep().await;
    assert_eq!(host.all("a").await, [b"kept", b"new."]);
    let lag = host.metrics.expose();
    assert!(lag.contains("shardmill_retention_lag_seconds 3600000\n"), "{lag}");
    host.service.accept_time();
    host.sweep().await;
    assert_eq!(host.all("a").await, [b"new."]);
    // It is noted that it was accepted.
    let host = host.restart().await;
    assert_eq!(host.service.believed_time(), host.now());
}

#[tokio::test]
async fn a_short_stop_counts_and_a_clock_that_was_set_right_again_is_believed() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"old").await;
    host.sweep().await;
    let begun = host.now();
    host.clock.jump_to(begun.plus(HOUR));
    let host = host.restart().await;
    assert_eq!(host.service.believed_time(), begun.plus(HOUR));
    host.sweep().await;
    host.clock.jump_to(begun.plus(500 * HOUR));
    let host = host.restart().await;
    host.sweep().await;
    assert_eq!(host.all("a").await, [b"old"]);
    host.clock.jump_to(begun.plus(2 * HOUR));
    let host = host.restart().await;
    host.sweep().await;
    assert_eq!(host.service.believed_time(), begun.plus(2 * HOUR));
    assert_eq!(host.all("a").await, [b"old"]);
}

#[tokio::test]
async fn a_time_is_believed_again_when_all_from_before_the_jump_has_had_its_time() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"old").await;
    host.sweep().await;
    host.clock.jump_to(host.now().plus(100 * HOUR));
    let host = host.restart().await;
    for hours in 1..=25 {
        host.clock.advance(HOUR);
        host.put("a", "k", b"new").await;
        host.sweep().await;
        let is_held = host.service.believed_time() != host.now();
        assert_eq!(is_held, hours < 25, "{hours}");
        assert_eq!(host.all("a").await.contains(&b"old".to_vec()), hours <= 24, "{hours}");
    }
    assert_eq!(host.all("a").await.len(), 25);
}

/// The logs that a store was asked to trim.
#[derive(Clone, Default)]
struct Trims(Arc<Mutex<Vec<LogId>>>);

impl Trims {
    fn note(&self, call: &Call<'_>) {
        if let Call::Trim(log) = call {
            self.0.lock().push(*log);
        }
    }

    /// The logs trimmed since the last question, in the order of their numbers.
    fn take(&self) -> Vec<LogId> {
        let mut logs = std::mem::take(&mut *self.0.lock());
        logs.sort_unstable();
        logs
    }
}

/// A key that goes to each of the three shards of a stream.
const KEYS: [&str; 3] = ["a", "b", "e"];

#[tokio::test]
async fn a_sweep_that_moves_nothing_trims_nothing() {
    let trims = Trims::default();
    let noted = trims.clone();
    let decide = move |call: &Call<'_>| {
        noted.note(call);
        Fate::Pass
    };
    let host = Host::unlimited().await.failing(decide).await;
    host.create("a", 3).await;
    for data in [b"old", b"new"] {
        for key in &KEYS[..2] {
            host.put("a", key, data).await;
        }
        host.clock.advance(HOUR);
    }
    for (hours, trimmed) in [(21, 0), (1, 2), (0, 0), (1, 2), (0, 0), (100, 0)] {
        (0..hours).for_each(|_| host.clock.advance(HOUR));
        host.clock.advance(1);
        host.service.accept_time();
        host.sweep().await;
        host.sweep().await;
        assert_eq!(trims.take().len(), trimmed, "{hours}");
    }
}

#[tokio::test]
async fn a_log_that_fails_stops_the_retention_of_no_other() {
    let trims = Trims::default();
    let (noted, bad) = (trims.clone(), Arc::new(Mutex::new(None)));
    let failing = Arc::clone(&bad);
    let decide = move |call: &Call<'_>| {
        noted.note(call);
        match call {
            Call::Seek(log) if *failing.lock() == Some(*log) => Fate::FailBefore,
            _ => Fate::Pass,
        }
    };
    let host = Host::unlimited().await.failing(decide).await;
    host.create("a", 3).await;
    for key in KEYS {
        host.put("a", key, b"old").await;
    }
    host.clock.advance(25 * HOUR);
    host.service.accept_time();
    let caller = caller();
    let streams = host.service.list_streams(caller.account, &caller.region, None, 1).items;
    let logs: Vec<LogId> = streams[0].shards.iter().map(|shard| shard.facts.log).collect();
    *bad.lock() = Some(logs[0]);
    assert!(matches!(host.service.sweep().await, Err(streams::Error::Unavailable(_))));
    assert_eq!(trims.take(), logs[1..]);
    *bad.lock() = None;
    host.sweep().await;
    assert_eq!(trims.take(), logs[..1]);
}

#[tokio::test]
async fn a_sweep_does_not_ask_for_everything_at_once() {
    let gate = Gate::new();
    let held = gate.clone();
    let decide = move |call: &Call<'_>| match call {
        Call::Bounds(_) => Fate::HoldBefore(held.clone()),
        _ => Fate::Pass,
    };
    let host = Host::unlimited().await.failing(decide).await;
    host.create("a", 200).await;
    host.clock.advance(25 * HOUR);
    host.service.accept_time();
    let several = async {
        gate.reached(2).await;
        // The sweep has asked all that it asks before it waits.
        tokio::task::yield_now().await;
        tokio::select! {
            biased;
            () = gate.reached(100) => panic!("100 calls at once"),
            () = tokio::task::yield_now() => gate.open(),
        }
    };
    tokio::join!(host.sweep(), several);
}

impl Host {
    async fn sweep(&self) {
        self.service.sweep().await.unwrap();
    }
}
