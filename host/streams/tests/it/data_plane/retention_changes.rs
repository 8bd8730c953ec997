//! Retentions that are changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use storage::faulty::{Call, Fate, Gate};

use crate::support::{ACCOUNT, HOUR, Host, arn, caller, data, told};

const INCREASE: &str = "IncreaseStreamRetentionPeriod";
const DECREASE: &str = "DecreaseStreamRetentionPeriod";
const INVALID: &str = "InvalidArgumentException";

fn hours(hours: u32) -> Value {
    json!({"StreamName": "a", "RetentionPeriodHours": hours})
}

impl Host {
    async fn retention(&self) -> Value {
        let summary = self.call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
        let description = self.call("DescribeStream", json!({"StreamName": "a"})).await;
        let told = &summary["StreamDescriptionSummary"]["RetentionPeriodHours"];
        assert_eq!(told, &description["StreamDescription"]["RetentionPeriodHours"]);
        told.clone()
    }

    /// Lets hours pass, with the sweeps that a running program makes.
    async fn pass(&self, hours: u32) {
        for _ in 0..hours {
            self.clock.advance(HOUR);
            self.service.sweep().await.unwrap();
        }
    }

    /// Lets hours pass, without any sweep.
    fn jump(&self, hours: u32) {
        (0..hours).for_each(|_| self.clock.advance(HOUR));
        self.service.accept_time();
    }
}

#[tokio::test]
async fn a_retention_is_changed_within_bounds_and_in_one_direction() {
    let host = Host::new().await;
    host.create("a", 1).await;
    assert_eq!(host.call(INCREASE, hours(8760)).await, Value::Null);
    assert_eq!(host.retention().await, 8760);
    let input = json!({"StreamARN": arn("a"), "RetentionPeriodHours": 48});
    assert_eq!(host.call(DECREASE, input).await, Value::Null);
    // What it is already, it may be set to either way.
    host.call(INCREASE, hours(48)).await;
    host.call(DECREASE, hours(48)).await;
    let host = host.restart().await;
    assert_eq!(host.retention().await, 48);
    let short = |hours: u32| {
        format!(
            "Minimum allowed retention period is 24 hours. Requested retention period ({hours} hours) \
             is too short."
        )
    };
    let long = |hours: u32| {
        format!(
            "Maximum allowed retention period is 8760 hours. Requested retention period ({hours} \
             hours) is too long."
        )
    };
    for operation in [INCREASE, DECREASE] {
        host.refuses(operation, hours(23), INVALID, &short(23)).await;
        host.refuses(operation, hours(8761), INVALID, &long(8761)).await;
        let least = "have value greater than or equal to 1";
        let message = told("'0'", "retentionPeriodHours", least);
        host.refuses(operation, hours(0), "ValidationException", &message).await;
        let message = told("null", "retentionPeriodHours", "not be null");
        let input = json!({"StreamName": "a"});
        host.refuses(operation, input, "ValidationException", &message).await;
        let message = format!("Stream b under account {ACCOUNT} not found.");
        let input = json!({"StreamName": "b", "RetentionPeriodHours": 23});
        host.refuses(operation, input, "ResourceNotFoundException", &message).await;
    }
    let message = "Requested retention period (47 hours) for stream a can not be shorter than \
                   existing retention period (48 hours). Use DecreaseRetentionPeriod API.";
    host.refuses(INCREASE, hours(47), INVALID, message).await;
    let message = "Requested retention period (49 hours) for stream a can not be longer than existing \
                   retention period (48 hours). Use IncreaseRetentionPeriod API.";
    host.refuses(DECREASE, hours(49), INVALID, message).await;
    assert_eq!(host.retention().await, 48);
}

#[tokio::test]
async fn a_longer_retention_keeps_what_has_not_expired() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"one").await;
    host.call(INCREASE, hours(48)).await;
    host.pass(48).await;
    assert_eq!(host.all("a").await, [b"one"]);
    host.clock.advance(1);
    assert!(host.all("a").await.is_empty());
}

#[tokio::test]
async fn a_shorter_retention_hides_at_once_and_for_good() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.call(INCREASE, hours(72)).await;
    let old = host.put("a", "k", b"old").await;
    host.jump(30);
    host.put("a", "k", b"new").await;
    assert_eq!(host.all("a").await, [b"old", b"new"]);
    let before = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    host.call(DECREASE, hours(24)).await;
    // An iterator that was given before is no way around it.
    assert_eq!(data(&host.get(&before).await), [b"new"]);
    let at = json!({"StartingSequenceNumber": old});
    let at = host.iterator("a", "AT_SEQUENCE_NUMBER", at).await;
    assert_eq!(data(&host.get(&at).await), [b"new"]);
    // Nothing was deleted so far: no sweep has come.
    host.call(INCREASE, hours(72)).await;
    assert_eq!(host.all("a").await, [b"new"]);
    let host = host.restart().await;
    assert_eq!(host.all("a").await, [b"new"]);
    host.pass(1).await;
    assert_eq!(host.all("a").await, [b"new"]);
}

#[tokio::test]
async fn what_has_expired_does_not_come_back_with_a_longer_retention() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"old").await;
    host.jump(25);
    host.put("a", "k", b"new").await;
    host.call(INCREASE, hours(8760)).await;
    assert_eq!(host.all("a").await, [b"new"]);
    let host = host.restart().await;
    assert_eq!(host.all("a").await, [b"new"]);
    // A time of day that falls is believed, and by it the record is not as old as the shortest retention.
    host.clock.jump_to(host.now().minus(10 * HOUR));
    assert_eq!(host.all("a").await, [b"old", b"new"]);
    host.jump(10);
    assert_eq!(host.all("a").await, [b"new"]);
}

#[tokio::test]
async fn a_clock_that_was_far_ahead_expires_nothing_once_it_is_right() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let right = host.now();
    // A start believes its clock.
    host.clock.jump_to(right.plus(8760 * HOUR));
    let host = host.restart().await;
    host.call(INCREASE, hours(48)).await;
    host.clock.jump_to(right);
    let host = host.restart().await;
    host.put("a", "k", b"new").await;
    assert_eq!(host.all("a").await, [b"new"]);
    host.pass(24).await;
    assert_eq!(host.all("a").await, [b"new"]);
    // A retention that is changed under the right clock holds as a whole.
    host.call(INCREASE, hours(72)).await;
    host.pass(48).await;
    assert_eq!(host.all("a").await, [b"new"]);
    host.pass(1).await;
    assert!(host.all("a").await.is_empty());
}

#[tokio::test]
async fn nothing_expires_and_comes_back_while_a_longer_retention_is_being_written() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"old").await;
    let (is_on, gate) = (Arc::new(AtomicBool::new(false)), Gate::new());
    let (holds, fate) = (Arc::clone(&is_on), Fate::HoldBefore(gate.clone()));
    let decide = move |call: &Call<'_>| match call {
        Call::Commit(_) if holds.load(Ordering::Relaxed) => fate.clone(),
        _ => Fate::Pass,
    };
    let host = host.failing(decide).await;
    host.jump(24);
    is_on.store(true, Ordering::Relaxed);
    let read_meanwhile = async {
        gate.reached(1).await;
        host.clock.advance(60_000);
        let seen = host.all("a").await;
        gate.open();
        seen
    };
    let (_, seen) = tokio::join!(host.call(INCREASE, hours(48)), read_meanwhile);
    assert_eq!(seen, [b"old"]);
    assert_eq!(host.all("a").await, seen);
    // Once it is settled, time goes on.
    host.jump(24);
    assert!(host.all("a").await.is_empty());
}

#[tokio::test]
async fn a_longer_retention_that_is_refused_keeps_nothing() {
    let is_on = Arc::new(AtomicBool::new(false));
    let fails = Arc::clone(&is_on);
    let decide = move |call: &Call<'_>| match call {
        Call::Commit(_) if fails.load(Ordering::Relaxed) => Fate::FailBefore,
        _ => Fate::Pass,
    };
    let host = Host::unlimited().await.failing(decide).await;
    host.create("a", 1).await;
    host.put("a", "k", b"old").await;
    host.jump(24);
    is_on.store(true, Ordering::Relaxed);
    assert_eq!(host.refusal(INCREASE, hours(48)).await.status, 500);
    assert_eq!(host.all("a").await, [b"old"]);
    host.clock.advance(1);
    assert!(host.all("a").await.is_empty());
}

#[tokio::test]
async fn readers_who_hold_the_stream_go_by_its_retention_of_now() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let caller = caller();
    let held = host.service.stream(caller.account, &caller.region, &"a".parse().unwrap()).unwrap();
    host.call(INCREASE, hours(72)).await;
    host.put("a", "k", b"old").await;
    host.jump(30);
    let follow = || host.service.follow(&held, &held.shards[0], storage::Position::START, 1000);
    assert_eq!(follow().await.unwrap().chunk.records().count(), 1);
    host.call(DECREASE, hours(24)).await;
    let followed = follow().await.unwrap();
    assert_eq!((followed.chunk.records().count(), followed.lost), (0, 1));
    assert_eq!(host.service.horizon(&held), host.now().minus(24 * HOUR));
}

#[tokio::test]
async fn what_a_shorter_retention_hides_is_trimmed_by_the_next_sweep() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.call(INCREASE, hours(72)).await;
    host.put("a", "k", b"old").await;
    host.jump(30);
    host.put("a", "k", b"new").await;
    let caller = caller();
    let stream =
        host.service.stream(caller.account, &caller.region, &"a".parse().unwrap()).unwrap();
    let log = stream.shards[0].facts.log;
    let first = async || storage::Log::bounds(host.store(), log).await.unwrap().first.offset;
    host.service.sweep().await.unwrap();
    assert_eq!(first().await, 0);
    host.call(DECREASE, hours(24)).await;
    host.service.sweep().await.unwrap();
    assert_eq!(first().await, 1);
}
