//! What is measured of functions.

use std::time::Duration;

use domain::HashKey;
use metering::cloud::{Datum, Statistics, Unit};
use serde_json::json;

use crate::mapped::{attach, host, shows, to};
use crate::support::{FUNCTIONS, Host, MAPPINGS, base64, event, merge, stream_arn};

fn of(data: &[Datum], function: &str, name: &str) -> Option<Statistics> {
    let is_it = |datum: &&Datum| {
        datum.name == name && datum.dimensions == [("FunctionName", function.to_owned())]
    };
    data.iter().find(is_it).map(|datum| datum.statistics)
}

#[tokio::test(start_paused = true)]
async fn calls_are_measured_of_their_function() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    host.create("g", "(fail boom)").await;
    assert_eq!(host.service.metrics_of_minute(), []);
    for name in ["f", "f", "g"] {
        host.invoke(name, &[], &event(&["a"])).await.unwrap();
    }
    let data = host.service.metrics_of_minute();
    assert!(data.iter().all(|datum| datum.namespace == "AWS/Lambda"));
    let statistics = |count, sum, min, max| Some(Statistics { count, sum, min, max });
    for (function, name, expected) in [
        ("f", "Invocations", statistics(2.0, 2.0, 1.0, 1.0)),
        ("f", "Errors", statistics(2.0, 0.0, 0.0, 0.0)),
        ("f", "Throttles", statistics(2.0, 0.0, 0.0, 0.0)),
        ("f", "ConcurrentExecutions", statistics(2.0, 2.0, 1.0, 1.0)),
        // It was not called for a mapping.
        ("f", "IteratorAge", None),
        ("g", "Invocations", statistics(1.0, 1.0, 1.0, 1.0)),
        ("g", "Errors", statistics(1.0, 1.0, 1.0, 1.0)),
    ] {
        assert_eq!(of(&data, function, name), expected, "{function} {name}");
    }
    let durations = data.iter().filter(|datum| datum.name == "Duration");
    assert!(durations.clone().all(|datum| datum.unit == Unit::MILLISECONDS));
    assert_eq!(of(&data, "f", "Duration").map(|told| told.count), Some(2.0));
    assert_eq!(durations.count(), 2);
    assert_eq!(host.service.metrics_of_minute(), []);
}

#[tokio::test(start_paused = true)]
async fn mappings_tell_how_old_their_records_are() {
    let host = host("(copy)").await;
    host.put("in", "a").await;
    tokio::time::advance(Duration::from_secs(10)).await;
    attach(&host, to("out")).await;
    host.holds("out", 1).await;
    let data = host.service.metrics_of_minute();
    assert_eq!(of(&data, "f", "IteratorAge"), Some(Statistics::of(10_000.0)));
    assert_eq!(of(&data, "f", "Invocations"), Some(Statistics::of(1.0)));
}

#[tokio::test(start_paused = true)]
async fn calls_at_the_same_time_are_counted_together() {
    let host = Host::new().await;
    host.create("f", "(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    let payload = event(&["a"]);
    let call = || host.invoke("f", &[], &payload);
    let opened = async {
        gate.reached(2).await;
        gate.open();
    };
    let (first, second, ()) = tokio::join!(call(), call(), opened);
    assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
    let data = host.service.metrics_of_minute();
    let expected = Statistics { count: 2.0, sum: 3.0, min: 1.0, max: 2.0 };
    assert_eq!(of(&data, "f", "ConcurrentExecutions"), Some(expected));
}

/// One shard that fails is told of as long as it does, and the others go on.
#[tokio::test(start_paused = true)]
async fn shards_that_are_blocked_are_told_until_they_are_not() {
    let host = host("(poison)").await;
    host.create_stream_of("two", 2).await;
    let blocked = || host.metrics.consumer.shards_blocked.get();
    let mut more = to("out");
    merge(&mut more, json!({"EventSourceArn": stream_arn("two"), "BatchSize": 1}));
    let uuid = attach(&host, more).await;
    let [first, second] = ["0", "340282366920938463463374607431768211455"]
        .map(|key| Some(key.parse::<HashKey>().unwrap()));
    host.put_at("two", first, b"bad").await;
    while blocked() == 0 {
        tokio::task::yield_now().await;
    }
    host.put_at("two", second, b"a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    tokio::time::advance(Duration::from_secs(600)).await;
    assert_eq!(blocked(), 1);
    let mended = json!({"ZipFile": base64("(copy)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), mended).await;
    assert_eq!(host.holds("out", 2).await, ["a", "bad"]);
    while blocked() > 0 {
        tokio::task::yield_now().await;
    }
    // One that is stopped blocks nothing.
    let spoilt = json!({"ZipFile": base64("(poison)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), spoilt).await;
    host.put_at("two", second, b"bad").await;
    while blocked() == 0 {
        tokio::task::yield_now().await;
    }
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": false})).await;
    shows(&host, &uuid, "State", "Disabled").await;
    assert_eq!(blocked(), 0);
}
