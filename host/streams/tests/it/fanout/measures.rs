//! What is measured of consumers.

use metering::cloud::{Datum, Statistics, Unit};
use serde_json::json;

use super::support::{Next, SHARD, latest};
use crate::support::{Host, arn};

fn of<'d>(data: &'d [Datum], name: &str) -> &'d Datum {
    let found = data.iter().find(|datum| datum.name == name);
    found.unwrap_or_else(|| panic!("{name} is not in {data:?}"))
}

fn statistics(count: f64, sum: f64, min: f64, max: f64) -> Statistics {
    Statistics { count, sum, min, max }
}

#[tokio::test(start_paused = true)]
async fn calls_and_events_are_measured_of_their_consumer() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    host.register("quakes", "idle").await;
    assert_eq!(host.service.consumer_metrics_of_minute(), []);
    let mut events = host.subscribe(&consumer, latest()).await;
    events.event().await;
    let refused = host.try_subscribe(&consumer, json!({"StartingPosition": latest()})).await;
    assert_eq!(refused.err().unwrap().code, "ResourceInUseException");
    host.put("quakes", "key", b"four").await;
    events.event().await;

    let data = host.service.consumer_metrics_of_minute();
    let bytes = of(&data, "SubscribeToShardEvent.Bytes");
    assert_eq!((bytes.namespace, bytes.unit), ("AWS/Kinesis", Unit::BYTES));
    let dimensions = [("StreamName", "quakes".to_owned()), ("ConsumerName", "app".to_owned())];
    assert_eq!(bytes.dimensions, dimensions);
    let behind = of(&data, "SubscribeToShardEvent.MillisBehindLatest");
    assert_eq!(
        (behind.unit, behind.statistics),
        (Unit::MILLISECONDS, statistics(2.0, 0.0, 0.0, 0.0))
    );
    for (name, expected) in [
        ("SubscribeToShard.RateExceeded", statistics(2.0, 1.0, 0.0, 1.0)),
        ("SubscribeToShard.Success", statistics(2.0, 1.0, 0.0, 1.0)),
        ("SubscribeToShardEvent.Bytes", statistics(2.0, 7.0, 0.0, 7.0)),
        ("SubscribeToShardEvent.Records", statistics(2.0, 1.0, 0.0, 1.0)),
        ("SubscribeToShardEvent.Success", statistics(2.0, 2.0, 1.0, 1.0)),
    ] {
        assert_eq!(of(&data, name).statistics, expected, "{name}");
    }
    assert_eq!(data.len(), 6, "nothing of the idle one: {data:?}");
    assert_eq!(host.service.consumer_metrics_of_minute(), []);
}

#[tokio::test(start_paused = true)]
async fn who_is_replaced_did_not_fail() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let mut first = host.subscribe(&consumer, latest()).await;
    first.event().await;
    host.clock.advance(5000);
    let _second = host.subscribe(&consumer, latest()).await;
    assert!(matches!(first.next().await, Next::Exception(..)));
    // Tags are others from now on, what is measured goes on.
    let tags = json!({"ResourceARN": consumer, "Tags": {"a": "b"}});
    host.call("TagResource", tags).await;
    let data = host.service.consumer_metrics_of_minute();
    let success = of(&data, "SubscribeToShardEvent.Success").statistics;
    assert_eq!(success, statistics(1.0, 1.0, 1.0, 1.0));
    let refused = of(&data, "SubscribeToShard.RateExceeded").statistics;
    assert_eq!(refused, statistics(2.0, 0.0, 0.0, 0.0));
}

#[tokio::test(start_paused = true)]
async fn what_leaves_a_shard_in_events_leaves_the_shard() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let input = json!({"StreamARN": arn("quakes"), "ShardLevelMetrics": ["OutgoingBytes", "OutgoingRecords"]});
    host.call("EnableEnhancedMonitoring", input).await;
    let consumer = host.register("quakes", "app").await;
    let mut events = host.subscribe(&consumer, latest()).await;
    events.event().await;
    host.put("quakes", "key", b"four").await;
    events.event().await;
    let iterator = host.iterator("quakes", "TRIM_HORIZON", json!({})).await;
    host.get(&iterator).await;
    let data = host.service.metrics_of_minute();
    let bytes = of(&data, "OutgoingBytes");
    assert_eq!(bytes.dimensions[1], ("ShardId", SHARD.to_owned()));
    assert_eq!(bytes.statistics, Statistics::of(14.0));
    assert_eq!(of(&data, "OutgoingRecords").statistics, Statistics::of(2.0));
}
