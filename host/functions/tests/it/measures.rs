//! What is measured of functions.

use std::time::Duration;

use metering::cloud::{Datum, Statistics, Unit};

use crate::mapped::{attach, host, to};
use crate::support::{Host, event};

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
