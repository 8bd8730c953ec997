//! The operations in each protocol that CloudWatch has: the same answers, the same refusals.

use monitoring::ops::FORM;
use serde_json::{Value, json};
use wire::protocol::Protocol;

use crate::support::Host;

const PROTOCOLS: [Protocol; 3] = [Protocol::AwsJson10, Protocol::RpcV2Cbor, Protocol::Query(&FORM)];

#[tokio::test]
async fn answers_are_the_same() {
    let mut all = Vec::new();
    for protocol in PROTOCOLS {
        let host = Host::new().speaking(protocol);
        all.push(session(&host).await);
    }
    let [json, cbor, query] = &all[..] else { unreachable!() };
    assert_eq!(json["statistics"]["Datapoints"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(json["data"]["MetricDataResults"][0]["Values"], json!([9.0, 5.0]));
    assert_eq!(json["metrics"]["Metrics"].as_array().unwrap().len(), 2);
    assert_eq!(json, cbor);
    assert_eq!(json, query);
}

/// What all operations give to the same questions.
async fn session(host: &Host) -> Value {
    let now = host.seconds();
    let dimensions = json!([{ "Name": "a&b", "Value": "<c> é" }, { "Name": "d", "Value": "e f" }]);
    host.put_data(json!([
        { "MetricName": "m", "Dimensions": dimensions, "Timestamp": now - 120, "Value": 5.0, "Unit": "Seconds" },
        { "MetricName": "m", "Dimensions": dimensions, "Values": [1.0, 2.0, 3.0], "Counts": [1.0, 1.0, 2.0],
          "Timestamp": now, "Unit": "Seconds", "StorageResolution": 60 },
        { "MetricName": "n", "StatisticValues": { "SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20 } },
    ]))
    .await;
    let span = [("StartTime", json!(now - 600)), ("EndTime", json!(now + 60))];
    let mut statistics = json!({
        "Namespace": "n", "MetricName": "m", "Dimensions": dimensions, "Period": 60,
        "Statistics": ["Sum", "Average", "Minimum"], "ExtendedStatistics": ["p50"],
    });
    let metric = json!({ "Namespace": "n", "MetricName": "m", "Dimensions": dimensions });
    let mut data = json!({
        "MetricDataQueries": [
            { "Id": "s", "MetricStat": { "Metric": metric, "Period": 60, "Stat": "Sum" } },
            { "Id": "x", "MetricStat": { "Metric": metric, "Period": 60, "Stat": "p90" }, "ReturnData": false },
        ],
    });
    for (name, value) in span {
        statistics[name] = value.clone();
        data[name] = value;
    }
    let filter = json!({ "Namespace": "n", "Dimensions": [] });
    json!({
        "statistics": host.call("GetMetricStatistics", statistics).await,
        "data": host.call("GetMetricData", data).await,
        "metrics": host.call("ListMetrics", filter).await,
        "everything": host.call("ListMetrics", json!({})).await,
    })
}

#[tokio::test]
async fn refusals_are_the_same() {
    for protocol in PROTOCOLS {
        let host = Host::new().speaking(protocol);
        let wrong =
            json!({ "Namespace": "n", "MetricData": [{ "MetricName": "m", "Value": "x" }] });
        let refusal = host.refusal("PutMetricData", wrong).await;
        assert_eq!((refusal.status, &*refusal.code), (400, "SerializationException"));
        assert_eq!(refusal.message, "class java.lang.String can not be converted to a Double");
        let both = json!([{ "MetricName": "m", "Value": 1, "Values": [1] }]);
        let refusal =
            host.refusal("PutMetricData", json!({ "Namespace": "n", "MetricData": both })).await;
        assert_eq!(refusal.code, "InvalidParameterCombinationException");
        let unit = json!([{ "MetricName": "m", "Value": 1, "Unit": "Metres" }]);
        let refusal =
            host.refusal("PutMetricData", json!({ "Namespace": "n", "MetricData": unit })).await;
        assert_eq!(refusal.code, "ValidationException");
        assert!(refusal.message.contains("at 'metricData.1.member.unit'"), "{}", refusal.message);
    }
}
