//! PutRecord.

use serde_json::json;

use crate::support::{ACCOUNT, Host, base64, keys, number, text, told};

const PUT: &str = "PutRecord";
const INVALID: &str = "InvalidArgumentException";
const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn constraints_are_told_in_the_words_of_aws() {
    let host = Host::new().await;
    let null = |path| {
        format!("Value null at '{path}' failed to satisfy constraint: Member must not be null")
    };
    let message = format!("2 validation errors detected: {}; {}", null("data"), null("streamName"));
    host.refuses(PUT, json!({}), "ValidationException", &message).await;
    let base = |more| {
        let mut input = json!({"StreamName": "a", "PartitionKey": "k", "Data": ""});
        crate::support::merge(&mut input, more);
        input
    };
    for (more, message) in [
        (
            json!({"ExplicitHashKey": "01"}),
            told(
                "'01'",
                "explicitHashKey",
                r"satisfy regular expression pattern: 0|([1-9]\d{0,38})",
            ),
        ),
        (
            json!({"SequenceNumberForOrdering": "a"}),
            told(
                "'a'",
                "sequenceNumberForOrdering",
                r"satisfy regular expression pattern: 0|([1-9]\d{0,128})",
            ),
        ),
        (
            json!({"PartitionKey": ""}),
            told("''", "partitionKey", "have length greater than or equal to 1"),
        ),
    ] {
        host.refuses(PUT, base(more), "ValidationException", &message).await;
    }
    // Java counts UTF-16 code units: 128 of these are 256.
    host.create("a", 1).await;
    host.call(PUT, base(json!({"PartitionKey": "𝄞".repeat(128)}))).await;
    let refusal = host.refusal(PUT, base(json!({"PartitionKey": "𝄞".repeat(129)}))).await;
    assert_eq!(refusal.code, "ValidationException");
}

#[tokio::test]
async fn records_go_where_their_keys_hash_to() {
    let host = Host::new().await;
    host.create("a", 3).await;
    for (key, shard) in [("a", 0), ("b", 1), ("e", 2), ("f", 1)] {
        let input = json!({"StreamName": "a", "PartitionKey": key, "Data": base64(b"x")});
        let reply = host.call(PUT, input).await;
        assert_eq!(keys(&reply), ["SequenceNumber", "ShardId"]);
        assert_eq!(text(&reply, "ShardId"), format!("shardId-{shard:012}"));
        let number = number(&text(&reply, "SequenceNumber"));
        assert_eq!(number.shard().0, shard);
    }
    let last = u128::MAX.to_string();
    let input =
        json!({"StreamName": "a", "PartitionKey": "a", "Data": "", "ExplicitHashKey": last});
    assert_eq!(text(&host.call(PUT, input).await, "ShardId"), "shardId-000000000002");
    let beyond = "340282366920938463463374607431768211456";
    let input =
        json!({"StreamName": "a", "PartitionKey": "a", "Data": "", "ExplicitHashKey": beyond});
    let message = format!(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified \
         value was {beyond}"
    );
    host.refuses(PUT, input, INVALID, &message).await;
}

#[tokio::test]
async fn sizes_are_those_of_the_stream() {
    let host = Host::new().await;
    host.create("small", 1).await;
    let input = json!({"StreamName": "large", "ShardCount": 1, "MaxRecordSizeInKiB": 10240});
    host.call("CreateStream", input).await;
    let put = |stream: &str, bytes: usize| json!({"StreamName": stream, "PartitionKey": "k", "Data": base64(&vec![0; bytes])});
    let too_long = |bytes: usize, max: usize| {
        let value = format!("'java.nio.HeapByteBuffer[pos=0 lim={bytes} cap={bytes}]'");
        told(&value, "data", &format!("have length less than or equal to {max}"))
    };
    let validation = "ValidationException";
    let message = too_long(10 * MIB + 1, 10 * MIB);
    host.refuses(PUT, put("large", 10 * MIB + 1), validation, &message).await;
    let message = too_long(MIB + 1, MIB);
    host.refuses(PUT, put("small", MIB + 1), validation, &message).await;
    let message = "Record size exceeds 1024 KiB limit";
    host.refuses(PUT, put("small", MIB), INVALID, message).await;
    host.call(PUT, put("small", MIB - 1)).await;
    let message = "Record size exceeds 10240 KiB limit";
    host.refuses(PUT, put("large", 10 * MIB), INVALID, message).await;
    host.call(PUT, put("large", 10 * MIB - 1)).await;
    // Existence comes before the stream's own limit.
    let message = format!("Stream none under account {ACCOUNT} not found.");
    let code = "ResourceNotFoundException";
    host.refuses(PUT, put("none", MIB + 1), code, &message).await;
}

#[tokio::test]
async fn numbers_rise_above_the_one_given_for_ordering() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let put = |ordering: &str| {
        json!({"StreamName": "a", "PartitionKey": "k", "Data": "",
               "SequenceNumberForOrdering": ordering})
    };
    let mut last = host.put("a", "k", b"").await;
    for _ in 0..3 {
        let next = text(&host.call(PUT, put(&last)).await, "SequenceNumber");
        assert!(number(&next) > number(&last));
        last = next;
    }
    for ordering in ["0", "5"] {
        host.call(PUT, put(ordering)).await;
    }
    let given = number(&last);
    let (creation, shard) = (given.creation(), given.shard());
    let at = |creation, term, counter| {
        domain::SequenceNumber::new(creation, shard, term, counter).to_string()
    };
    let later = domain::Seconds(creation.0 + 1);
    for ordering in [
        at(creation, given.term(), given.counter() + 10),
        at(creation, given.term() + 1, 0),
        at(later, given.term(), 0),
        "9".repeat(129),
        "4".repeat(56),
    ] {
        let message = format!(
            "ExclusiveMinimumSequenceNumber {ordering} used in PutRecord on stream a under account \
             {ACCOUNT} is invalid."
        );
        host.refuses(PUT, put(&ordering), INVALID, &message).await;
    }
}

#[tokio::test]
async fn a_dry_run_checks_all_and_puts_nothing() {
    let host = Host::new().await;
    let input = json!({"StreamName": "a", "PartitionKey": "k", "Data": "", "DryRun": true});
    assert_eq!(host.refusal(PUT, input.clone()).await.code, "ResourceNotFoundException");
    host.create("a", 1).await;
    let dry = "DryRunOperationException";
    let message = "Request would have succeeded, but DryRun flag is set.";
    host.refuses(PUT, input, dry, message).await;
    let input = json!({"StreamName": "a", "DryRun": true,
                       "Records": [{"PartitionKey": "k", "Data": ""}]});
    host.refuses("PutRecords", input, dry, message).await;
    assert!(host.all("a").await.is_empty());
}
