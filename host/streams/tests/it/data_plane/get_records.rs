//! GetRecords.

use serde_json::{Value, json};

use crate::support::{Host, START, base64, data, keys, text};

#[tokio::test]
async fn constraints_are_told_in_the_words_of_aws() {
    let host = Host::new().await;
    let message = "2 validation errors detected: Value '0' at 'limit' failed to satisfy constraint: \
                   Member must have value greater than or equal to 1; Value '' at 'shardIterator' \
                   failed to satisfy constraint: Member must have length greater than or equal to 1";
    let input = json!({"ShardIterator": "", "Limit": 0});
    host.refuses("GetRecords", input, "ValidationException", message)
        .await;
    let input = json!({"ShardIterator": "x", "Limit": 100_000});
    let refusal = host.refusal("GetRecords", input).await;
    let end = "Value '100000' at 'limit' failed to satisfy constraint: Member must have value less \
               than or equal to 10000";
    assert!(refusal.message.ends_with(end), "{}", refusal.message);
}

#[tokio::test]
async fn records_come_as_they_were_put() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.clock.advance(867);
    let number = host.put("a", "schlüssel \"k\"", b"\x00\xff").await;
    host.put("a", "k", b"").await;
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    let reply = host.get(&iterator).await;
    assert_eq!(
        keys(&reply),
        ["MillisBehindLatest", "NextShardIterator", "Records"]
    );
    let record = json!({
        "ApproximateArrivalTimestamp": (START.0 + 867) as f64 / 1000.0,
        "Data": base64(b"\x00\xff"),
        "PartitionKey": "schlüssel \"k\"",
        "SequenceNumber": number,
    });
    assert_eq!(reply["Records"][0], record);
    assert_eq!(reply["Records"][1]["Data"], "");
    assert_eq!(reply["MillisBehindLatest"], 0);
    // Used again, it brings the same.
    assert_eq!(host.get(&iterator).await["Records"], reply["Records"]);
}

#[tokio::test]
async fn pages_follow_each_other_and_tell_how_far_behind_they_are() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    for index in 0..5u8 {
        host.put("a", "k", &[index]).await;
        host.clock.advance(1000);
    }
    let mut iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    for (expected, behind) in [(&[0, 1][..], 4000), (&[2, 3], 2000), (&[4], 0), (&[], 0)] {
        let reply = host
            .call("GetRecords", json!({"ShardIterator": iterator, "Limit": 2}))
            .await;
        assert_eq!(data(&reply).concat(), expected);
        assert_eq!(reply["MillisBehindLatest"], behind);
        iterator = text(&reply, "NextShardIterator");
    }
    host.put("a", "k", &[5]).await;
    assert_eq!(data(&host.get(&iterator).await), [[5]]);
}

#[tokio::test]
async fn behind_is_never_zero_while_something_is_left() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"1").await;
    host.put("a", "k", b"2").await;
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    let reply = host
        .call("GetRecords", json!({"ShardIterator": iterator, "Limit": 1}))
        .await;
    assert_eq!(reply["MillisBehindLatest"], 1);
}

#[tokio::test]
async fn an_empty_shard_is_read_until_something_comes() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let mut iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    for _ in 0..3 {
        let reply = host.get(&iterator).await;
        assert_eq!(reply["Records"], Value::Array(Vec::new()));
        iterator = text(&reply, "NextShardIterator");
    }
    host.put("a", "k", b"1").await;
    assert_eq!(data(&host.get(&iterator).await), [b"1"]);
}

#[tokio::test]
async fn a_reply_holds_ten_mebibytes_and_the_next_the_rest() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let record = json!({"PartitionKey": "k", "Data": base64(&vec![7; 1024 * 1024 - 1])});
    for _ in 0..3 {
        let input = json!({"StreamName": "a", "Records": vec![record.clone(); 5]});
        host.call("PutRecords", input).await;
    }
    let mut iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    for expected in [10, 5, 0] {
        let reply = host.get(&iterator).await;
        assert_eq!(data(&reply).len(), expected);
        iterator = text(&reply, "NextShardIterator");
    }
    let dry = json!({"ShardIterator": iterator, "DryRun": true});
    assert_eq!(
        host.refusal("GetRecords", dry).await.code,
        "DryRunOperationException"
    );
}
