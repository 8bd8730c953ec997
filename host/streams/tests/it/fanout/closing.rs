//! Shards that come to their end while they are read.

use serde_json::{Value, json};

use super::support::{Next, SHARD, horizon, latest};
use crate::support::{Host, data};

async fn split(host: &Host) {
    let input =
        json!({"StreamName": "quakes", "ShardToSplit": SHARD, "NewStartingHashKey": "1000"});
    host.call("SplitShard", input).await;
    host.service.reshape_all().await.unwrap();
}

fn is_the_last(event: &Value) {
    assert_eq!(event.get("ContinuationSequenceNumber"), None);
    assert_eq!(event["MillisBehindLatest"], json!(0));
    let children = event["ChildShards"].as_array().unwrap();
    assert_eq!(children.len(), 2);
    for child in children {
        assert_eq!(child["ParentShards"], json!([SHARD]));
    }
    let range = json!({"StartingHashKey": "0", "EndingHashKey": "999"});
    assert_eq!(children[0]["HashKeyRange"], range);
}

#[tokio::test(start_paused = true)]
async fn who_waits_at_the_end_is_told_of_the_children() {
    let host = Host::unlimited().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let mut events = host.subscribe(&consumer, latest()).await;
    events.event().await;
    split(&host).await;
    is_the_last(&events.event().await);
    assert_eq!(events.next().await, Next::End);
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_reads_all_that_there_was() {
    let host = Host::unlimited().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let large = vec![0; 400 * 1024];
    for _ in 0..3 {
        host.put("quakes", "k", &large).await;
    }
    split(&host).await;
    let mut events = host.subscribe(&consumer, horizon()).await;
    let mut got = 0;
    let last = loop {
        let event = events.event().await;
        got += data(&event).len();
        if event.get("ChildShards").is_some() {
            break event;
        }
    };
    assert_eq!(got, 3);
    is_the_last(&last);
    assert_eq!(events.next().await, Next::End);
}
