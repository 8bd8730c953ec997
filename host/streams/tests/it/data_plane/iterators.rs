//! GetShardIterator, and what becomes of iterators.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Host, START, arn, caller, data, number, text, told};

const ITERATOR: &str = "GetShardIterator";
const INVALID: &str = "InvalidArgumentException";
const NOT_FOUND: &str = "ResourceNotFoundException";

fn input(kind: &str, more: Value) -> Value {
    let mut input = json!({"StreamName": "a", "ShardId": "shardId-000000000000",
                           "ShardIteratorType": kind});
    crate::support::merge(&mut input, more);
    input
}

#[tokio::test]
async fn all_types_start_where_they_say() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let mut numbers = Vec::new();
    for data in [b"0", b"1", b"2"] {
        numbers.push(host.put("a", "k", data).await);
        host.clock.advance(1000);
    }
    let second = |offset: f64| (START.0 / 1000) as f64 + offset;
    for (kind, more, expected) in [
        ("TRIM_HORIZON", json!({}), 0),
        ("LATEST", json!({}), 3),
        ("AT_SEQUENCE_NUMBER", json!({"StartingSequenceNumber": numbers[1]}), 1),
        ("AFTER_SEQUENCE_NUMBER", json!({"StartingSequenceNumber": numbers[1]}), 2),
        ("AFTER_SEQUENCE_NUMBER", json!({"StartingSequenceNumber": numbers[2]}), 3),
        ("AT_TIMESTAMP", json!({"Timestamp": 1}), 0),
        ("AT_TIMESTAMP", json!({"Timestamp": second(1.0)}), 1),
        ("AT_TIMESTAMP", json!({"Timestamp": second(1.001)}), 2),
        ("AT_TIMESTAMP", json!({"Timestamp": second(2.5)}), 3),
        // A timestamp with another type is ignored.
        ("TRIM_HORIZON", json!({"Timestamp": second(2.0)}), 0),
    ] {
        let iterator = host.iterator("a", kind, more.clone()).await;
        assert!(iterator.len() <= 512);
        host.put("a", "other", b"later").await;
        let read = data(&host.get(&iterator).await);
        let first: Vec<u8> = match expected {
            3 => b"later".to_vec(),
            index => index.to_string().into_bytes(),
        };
        assert_eq!(read[0], first, "{kind} {more}");
    }
    // The first number of a shard, which DescribeStream shows, is fine although no record has it.
    let description = host.call("DescribeStream", json!({"StreamName": "a"})).await;
    let range = &description["StreamDescription"]["Shards"][0]["SequenceNumberRange"];
    let start = json!({"StartingSequenceNumber": range["StartingSequenceNumber"]});
    for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
        let iterator = host.iterator("a", kind, start.clone()).await;
        assert_eq!(data(&host.get(&iterator).await)[0], b"0", "{kind}");
    }
}

#[tokio::test]
async fn constraints_are_told_in_the_words_of_aws() {
    let host = Host::new().await;
    let message = told(
        "'X'",
        "shardIteratorType",
        "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, \
         TRIM_HORIZON]",
    );
    host.refuses(ITERATOR, input("X", json!({})), "ValidationException", &message).await;
    let refusal = host.refusal(ITERATOR, json!({})).await;
    assert!(refusal.message.starts_with("3 validation errors detected: Value null at 'shardId'"));
}

#[tokio::test]
async fn shards_are_looked_for_before_streams() {
    let host = Host::new().await;
    let with = |shard: &str| input("LATEST", json!({"ShardId": shard}));
    let text =
        |shard: &str| format!("Could not find shard {shard} in stream a under account {ACCOUNT}.");
    for shard in ["2147483648", "ABKLFD8", "2.14E4"] {
        host.refuses(ITERATOR, with(shard), NOT_FOUND, &text(shard)).await;
    }
    let missing = |shard: u32| {
        format!("Shard shardId-{shard:012} in stream a under account {ACCOUNT} does not exist")
    };
    host.refuses(ITERATOR, with("shardId-1"), NOT_FOUND, &missing(1)).await;
    host.create("a", 1).await;
    host.refuses(ITERATOR, with("shardId-1"), NOT_FOUND, &missing(1)).await;
    for shard in ["shardId-0", "shard-0", "x-0", "0"] {
        host.call(ITERATOR, with(shard)).await;
    }
}

#[tokio::test]
async fn numbers_must_fit_type_and_shard() {
    let host = Host::new().await;
    host.create("a", 2).await;
    let own = host.put("a", "a", b"").await;
    let other = host.put("a", "b", b"").await;
    assert_ne!(number(&own).shard(), number(&other).shard());
    let either = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and \
                  StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no \
                  StartingSequenceNumber.";
    for kind in ["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"] {
        let message =
            format!("{either} Request specified {kind} and also a StartingSequenceNumber.");
        let input = input(kind, json!({"StartingSequenceNumber": own}));
        host.refuses(ITERATOR, input, INVALID, &message).await;
    }
    let kind = "AT_SEQUENCE_NUMBER";
    let message = format!("{either} Request specified {kind} and no StartingSequenceNumber.");
    host.refuses(ITERATOR, input(kind, json!({})), INVALID, &message).await;
    let with = |number: &str| input(kind, json!({"StartingSequenceNumber": number}));
    for number in ["0", "5", &"9".repeat(56)] {
        let message = format!(
            "StartingSequenceNumber {number} used in GetShardIterator on shard \
             shardId-000000000000 in stream a under account {ACCOUNT} is invalid."
        );
        host.refuses(ITERATOR, with(number), INVALID, &message).await;
    }
    let message = "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was \
                   used in a call to a shard with shardId-000000000000";
    host.refuses(ITERATOR, with(&other), INVALID, message).await;
    // One that nobody was given stands for the end, and misses nothing.
    let given = number(&own);
    let ahead = domain::SequenceNumber::new(given.creation(), given.shard(), given.term(), 1000);
    let more = json!({"StartingSequenceNumber": ahead.to_string()});
    let iterator = host.iterator("a", "AFTER_SEQUENCE_NUMBER", more).await;
    host.put("a", "a", b"next").await;
    assert_eq!(data(&host.get(&iterator).await), [b"next"]);
}

#[tokio::test]
async fn times_must_be_given_and_past() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let kind = "AT_TIMESTAMP";
    let message = "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. \
                   Current request has no timestamp parameter.";
    host.refuses(ITERATOR, input(kind, json!({})), INVALID, message).await;
    let ahead = START.0 + 1;
    let at = json!({"Timestamp": ahead as f64 / 1000.0});
    let message = format!(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
         timestampInMillis: {ahead}, currentTimestampInMillis: {}",
        START.0
    );
    host.refuses(ITERATOR, input(kind, at), INVALID, &message).await;
    let now = json!({"Timestamp": START.0 / 1000});
    host.call(ITERATOR, input(kind, now)).await;
    let dry = "DryRunOperationException";
    let refusal = host.refusal(ITERATOR, input("LATEST", json!({"DryRun": true}))).await;
    assert_eq!(refusal.code, dry);
}

#[tokio::test]
async fn iterators_expire_after_five_minutes() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let iterator = host.iterator("a", "LATEST", json!({})).await;
    host.clock.advance(300_000);
    host.get(&iterator).await;
    host.clock.advance(1);
    let message = "Iterator expired. The iterator was created at time Tue Sep 22 09:06:40 UTC 2026 \
                   while right now it is Tue Sep 22 09:11:40 UTC 2026 which is further in the future \
                   than the tolerated delay of 300000 milliseconds.";
    let input = json!({"ShardIterator": iterator});
    host.refuses("GetRecords", input.clone(), "ExpiredIteratorException", message).await;
    // Expiry comes before existence.
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    host.refuses("GetRecords", input, "ExpiredIteratorException", message).await;
}

#[tokio::test]
async fn iterators_that_were_not_given_are_refused() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.create("b", 1).await;
    let iterator = host.iterator("a", "LATEST", json!({})).await;
    let message = "Invalid ShardIterator.";
    let swapped = if iterator.contains('x') { ("x", "y") } else { ("A", "B") };
    let tampered = iterator.replacen(swapped.0, swapped.1, 1);
    for text in ["x", "AAAA", &tampered, &iterator[4..], &format!("{iterator}AAAA")] {
        host.refuses("GetRecords", json!({"ShardIterator": text}), INVALID, message).await;
    }
    let with = |arn: String| json!({"ShardIterator": iterator, "StreamARN": arn});
    host.refuses("GetRecords", with(arn("b")), INVALID, message).await;
    host.call("GetRecords", with(arn("a"))).await;
    let body = json!({"ShardIterator": iterator}).to_string();
    let stranger = wire::Caller { account: "999999999999".parse().unwrap(), ..caller() };
    let elsewhere = wire::Caller { region: "eu-central-1".parse().unwrap(), ..caller() };
    for other in [stranger, elsewhere] {
        let refusal = host.answer(&other, "GetRecords", &body).await.unwrap_err();
        assert_eq!(refusal.code, NOT_FOUND);
    }
    let next = text(&host.get(&iterator).await, "NextShardIterator");
    assert_ne!(next, iterator);
}
