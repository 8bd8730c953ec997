//! Quantities, hours, restarts and failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::Millis;
use serde_json::json;
use storage::faulty::{Call, Fate, Gate};
use streams::{Quantities, UsageQuestion, UsedStream};

use crate::support::{HOUR, Host, START, base64, caller};

const MINUTE: u64 = 60_000;

fn question() -> UsageQuestion {
    UsageQuestion {
        account: caller().account,
        since: Millis(0),
        until: Millis(u64::MAX),
        stream: None,
        after: None,
        limit: 100,
    }
}

async fn used(host: &Host) -> Vec<UsedStream> {
    host.service.usage_of(&question()).await.unwrap().items
}

async fn quantities(host: &Host) -> Quantities {
    used(host).await.first().map(|used| used.quantities).unwrap_or_default()
}

async fn minutes(host: &Host, count: u64) {
    for _ in 0..count {
        host.clock.advance(MINUTE);
        host.service.meter_once().await.unwrap();
    }
}

/// Whoever deletes has the catalogue, whoever counts has the meter and asks the catalogue.
#[tokio::test]
async fn streams_go_while_they_are_counted() {
    let host = Host::unlimited().await;
    host.create("kept", 300).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let (service, is_done) = (Arc::clone(&host.service), Arc::clone(&is_over));
    let tasks = stdx::Tasks::new();
    let count = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        while !is_done.load(Ordering::Relaxed) {
            runtime.block_on(service.meter_once()).unwrap();
        }
    };
    tasks.background("counting", count).unwrap();
    let (told, went) = tokio::sync::oneshot::channel();
    let change = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for _ in 0..100 {
            runtime.block_on(async {
                host.create("a", 1).await;
                host.call("DeleteStream", json!({"StreamName": "a"})).await;
            });
        }
        told.send(()).unwrap();
    };
    tasks.background("changing", change).unwrap();
    let went = tokio::time::timeout(Duration::from_secs(60), went).await;
    is_over.store(true, Ordering::Relaxed);
    assert!(went.is_ok(), "they wait for each other");
}

#[tokio::test]
async fn what_is_put_counts_although_the_caller_hangs_up() {
    let (gate, is_armed) = (Gate::new(), Arc::new(AtomicBool::new(false)));
    let (held, armed) = (gate.clone(), Arc::clone(&is_armed));
    let host = Host::new().await.failing(move |call| match call {
        Call::Commit(_) if armed.swap(false, Ordering::Relaxed) => Fate::HoldAnswer(held.clone()),
        _ => Fate::Pass,
    });
    let host = host.await;
    host.create("a", 1).await;
    is_armed.store(true, Ordering::Relaxed);
    let record = json!({"StreamName": "a", "PartitionKey": "k", "Data": base64(b"x")});
    tokio::select! {
        answer = host.call("PutRecord", record) => panic!("{answer}"),
        () = gate.reached(1) => {}
    }
    let counted = quantities(&host).await;
    assert_eq!((counted.records_in, counted.bytes_in), (1, 2));
}

#[tokio::test]
async fn shards_puts_and_reads_are_counted() {
    let host = Host::new().await;
    assert_eq!(used(&host).await, []);
    host.create("a", 2).await;
    let put = |bytes: usize| json!({"StreamName": "a", "PartitionKey": "k", "Data": base64(&vec![0; bytes])});
    // A unit is 25 KiB of key and data.
    for bytes in [0, 25 * 1024 - 1, 25 * 1024] {
        host.call("PutRecord", put(bytes)).await;
    }
    let mut seen = 0;
    for shard in ["0", "1"] {
        let input =
            json!({"StreamName": "a", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = host.call("GetShardIterator", input).await["ShardIterator"].clone();
        let page = host.get(iterator.as_str().unwrap()).await;
        seen += page["Records"].as_array().unwrap().len();
    }
    assert_eq!(seen, 3);
    minutes(&host, 30).await;
    let expected = Quantities {
        shard_ms: 2 * 30 * MINUTE,
        payload_units_in: 4,
        bytes_in: 2 * 25 * 1024 + 2,
        records_in: 3,
        bytes_out: 2 * 25 * 1024 + 2,
        records_out: 3,
        ..Quantities::default()
    };
    assert_eq!(quantities(&host).await, expected);
    host.call("CreateStream", json!({"StreamName": "b"})).await;
    minutes(&host, 10).await;
    let on_demand = used(&host).await.remove(1);
    assert_eq!(on_demand.name, "b".parse().unwrap());
    let quantities = on_demand.quantities;
    assert_eq!((quantities.shard_ms, quantities.on_demand_ms), (40 * MINUTE, 10 * MINUTE));
}

#[tokio::test(start_paused = true)]
async fn consumers_and_what_they_are_pushed_are_counted() {
    let host = Host::new().await;
    host.create("a", 2).await;
    minutes(&host, 4).await;
    let first = host.register("a", "first").await;
    minutes(&host, 10).await;
    // Half a minute before the next look.
    host.clock.advance(MINUTE / 2);
    host.register("a", "second").await;
    host.clock.advance(MINUTE / 2);
    host.service.meter_once().await.unwrap();
    let told = quantities(&host).await;
    assert_eq!(told.fan_out_ms, 2 * (11 * MINUTE + MINUTE / 2));

    let input = json!({"StreamName": "a", "PartitionKey": "k", "ExplicitHashKey": "0", "Data": base64(b"four")});
    host.call("PutRecord", input).await;
    let mut events = host.subscribe(&first, json!({"Type": "TRIM_HORIZON"})).await;
    assert_eq!(events.event().await["Records"].as_array().unwrap().len(), 1);
    let told = quantities(&host).await;
    assert_eq!((told.fan_out_records, told.fan_out_bytes), (1, 5));
    assert_eq!((told.records_out, told.bytes_out), (0, 0), "nothing was read by GetRecords");

    let stream = json!({"StreamARN": crate::support::arn("a"), "ConsumerName": "second"});
    host.call("DeregisterStreamConsumer", stream).await;
    minutes(&host, 10).await;
    let before = quantities(&host).await;
    assert_eq!(before.fan_out_ms, told.fan_out_ms + 2 * 10 * MINUTE);
    // An hour is over: what was counted survives that the process is killed.
    minutes(&host, 60).await;
    let host = host.restart().await;
    let kept = quantities(&host).await;
    assert!(kept.fan_out_ms >= before.fan_out_ms, "{kept:?}");
    assert_eq!((kept.fan_out_records, kept.fan_out_bytes), (1, 5));
}

#[tokio::test]
async fn shards_that_keep_records_for_longer_are_counted() {
    let host = Host::new().await;
    host.create("a", 2).await;
    minutes(&host, 5).await;
    assert_eq!(quantities(&host).await.extended_ms, 0);
    let longer = json!({"StreamName": "a", "RetentionPeriodHours": 25});
    host.call("IncreaseStreamRetentionPeriod", longer).await;
    minutes(&host, 3).await;
    assert_eq!(quantities(&host).await.extended_ms, 2 * 3 * MINUTE);
    let shorter = json!({"StreamName": "a", "RetentionPeriodHours": 24});
    host.call("DecreaseStreamRetentionPeriod", shorter).await;
    minutes(&host, 3).await;
    assert_eq!(quantities(&host).await.extended_ms, 2 * 3 * MINUTE);
}

#[tokio::test]
async fn an_hour_that_is_over_survives_and_the_last_one_does_if_the_end_is_good() {
    let host = Host::new().await;
    host.create("a", 1).await;
    // The test begins six minutes and forty seconds past nine.
    minutes(&host, 54).await;
    host.put("a", "k", b"x").await;
    minutes(&host, 10).await;
    assert_eq!(quantities(&host).await.shard_ms, 64 * MINUTE);
    // The process is killed: what was counted since ten is lost, all before is there.
    let host = host.restart().await;
    let kept = quantities(&host).await;
    assert_eq!((kept.shard_ms, kept.records_in), (54 * MINUTE, 0));
    host.put("a", "k", b"y").await;
    minutes(&host, 5).await;
    host.service.finish().await.unwrap();
    let host = host.restart().await;
    let kept = quantities(&host).await;
    assert_eq!((kept.shard_ms, kept.records_in), (59 * MINUTE, 1));
}

#[tokio::test]
async fn a_deleted_stream_is_on_the_bill() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.put("a", "k", b"x").await;
    host.clock.advance(20_000);
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    host.create("a", 1).await;
    host.put("a", "k", b"x").await;
    minutes(&host, 2).await;
    let told = quantities(&host).await;
    assert_eq!(told.records_in, 2);
    minutes(&host, 70).await;
    assert_eq!(used(&host).await.len(), 1);
    assert_eq!(quantities(&host).await.records_in, 2);
    let host = host.restart().await;
    assert_eq!(quantities(&host).await.records_in, 2);
}

#[tokio::test]
async fn what_the_store_did_not_take_is_written_later_and_once() {
    for fate in [Fate::FailBefore, Fate::LoseAnswer] {
        let is_failing = Arc::new(AtomicBool::new(false));
        let switch = Arc::clone(&is_failing);
        let host = Host::new().await.failing(move |call| match call {
            Call::Commit(_) if switch.load(Ordering::Relaxed) => fate.clone(),
            _ => Fate::Pass,
        });
        let host = host.await;
        host.create("a", 1).await;
        host.put("a", "k", b"x").await;
        minutes(&host, 53).await;
        is_failing.store(true, Ordering::Relaxed);
        for _ in 0..3 {
            host.clock.advance(MINUTE);
            host.service.meter_once().await.unwrap_err();
        }
        is_failing.store(false, Ordering::Relaxed);
        minutes(&host, 61).await;
        let told = quantities(&host).await;
        assert_eq!((told.records_in, told.shard_ms), (1, 117 * MINUTE));
        let host = host.restart().await;
        assert_eq!(quantities(&host).await.records_in, 1);
    }
}

#[tokio::test]
async fn usage_is_given_up_after_a_hundred_days() {
    let host = Host::new().await;
    host.create("a", 1).await;
    for _ in 0..101 * 24 {
        host.clock.advance(HOUR);
        host.service.meter_once().await.unwrap();
    }
    let kept = quantities(&host).await.shard_ms;
    assert!((100 * 24 * HOUR..=101 * 24 * HOUR).contains(&kept), "{}", kept / HOUR);
    let since = Millis((START.0 / HOUR + 100 * 24) * HOUR);
    let question = UsageQuestion { since, ..question() };
    let told = host.service.usage_of(&question).await.unwrap().items;
    assert_eq!(told[0].quantities.shard_ms, 24 * HOUR);
}

#[tokio::test]
async fn asking_counts_what_is_not_counted_yet_and_notes_nothing() {
    let host = Host::new().await;
    host.create("a", 2).await;
    host.create("gone", 1).await;
    minutes(&host, 1).await;
    let seen = host.metrics.streams.payload_units.get();
    host.put("a", "k", b"x").await;
    host.put("gone", "k", b"x").await;
    host.create("new", 1).await;
    host.put("new", "k", b"x").await;
    host.call("DeleteStream", json!({"StreamName": "gone"})).await;
    host.clock.advance(MINUTE / 2);
    let told = used(&host).await;
    let records: Vec<u64> = told.iter().map(|it| it.quantities.records_in).collect();
    assert_eq!(records, [1, 1, 1]);
    let shards: Vec<u64> = told.iter().map(|it| it.quantities.shard_ms).collect();
    assert_eq!(shards, [3 * MINUTE, MINUTE + MINUTE / 2, MINUTE / 2]);
    // Each call may be one of many: streams are counted each minute, those of all accounts at once.
    assert_eq!(used(&host).await, told);
    assert_eq!(host.metrics.streams.payload_units.get(), seen);
    host.service.meter_once().await.unwrap();
    assert_eq!(used(&host).await, told);
    assert_eq!(host.metrics.streams.payload_units.get(), seen + 3);
}
