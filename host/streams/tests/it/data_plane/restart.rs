//! What a restart keeps.

use serde_json::json;

use crate::support::{Host, data, number, text};

#[tokio::test]
async fn everything_is_kept_and_numbers_rise() {
    let host = Host::unlimited().await;
    host.create("a", 130).await;
    let describe = json!({"StreamName": "a", "ExclusiveStartShardId": "shardId-000000000100"});
    let described = host.call("DescribeStream", describe.clone()).await;
    let first = host.put("a", "k", b"1").await;
    let shard = json!({"ShardId": number(&first).shard().to_string()});
    let latest = host.iterator("a", "LATEST", shard.clone()).await;
    // In the same second: the term alone must see to it.
    let host = host.restart().await;
    assert_eq!(host.call("DescribeStream", describe).await, described);
    let second = host.put("a", "k", b"2").await;
    assert!(number(&second) > number(&first));
    assert!(number(&second).term() > number(&first).term());
    // Iterators and numbers outlive the restart.
    assert_eq!(data(&host.get(&latest).await), [b"2"]);
    let mut after = json!({"StartingSequenceNumber": first});
    crate::support::merge(&mut after, shard);
    let iterator = host.iterator("a", "AFTER_SEQUENCE_NUMBER", after).await;
    let reply = host.get(&iterator).await;
    assert_eq!(data(&reply), [b"2"]);
    assert_eq!(text(&reply["Records"][0], "SequenceNumber"), second);
}

#[tokio::test]
async fn a_stream_deleted_before_a_restart_may_be_made_again_after_it() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let old = host.put("a", "k", b"1").await;
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    let host = host.restart().await;
    host.create("a", 1).await;
    let new = host.put("a", "k", b"1").await;
    assert!(number(&new) > number(&old));
}
