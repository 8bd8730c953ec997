//! What is measured of functions and mappings.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::HashKey;
use metering::cloud::{Datum, Statistics, Unit};
use serde_json::{Value, json};

use crate::mapped::{attach, host, mapping, show, shows, to};
use crate::support::{FUNCTIONS, Host, MAPPINGS, base64, event, function_arn, merge, stream_arn};

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

/// The sums of what was counted of a mapping, but for those of nothing.
fn counted(host: &Host, uuid: &str) -> BTreeMap<&'static str, f64> {
    let data = host.service.metrics_of_minute();
    let of_mapping = |datum: &&Datum| {
        datum.dimensions == [("EventSourceMappingUUID", uuid.to_owned())]
            && datum.unit == Unit::COUNT
    };
    let sum = |datum: &Datum| (datum.name, datum.statistics.sum);
    data.iter().filter(of_mapping).map(sum).filter(|(_, sum)| *sum > 0.0).collect()
}

fn counts(more: Value) -> Value {
    let mut all = to("out");
    merge(&mut all, json!({"MetricsConfig": {"Metrics": ["EventCount"]}}));
    merge(&mut all, more);
    all
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_the_records_of_a_mapping_is_counted_if_it_says_so() {
    let host = host("(poison)").await;
    host.create_stream("told").await;
    let pattern = json!({"data": ["wanted", "bad"]}).to_string();
    let filters = json!({"FilterCriteria": {"Filters": [{"Pattern": pattern}]}});
    let mut more = counts(filters);
    merge(&mut more, json!({"BatchSize": 1, "MaximumRetryAttempts": 1}));
    let uuid = attach(&host, more).await;
    let shown = show(&host, &uuid).await;
    assert_eq!(shown["MetricsConfig"], json!({"Metrics": ["EventCount"]}));
    for data in ["wanted", "not", "not", "wanted"] {
        host.put("in", data).await;
    }
    host.holds("out", 2).await;
    let expected =
        [("FilteredOutEventCount", 2.0), ("InvokedEventCount", 2.0), ("PolledEventCount", 4.0)];
    assert_eq!(counted(&host, &uuid), BTreeMap::from(expected));
    // It is tried twice, and dropped.
    host.put("in", "bad").await;
    host.put("in", "wanted").await;
    host.holds("out", 3).await;
    let expected = [
        ("DroppedEventCount", 1.0),
        ("FailedInvokeEventCount", 2.0),
        ("InvokedEventCount", 3.0),
        ("PolledEventCount", 2.0),
    ];
    assert_eq!(counted(&host, &uuid), BTreeMap::from(expected));
    // Once there is a destination, it is told instead.
    let mut destinations = to("out");
    destinations["DestinationConfig"]["OnFailure"] = json!({"Destination": stream_arn("told")});
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), destinations).await;
    host.put("in", "bad").await;
    host.put("in", "wanted").await;
    host.holds("out", 4).await;
    let told = counted(&host, &uuid);
    assert_eq!(told.get("OnFailureDestinationDeliveredEventCount"), Some(&1.0));
    assert_eq!(told.get("DroppedEventCount"), None);
    // It lasts over a restart, until it is not wanted any more.
    let host = host.restart().await;
    host.put("in", "wanted").await;
    host.holds("out", 5).await;
    assert_eq!(counted(&host, &uuid).get("InvokedEventCount"), Some(&1.0));
    let none = json!({"MetricsConfig": {"Metrics": []}});
    let told = host.works("PUT", &format!("{MAPPINGS}/{uuid}"), none).await;
    assert_eq!(told.get("MetricsConfig"), None);
    counted(&host, &uuid);
    host.put("in", "wanted").await;
    host.holds("out", 6).await;
    assert_eq!(counted(&host, &uuid), BTreeMap::new());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_called_is_counted_as_failed() {
    let host = host("(copy)").await;
    let uuid = attach(&host, counts(json!({}))).await;
    host.works("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await;
    host.put("in", "a").await;
    let told = format!("PROBLEM: Function not found: {}", function_arn("f"));
    shows(&host, &uuid, "LastProcessingResult", &told).await;
    let seen = counted(&host, &uuid);
    assert!(seen["FailedInvokeEventCount"] >= 1.0, "{seen:?}");
    assert_eq!((seen["PolledEventCount"], seen.get("InvokedEventCount")), (1.0, None));
}

#[tokio::test(start_paused = true)]
async fn metrics_of_other_sources_are_refused() {
    let host = host("(copy)").await;
    for (word, code, text) in [
        ("ErrorCount", "InvalidParameterValueException", "Unsupported metric"),
        ("All", "ValidationException", "at 'metricsConfig.metrics.1.member'"),
    ] {
        let config = json!({"MetricsConfig": {"Metrics": [word]}});
        let told = host.refused("POST", MAPPINGS, mapping(config)).await;
        assert_eq!((told.status, &*told.code), (400, code));
        assert!(told.message.contains(text), "{}", told.message);
    }
    attach(&host, json!({"MetricsConfig": {}})).await;
    assert_eq!(host.service.metrics_of_minute(), []);
}

/// Whoever watches for samples learns that a mapping does not read any more.
#[tokio::test(start_paused = true)]
async fn a_mapping_that_reads_tells_so_each_minute() {
    let host = host("(copy)").await;
    let uuid = attach(&host, counts(json!({}))).await;
    shows(&host, &uuid, "State", "Enabled").await;
    let polled = || {
        let data = host.service.metrics_of_minute();
        let datum = data.iter().find(|datum| datum.name == "PolledEventCount");
        datum.map(|datum| datum.statistics)
    };
    assert_eq!((polled(), polled()), (Some(Statistics::of(0.0)), Some(Statistics::of(0.0))));
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": false})).await;
    shows(&host, &uuid, "State", "Disabled").await;
    assert_eq!(polled(), None);
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
