//! CloudWatch's model: its operations, and what those that work give and raise.

use std::collections::BTreeSet;

use e2e::client::{Asked, Client, Reply, refused};
use http::Method;
use monitoring::ops::OPERATIONS;
use serde_json::{Value, json};
use wire::State;

use super::allowed::{self, compare};
use super::{model_of, replies, server};

fn ask(client: &mut Client, operation: &str, input: &Value) -> Reply {
    let target = Some(format!("GraniteServiceVersion20100801.{operation}"));
    let asked = Asked { method: &Method::POST, path: "/", service: "monitoring", target };
    client.request(&asked, input.to_string().as_bytes()).unwrap()
}

fn working() -> impl Iterator<Item = &'static str> {
    let works = OPERATIONS.iter().filter(|entry| entry.info.state == State::Works);
    works.map(|entry| entry.info.name)
}

#[test]
fn the_table_has_the_operations_of_cloudwatch() {
    let ours: BTreeSet<&str> = OPERATIONS.iter().map(|entry| entry.info.name).collect();
    let model = model_of("cloudwatch");
    let theirs: BTreeSet<&str> = model.operations().collect();
    assert_eq!(ours, theirs);
}

/// What is asked for: a metric of this minute.
fn calls(now: u64) -> Vec<(&'static str, Value)> {
    let dimensions = json!([{ "Name": "d", "Value": "v" }]);
    let metric = json!({ "Namespace": "told", "MetricName": "m", "Dimensions": dimensions });
    let stat = json!({ "Metric": metric, "Period": 60, "Stat": "Average" });
    let queries = json!([{ "Id": "a", "MetricStat": stat }]);
    let datum = json!({
        "MetricName": "m", "Dimensions": dimensions, "Timestamp": now, "Values": [1.0, 3.0], "Unit": "Count",
    });
    let span = |mut input: Value| {
        input["StartTime"] = json!(now - 600);
        input["EndTime"] = json!(now + 600);
        input
    };
    let statistics = |named: Value| {
        let mut input = span(json!({
            "Namespace": "told", "MetricName": "m", "Dimensions": dimensions, "Period": 60,
        }));
        input.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        input
    };
    let named = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"];
    vec![
        ("PutMetricData", json!({ "Namespace": "told", "MetricData": [datum] })),
        ("ListMetrics", json!({ "Namespace": "told" })),
        ("GetMetricStatistics", statistics(json!({ "Statistics": named }))),
        ("GetMetricStatistics", statistics(json!({ "ExtendedStatistics": ["p50"] }))),
        ("GetMetricData", span(json!({ "MetricDataQueries": queries }))),
    ]
}

#[test]
fn what_cloudwatch_gives_is_what_the_model_describes() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let (model, mut client) = (model_of("cloudwatch"), server.client());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut seen = replies::Seen::new(&model);
    for (operation, input) in calls(now.as_secs() / 60 * 60) {
        let reply = ask(&mut client, operation, &input);
        assert_eq!(reply.status, 200, "{operation}: {}", reply.text());
        let text = reply.text();
        let told = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        seen.check(operation, &told);
    }
    for operation in working() {
        assert!(seen.has(operation), "there is no reply of {operation}");
    }
    compare(&seen.differences(), allowed::METRICS);
}

#[test]
fn what_cloudwatch_raises_is_what_the_model_declares() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let (model, mut client) = (model_of("cloudwatch"), server.client());
    for (operation, input, code) in [
        ("PutMetricData", json!({ "MetricData": [] }), "ValidationException"),
        (
            "PutMetricData",
            json!({ "Namespace": "AWS/Kinesis", "MetricData": [{ "MetricName": "m", "Value": 1 }] }),
            "InvalidParameterValueException",
        ),
        ("ListMetrics", json!({ "NextToken": "AAAA" }), "InvalidParameterValueException"),
        ("GetMetricStatistics", json!({ "Namespace": "n" }), "ValidationException"),
        ("GetMetricData", json!({ "MetricDataQueries": "x" }), "SerializationException"),
    ] {
        let told = refused(&ask(&mut client, operation, &input));
        let is_declared = model.errors(operation).any(|declared| declared == told.code);
        let is_common = allowed::COMMON_ERRORS.contains(&&*told.code);
        assert!(is_declared || is_common, "{operation} raises {}: {}", told.code, told.message);
        assert_eq!(told.code, code, "{operation}: {}", told.message);
    }
}
