//! The JSON of a direct call of a transform: Lambda's event for a batch of a Kinesis stream in, what the function made of it
//! out (pure).

use std::borrow::Cow;

use bytes::Bytes;
use domain::{Millis, limits};
use serde::{Deserialize, Serialize};
use wasm::message::{Batch, Disposition, Record, Reply};
use wire::shape::{Blob, BlobOut};

use crate::failed::Failed;

/// What a payload must look like, for whoever sent another.
const RIGHT: &str = r#"The payload must be the event of a Kinesis stream: {"Records":[{"eventID":"shardId-000000000000:<sequence number>","eventSourceARN":"<stream ARN>","kinesis":{"partitionKey":"<key>","sequenceNumber":"<digits>","data":"<base64>","approximateArrivalTimestamp":<seconds>}}]}"#;
/// Where records come from that do not say it.
const SHARD: &str = "shardId-000000000000";

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<EventRecord<'a>>,
}

#[derive(Deserialize)]
struct EventRecord<'a> {
    #[serde(borrow, rename = "eventID")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "eventSourceARN")]
    source: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kinesis: Kinesis<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kinesis<'a> {
    partition_key: String,
    sequence_number: String,
    #[serde(borrow)]
    data: Blob<'a>,
    approximate_arrival_timestamp: Option<f64>,
}

/// Reads the event of a call; the error is for the caller.
pub(crate) fn read(payload: &[u8], now: Millis) -> Result<Batch, String> {
    let wrong = |what: &str| format!("{RIGHT}. {what}");
    let event: Event<'_> =
        serde_json::from_slice(payload).map_err(|error| wrong(&error.to_string()))?;
    let Some(first) = event.records.first() else {
        return Err(wrong("There are no records"));
    };
    if event.records.len() > limits::MAPPING_BATCH_MAX as usize {
        return Err(wrong(&format!("There may be {} records", limits::MAPPING_BATCH_MAX)));
    }
    let (shard, stream) = (first.shard().to_owned(), first.source().to_owned());
    if event.records.iter().any(|it| it.shard() != shard || it.source() != stream) {
        return Err(wrong("All records must be of one shard"));
    }
    let records = event.records.into_iter().map(|it| it.kinesis.record(now)).collect();
    Ok(Batch { stream, shard, attempt: 1, is_replay: false, behind_ms: 0, records })
}

impl EventRecord<'_> {
    fn shard(&self) -> &str {
        let id = self.id.as_deref().and_then(|id| id.split_once(':'));
        id.map_or(SHARD, |(shard, _)| shard)
    }

    fn source(&self) -> &str {
        self.source.as_deref().unwrap_or_default()
    }
}

impl Kinesis<'_> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates: a time before 1970 is 1970"
    )]
    fn record(self, now: Millis) -> Record {
        let arrival = self.approximate_arrival_timestamp;
        Record {
            sequence: self.sequence_number,
            sub_sequence: 0,
            partition_key: self.partition_key,
            arrival_ms: arrival.map_or(now.0, |seconds| (seconds * 1000.0).round() as u64),
            data: self.data.to_vec().into(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    records: Vec<AnswerRecord<'a>>,
    batch_item_failures: Vec<ItemFailure<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerRecord<'a> {
    partition_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit_hash_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    data: BlobOut<&'a [u8]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure<'a> {
    item_identifier: &'a str,
}

/// Writes what a function made of a batch.
pub(crate) fn write(batch: &Batch, reply: &Reply) -> Result<Bytes, Failed> {
    let records = reply.emits.iter().map(|emit| AnswerRecord {
        partition_key: &emit.partition_key,
        explicit_hash_key: emit.explicit_hash_key.as_deref(),
        target: emit.target.as_deref(),
        data: BlobOut(&emit.data[..]),
    });
    let failed = |disposition: &Disposition| match disposition {
        Disposition::Failed(_) | Disposition::RetryAfter(_) | Disposition::Extra(..) => true,
        Disposition::Dropped(_) => false,
    };
    let failures = reply.outcomes.iter().filter(|it| failed(&it.disposition)).filter_map(|it| {
        let record = batch.records.get(usize::try_from(it.index).ok()?)?;
        Some(ItemFailure { item_identifier: &record.sequence })
    });
    let answer = Answer { records: records.collect(), batch_item_failures: failures.collect() };
    let written = wire::json::to_vec(&answer).unwrap_or_default();
    if written.len() > limits::INVOKE_BYTES_MAX {
        return Err(Failed::too_large());
    }
    Ok(written.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use wasm::message::{Emit, Outcome};

    use super::*;

    fn record(sequence: &str, shard: &str) -> Value {
        json!({
            "eventID": format!("{shard}:{sequence}"),
            "eventSource": "aws:kinesis",
            "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s",
            "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": sequence,
                        "data": "SGVsbG8=", "approximateArrivalTimestamp": 1545084650.987},
        })
    }

    fn read_json(event: &Value) -> Result<Batch, String> {
        read(event.to_string().as_bytes(), Millis(5))
    }

    #[test]
    fn the_event_of_aws_is_read() {
        let event = json!({"Records": [record("1", "shardId-000000000006"), record("2", "shardId-000000000006")]});
        let batch = read_json(&event).unwrap();
        assert_eq!(batch.shard, "shardId-000000000006");
        assert_eq!(batch.stream, "arn:aws:kinesis:us-east-1:123456789012:stream/s");
        assert_eq!(batch.records[1].sequence, "2");
        assert_eq!(batch.records[0].data, Bytes::from_static(b"Hello"));
        assert_eq!(batch.records[0].arrival_ms, 1_545_084_650_987);
        let least = json!({"Records": [{"kinesis": {"partitionKey": "k", "sequenceNumber": "1", "data": ""}}]});
        let batch = read_json(&least).unwrap();
        assert_eq!((&*batch.shard, batch.records[0].arrival_ms), (SHARD, 5));
    }

    #[test]
    fn another_payload_is_told_what_is_right() {
        let two_shards = json!({"Records": [record("1", "a"), record("2", "b")]});
        for event in
            [json!({}), json!([]), json!({"Records": []}), json!({"key1": "value1"}), two_shards]
        {
            let told = read_json(&event).unwrap_err();
            assert!(
                told.starts_with("The payload must be the event of a Kinesis stream: "),
                "{told}"
            );
        }
        let mut bad = record("1", "a");
        bad["kinesis"]["data"] = json!("no base64");
        let told = read_json(&json!({"Records": [bad]})).unwrap_err();
        assert!(told.contains("can not be converted to a Blob"), "{told}");
    }

    #[test]
    fn replies_are_written_with_failures_by_sequence_number() {
        let event = json!({"Records": [record("1", "s"), record("2", "s"), record("3", "s")]});
        let batch = read_json(&event).unwrap();
        let emit = Emit {
            index: 0,
            target: None,
            partition_key: "p".to_owned(),
            explicit_hash_key: Some("7".to_owned()),
            data: Bytes::from_static(b"Hello"),
            attributes: Vec::new(),
        };
        let outcome = |index, disposition| Outcome { index, disposition };
        let outcomes = vec![
            outcome(0, Disposition::Dropped("no".to_owned())),
            outcome(1, Disposition::Failed("bad".to_owned())),
            outcome(2, Disposition::RetryAfter(Duration::from_secs(1))),
        ];
        let written = write(&batch, &Reply { emits: vec![emit], outcomes }).unwrap();
        let written: Value = serde_json::from_slice(&written).unwrap();
        let expected = json!({
            "records": [{"partitionKey": "p", "explicitHashKey": "7", "data": "SGVsbG8="}],
            "batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}],
        });
        assert_eq!(written, expected);
    }
}
