//! What is measured of streams and shards, and whose owner asked for it.

use metering::cloud::{Datum, Statistics, Unit};
use serde_json::{Value, json};

use crate::support::{Host, arn, base64, told};

fn find<'d>(data: &'d [Datum], name: &str, shard: Option<&str>) -> Option<&'d Datum> {
    data.iter().find(|datum| {
        let of = datum.dimensions.iter().find(|(name, _)| *name == "ShardId");
        datum.name == name && of.map(|(_, id)| &**id) == shard
    })
}

fn sum(data: &[Datum], name: &str, shard: Option<&str>) -> f64 {
    find(data, name, shard).map_or(f64::NAN, |datum| datum.statistics.sum)
}

const FIRST: Option<&str> = Some("shardId-000000000000");

#[tokio::test]
async fn calls_are_measured_of_their_stream() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    assert_eq!(host.service.metrics_of_minute(), []);
    host.put("quakes", "key", b"four").await;
    let records = json!([
        {"PartitionKey": "a", "Data": base64(b"1")},
        {"PartitionKey": "b", "Data": base64(b"22")},
    ]);
    host.call("PutRecords", json!({"StreamName": "quakes", "Records": records})).await;
    let iterator = host.iterator("quakes", "TRIM_HORIZON", json!({})).await;
    host.get(&iterator).await;

    let data = host.service.metrics_of_minute();
    let incoming = find(&data, "IncomingBytes", None).unwrap();
    assert_eq!((incoming.namespace, incoming.unit), ("AWS/Kinesis", Unit::BYTES));
    assert_eq!(incoming.dimensions, [("StreamName", "quakes".to_owned())]);
    let expected = Statistics { count: 2.0, sum: 12.0, min: 5.0, max: 7.0 };
    assert_eq!(incoming.statistics, expected);
    for (name, expected) in [
        ("IncomingRecords", 3.0),
        ("PutRecord.Bytes", 7.0),
        ("PutRecord.Success", 1.0),
        ("PutRecords.Bytes", 5.0),
        ("PutRecords.TotalRecords", 2.0),
        ("PutRecords.SuccessfulRecords", 2.0),
        ("PutRecords.ThrottledRecords", 0.0),
        ("GetRecords.Bytes", 12.0),
        ("GetRecords.Records", 3.0),
        ("GetRecords.Success", 1.0),
        ("GetRecords.IteratorAgeMilliseconds", 0.0),
        ("WriteProvisionedThroughputExceeded", 0.0),
        ("ReadProvisionedThroughputExceeded", 0.0),
    ] {
        assert!((sum(&data, name, None) - expected).abs() < 1e-9, "{name}: {data:?}");
    }
    assert!(find(&data, "PutRecord.Latency", None).is_some());
    assert!(data.iter().all(|datum| datum.dimensions.len() == 1), "{data:?}");
    assert_eq!(host.service.metrics_of_minute(), []);
}

#[tokio::test]
async fn what_is_refused_is_measured() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let mebibyte = base64(&[0; 1024 * 1024 - 1]);
    let record = json!({"StreamName": "quakes", "PartitionKey": "a", "Data": mebibyte});
    host.call("PutRecord", record.clone()).await;
    host.answer_to("PutRecord", &record).await.unwrap_err();
    let iterator = host.iterator("quakes", "LATEST", json!({})).await;
    for _ in 0..5 {
        host.get(&iterator).await;
    }
    host.answer_to("GetRecords", &json!({"ShardIterator": iterator})).await.unwrap_err();
    let data = host.service.metrics_of_minute();
    let success = find(&data, "PutRecord.Success", None).unwrap().statistics;
    assert_eq!(success, Statistics { count: 2.0, sum: 1.0, min: 0.0, max: 1.0 });
    let refused = find(&data, "ReadProvisionedThroughputExceeded", None).unwrap().statistics;
    assert_eq!(refused, Statistics { count: 6.0, sum: 1.0, min: 0.0, max: 1.0 });
    assert!((sum(&data, "WriteProvisionedThroughputExceeded", None) - 1.0).abs() < 1e-9);
}

async fn monitoring(host: &Host, operation: &str, metrics: &[&str]) -> Value {
    let input = json!({"StreamName": "quakes", "ShardLevelMetrics": metrics});
    host.call(operation, input).await
}

#[tokio::test]
async fn shards_are_measured_if_their_owner_wants_that() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    host.put("quakes", "key", b"before").await;
    let reply = monitoring(&host, "EnableEnhancedMonitoring", &["ALL"]).await;
    assert_eq!(reply["CurrentShardLevelMetrics"], json!([]));
    assert_eq!(reply["DesiredShardLevelMetrics"].as_array().unwrap().len(), 7);
    assert_eq!(
        (&reply["StreamName"], &reply["StreamARN"]),
        (&json!("quakes"), &json!(arn("quakes")))
    );
    host.put("quakes", "key", b"after").await;
    let iterator = host.iterator("quakes", "TRIM_HORIZON", json!({})).await;
    let input = json!({"ShardIterator": iterator, "Limit": 1});
    host.clock.advance(1500);
    host.call("GetRecords", input).await;
    let data = host.service.metrics_of_minute();
    for (name, expected) in [
        ("IncomingBytes", 8.0),
        ("IncomingRecords", 1.0),
        ("OutgoingBytes", 9.0),
        ("OutgoingRecords", 1.0),
        ("IteratorAgeMilliseconds", 1500.0),
    ] {
        assert!((sum(&data, name, FIRST) - expected).abs() < 1e-9, "{name}: {data:?}");
    }
    assert!(find(&data, "WriteProvisionedThroughputExceeded", FIRST).is_none());

    let host = host.restart().await;
    host.put("quakes", "key", b"again").await;
    let data = host.service.metrics_of_minute();
    assert!((sum(&data, "IncomingBytes", FIRST) - 8.0).abs() < 1e-9, "{data:?}");

    let some = ["IncomingBytes", "IncomingRecords"];
    let reply = monitoring(&host, "DisableEnhancedMonitoring", &some).await;
    assert_eq!(reply["CurrentShardLevelMetrics"].as_array().unwrap().len(), 7);
    let kept = &reply["DesiredShardLevelMetrics"];
    assert_eq!(kept.as_array().unwrap().len(), 5);
    let described = host.call("DescribeStream", json!({"StreamName": "quakes"})).await;
    let shown = &described["StreamDescription"]["EnhancedMonitoring"];
    assert_eq!(shown, &json!([{ "ShardLevelMetrics": kept }]));
    let described = host.call("DescribeStreamSummary", json!({"StreamName": "quakes"})).await;
    assert_eq!(&described["StreamDescriptionSummary"]["EnhancedMonitoring"], shown);
    host.put("quakes", "key", b"later").await;
    let data = host.service.metrics_of_minute();
    assert!(find(&data, "IncomingBytes", FIRST).is_none(), "{data:?}");
}

#[tokio::test]
async fn words_that_name_no_metric_are_refused() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let input = json!({"StreamName": "quakes", "ShardLevelMetrics": ["IncomingBytes", "Depth"]});
    let refusal = host.answer_to("EnableEnhancedMonitoring", &input).await.unwrap_err();
    assert_eq!(refusal.code, "ValidationException");
    let set = "satisfy constraint: [Member must satisfy enum value set: [IncomingBytes, \
               IncomingRecords, OutgoingBytes, OutgoingRecords, \
               WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, \
               IteratorAgeMilliseconds, ALL]]";
    assert_eq!(refusal.message, told("'[IncomingBytes, Depth]'", "shardLevelMetrics", set));
    assert_eq!(host.service.metrics_of_minute(), []);
}
