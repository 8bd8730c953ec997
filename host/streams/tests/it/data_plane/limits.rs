//! The throughput limits of a shard, with the clock moved by hand.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Host, base64, data, keys};

const MIB: usize = 1024 * 1024;
const THROTTLED: &str = "ProvisionedThroughputExceededException";

fn write_message() -> String {
    format!("Rate exceeded for shard shardId-000000000000 in stream a under account {ACCOUNT}.")
}

fn read_message() -> String {
    format!("Rate exceeded for Shard - {ACCOUNT}/a/shardId-000000000000")
}

fn batch(count: usize, bytes: usize) -> Value {
    let record = json!({"PartitionKey": "k", "Data": base64(&vec![0; bytes])});
    json!({"StreamName": "a", "Records": vec![record; count]})
}

#[tokio::test]
async fn a_thousand_records_a_second() {
    let host = Host::new().await;
    host.create("a", 1).await;
    for expected in [0, 0, 500] {
        let reply = host.call("PutRecords", batch(500, 1)).await;
        assert_eq!(reply["FailedRecordCount"], expected);
    }
    let put = json!({"StreamName": "a", "PartitionKey": "k", "Data": ""});
    host.refuses("PutRecord", put.clone(), THROTTLED, &write_message()).await;
    host.clock.advance(100);
    let reply = host.call("PutRecords", batch(101, 1)).await;
    assert_eq!(reply["FailedRecordCount"], 1);
    // A jump of the time of day gives nothing.
    host.clock.jump_to(host.now().plus(60_000));
    host.refuses("PutRecord", put, THROTTLED, &write_message()).await;
}

#[tokio::test]
async fn throttled_entries_fail_alone() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let reply = host.call("PutRecords", batch(3, 400 * 1024)).await;
    assert_eq!(reply["FailedRecordCount"], 1);
    let records = reply["Records"].as_array().unwrap();
    assert_eq!(keys(&records[1]), ["SequenceNumber", "ShardId"]);
    let failed = json!({"ErrorCode": THROTTLED, "ErrorMessage": write_message()});
    assert_eq!(records[2], failed);
    let reply = host.call("PutRecords", batch(2, 300 * 1024)).await;
    assert_eq!(reply["FailedRecordCount"], 2);
    assert_eq!(host.all("a").await.len(), 2);
    // What was throttled was not put: it counts neither as records nor as bytes.
    let numbers = &host.metrics.streams;
    assert_eq!((numbers.records_in.get(), numbers.throttled_puts.get()), (2, 3));
    assert_eq!(numbers.bytes_in.get(), 2 * (400 * 1024 + 1));
}

#[tokio::test]
async fn a_record_of_ten_mebibytes_passes_beside_others_and_its_reading_is_paid_off_later() {
    let host = Host::new().await;
    let input = json!({"StreamName": "a", "ShardCount": 1, "MaxRecordSizeInKiB": 10240});
    host.call("CreateStream", input).await;
    let large = json!({"StreamName": "a", "PartitionKey": "k",
                       "Data": base64(&vec![0; 10 * MIB - 1])});
    let small = json!({"StreamName": "a", "PartitionKey": "k", "Data": base64(b"x")});
    host.call("PutRecord", large.clone()).await;
    // The burst is used up, and the second's worth of the others is not.
    host.refuses("PutRecord", large.clone(), THROTTLED, &write_message()).await;
    host.call("PutRecord", small).await;
    host.clock.advance(9000);
    host.refuses("PutRecord", large.clone(), THROTTLED, &write_message()).await;
    let both = json!({"StreamName": "a", "Records": [
        {"PartitionKey": "k", "Data": base64(&vec![0; 2 * MIB])},
        {"PartitionKey": "k", "Data": base64(&vec![0; 7 * MIB])},
        {"PartitionKey": "k", "Data": base64(b"y")},
    ]});
    let reply = host.call("PutRecords", both).await;
    assert_eq!(reply["FailedRecordCount"], 1, "entries that find no burst fail alone");
    assert_eq!(reply["Records"][1]["ErrorCode"], THROTTLED);
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    let reply = host.get(&iterator).await;
    // The reply holds no more than 10 MiB; what follows is paid off for five seconds.
    assert_eq!(data(&reply).len(), 1);
    let next = json!({"ShardIterator": reply["NextShardIterator"]});
    host.refuses("GetRecords", next.clone(), THROTTLED, &read_message()).await;
    host.clock.advance(4999);
    host.refuses("GetRecords", next.clone(), THROTTLED, &read_message()).await;
    host.clock.advance(1);
    let rest = data(&host.call("GetRecords", next).await);
    assert_eq!(rest.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2 * MIB, 1]);
}

#[tokio::test]
async fn five_reads_and_five_iterators_a_second() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let mut iterators = Vec::new();
    for _ in 0..5 {
        iterators.push(host.iterator("a", "LATEST", json!({})).await);
    }
    let input = json!({"StreamName": "a", "ShardId": "shardId-000000000000",
                       "ShardIteratorType": "LATEST"});
    host.refuses("GetShardIterator", input.clone(), THROTTLED, &read_message()).await;
    for iterator in &iterators {
        host.get(iterator).await;
    }
    let get = json!({"ShardIterator": iterators[0]});
    host.refuses("GetRecords", get.clone(), THROTTLED, &read_message()).await;
    host.clock.advance(200);
    host.call("GetShardIterator", input).await;
    host.call("GetRecords", get).await;
}

#[tokio::test]
async fn no_limits_when_they_are_lifted() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    for _ in 0..10 {
        let reply = host.call("PutRecords", batch(500, 1000)).await;
        assert_eq!(reply["FailedRecordCount"], 0);
    }
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    for _ in 0..10 {
        assert_eq!(data(&host.get(&iterator).await).len(), 5000);
    }
}

/// A reply holds no more than 10,000 records, whatever `Limit` says or not, and a shard gives 2 MiB a second to all
/// who read it together.
#[tokio::test]
async fn ten_thousand_records_and_two_mebibytes_a_second_for_all_readers() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    for _ in 0..21 {
        host.call("PutRecords", batch(500, 1)).await;
    }
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    assert_eq!(data(&host.get(&iterator).await).len(), 10_000);

    let host = Host::new().await;
    host.create("a", 1).await;
    for _ in 0..5 {
        host.call("PutRecords", batch(4, 256 * 1024 - 1)).await;
        host.clock.advance(1000);
    }
    let readers = [
        host.iterator("a", "TRIM_HORIZON", json!({})).await,
        host.iterator("a", "TRIM_HORIZON", json!({})).await,
    ];
    let get = |reader: &str, limit: usize| json!({"ShardIterator": reader, "Limit": limit});
    // One has the second's worth, so the other has to wait for it, whoever it is.
    assert_eq!(data(&host.call("GetRecords", get(&readers[0], 8)).await).len(), 8);
    host.refuses("GetRecords", get(&readers[1], 1), THROTTLED, &read_message()).await;
    host.clock.advance(500);
    assert_eq!(data(&host.call("GetRecords", get(&readers[1], 4)).await).len(), 4);
    host.refuses("GetRecords", get(&readers[0], 1), THROTTLED, &read_message()).await;
}
