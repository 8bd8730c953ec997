//! How many shards are kept, whatever makes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::limits;
use serde_json::{Value, json};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::resize;
use crate::support::{Host, Refusal, arn, caller};

const MESSAGE: &str = "This request would exceed the number of open and closed shards that are kept: 95000 for a \
                       stream, 200000 for an account. Closed shards go once their records have expired.";

fn refused() -> Refusal {
    let (code, message) = ("LimitExceededException".to_owned(), MESSAGE.to_owned());
    Refusal { status: 400, code, message }
}

fn to_on_demand(name: &str) -> Value {
    json!({"StreamARN": arn(name), "StreamModeDetails": {"StreamMode": "ON_DEMAND"}})
}

fn warm(name: &str, mib: u32) -> Value {
    json!({"StreamName": name, "WarmThroughputMiBps": mib})
}

/// How many shards a stream has, those that have ended included, and how many of them are open.
fn shards(host: &Host, name: &str) -> (usize, usize) {
    let caller = caller();
    let name = name.parse().unwrap();
    let stream = host.service.stream(caller.account, &caller.region, &name).unwrap();
    (stream.shards.len(), stream.open_shards())
}

async fn commit(host: &Host) {
    let input = json!({"MinimumThroughputBillingCommitment": {"Status": "ENABLED"}});
    host.call("UpdateAccountSettings", input).await;
}

/// An account that has all but `room` of the shards that it may have, most of them by making provisioned streams and
/// switching them.
async fn crowded(room: u32) -> Host {
    let host = Host::new().await;
    commit(&host).await;
    for number in 0..10 {
        let name = format!("many-{number}");
        host.create(&name, if number == 9 { 20_000 - room } else { 20_000 }).await;
        host.call("UpdateStreamMode", to_on_demand(&name)).await;
    }
    host
}

#[tokio::test]
async fn warm_throughput_makes_no_more_shards_than_a_stream_may_have() {
    let host = Host::new().await;
    commit(&host).await;
    host.call("CreateStream", warm("a", 10_240)).await;
    let mut times = 0;
    let told = loop {
        let mib = if times % 2 == 0 { 0 } else { 10_240 };
        match host.answer_to("UpdateStreamWarmThroughput", &warm("a", mib)).await {
            Ok(_) => host.service.reshape_all().await.unwrap(),
            Err(refusal) => break refusal,
        }
        times += 1;
        assert!(shards(&host, "a").0 <= limits::STREAM_SHARDS_KEPT_MAX);
        assert!(times < 10);
    };
    assert_eq!(told, refused());
    // Nothing of what was refused is noted.
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
    let summary = &summary["StreamDescriptionSummary"];
    let told = json!({"CurrentMiBps": 4, "TargetMiBps": 0});
    assert_eq!((&summary["StreamStatus"], &summary["WarmThroughput"]), (&json!("ACTIVE"), &told));
    // One commit deletes what there is.
    assert!(shards(&host, "a").0 > 80_000);
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    host.call("CreateStream", warm("a", 10_240)).await;
}

#[tokio::test]
async fn an_account_has_no_more_shards_whoever_makes_them() {
    let host = crowded(2).await;
    // It has neither provisioned shards nor fifty streams on demand.
    let large = json!({"StreamName": "b", "ShardCount": 3});
    assert_eq!(host.refusal("CreateStream", large).await, refused());
    assert_eq!(host.refusal("CreateStream", json!({"StreamName": "b"})).await, refused());
    host.create("b", 1).await;
    let mut warmer = to_on_demand("b");
    warmer["WarmThroughputMiBps"] = json!(10);
    assert_eq!(host.refusal("UpdateStreamMode", warmer).await, refused());
    assert_eq!(host.refusal("UpdateShardCount", resize("b", 2)).await, refused());
    host.call("UpdateStreamMode", to_on_demand("b")).await;
    let warm = warm("b", 10);
    assert_eq!(host.refusal("UpdateStreamWarmThroughput", warm).await, refused());
    // Those of other accounts are no matter.
    let mut other = caller();
    other.account = "000000000001".parse().unwrap();
    host.answer(&other, "CreateStream", "{\"StreamName\": \"b\"}").await.unwrap();
}

#[tokio::test]
async fn what_changes_under_way_will_make_counts_as_well() {
    let host = crowded(12).await;
    host.create("b", 2).await;
    host.create("c", 2).await;
    // Eight are left: four for each, and none for a third.
    for name in ["b", "c"] {
        host.call("UpdateShardCount", resize(name, 4)).await;
    }
    let one = json!({"StreamName": "d", "ShardCount": 1});
    assert_eq!(host.refusal("CreateStream", one.clone()).await, refused());
    host.service.reshape_all().await.unwrap();
    assert_eq!((shards(&host, "b"), shards(&host, "c")), ((6, 4), (6, 4)));
    assert_eq!(host.refusal("CreateStream", one.clone()).await, refused());
    host.call("DeleteStream", json!({"StreamName": "c"})).await;
    host.call("CreateStream", one).await;
}

/// Counts warnings.
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn the_service_scales_no_further_and_says_so_once() {
    let host = crowded(1).await;
    host.create("b", 1).await;
    host.call("UpdateStreamMode", to_on_demand("b")).await;
    let warnings = Arc::new(AtomicUsize::new(0));
    let listening = tracing::subscriber::set_default(Warnings(Arc::clone(&warnings)));
    let minutes = async |count: usize| {
        for _ in 0..count {
            host.clock.advance(60_000);
            host.service.scale_once().await.unwrap();
        }
    };
    // Four are the least on demand.
    minutes(3).await;
    assert_eq!((shards(&host, "b"), warnings.load(Ordering::Relaxed)), ((1, 1), 1));
    host.call("DeleteStream", json!({"StreamName": "many-0"})).await;
    minutes(1).await;
    drop(listening);
    assert_eq!((shards(&host, "b").1, warnings.load(Ordering::Relaxed)), (4, 1));
}
