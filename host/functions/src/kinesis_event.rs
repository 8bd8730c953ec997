//! Lambda's event for records of a Kinesis stream, which a handler is called with (pure).
//!
//! Written as AWS writes it (Lambda developer guide, "Using AWS Lambda with Amazon Kinesis"), but for
//! `encryptionType`, which a mapping does not know. Its size is told before it is written, record by record, because
//! what a call may carry is counted in these bytes: base64, keys as JSON spells them, and all that stands around them.

use bytes::Bytes;
use consumer::Window;
use domain::{Region, limits};
use serde::Serialize;
use wasm::message::{Batch, Record};
use wire::shape::BlobOut;

use crate::tumbling::Told;

/// What all records of an event have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// The stream's ARN.
    pub(crate) stream: &'a str,
    /// The shard's id.
    pub(crate) shard: &'a str,
    /// Where they are.
    pub(crate) region: &'a Region,
    /// As whom the stream is read: the function's role.
    pub(crate) role: &'a str,
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Vec<EventRecord<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventRecord<'a> {
    kinesis: Kinesis<'a>,
    event_source: &'a str,
    event_version: &'a str,
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: &'a str,
    invoke_identity_arn: &'a str,
    aws_region: &'a str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kinesis<'a> {
    kinesis_schema_version: &'a str,
    partition_key: &'a str,
    sequence_number: &'a str,
    data: BlobOut<&'a [u8]>,
    approximate_arrival_timestamp: f64,
}

/// Bytes of an event around its records, and of what is between two of them.
const AROUND_BYTES: usize = r#"{"Records":[]}"#.len();
const BETWEEN_BYTES: usize = ",".len();

/// The most that the records of one event may weigh together.
pub(crate) const RECORDS_BYTES_MAX: usize = limits::INVOKE_BYTES_MAX - AROUND_BYTES;

/// The bytes that a record adds to an event.
pub(crate) fn weight(record: &Record, origin: &Origin<'_>) -> usize {
    // Its data apart, which is most of it and need not be written to be counted.
    let without = EventRecord::of(record, &[], origin);
    let without = wire::json::to_vec(&without).map_or(0, |json| json.len());
    without + record.data.len().div_ceil(3) * 4 + BETWEEN_BYTES
}

/// The event of a batch, with its tumbling window if it has one.
pub(crate) fn write(batch: &Batch, origin: &Origin<'_>, window: Option<&Window>) -> Bytes {
    let records = batch.records.iter().map(|record| EventRecord::of(record, &record.data, origin));
    let mut event = wire::json::to_vec(&Event { records: records.collect() }).unwrap_or_default();
    let told = window.and_then(|window| Told::of(window, origin));
    if let Some(told) = told.and_then(|told| wire::json::to_vec(&told).ok()) {
        // Two objects become one.
        event.pop();
        event.push(b',');
        event.extend_from_slice(&told[1..]);
    }
    event.into()
}

impl<'a> EventRecord<'a> {
    fn of(record: &'a Record, data: &'a [u8], origin: &Origin<'a>) -> Self {
        Self {
            kinesis: Kinesis {
                kinesis_schema_version: "1.0",
                partition_key: &record.partition_key,
                sequence_number: &record.sequence,
                data: BlobOut(data),
                approximate_arrival_timestamp: seconds(record.arrival_ms),
            },
            event_source: "aws:kinesis",
            event_version: "1.0",
            event_id: format!("{}:{}", origin.shard, record.sequence),
            event_name: "aws:kinesis:record",
            invoke_identity_arn: origin.role,
            aws_region: origin.region.as_str(),
            event_source_arn: origin.stream,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for the next 285,000 years")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn batch(records: Vec<(String, Vec<u8>, u64)>) -> Batch {
        let record =
            |(at, (partition_key, data, arrival_ms)): (usize, (String, Vec<u8>, u64))| Record {
                sequence: format!("4959{at:052}"),
                sub_sequence: 0,
                partition_key,
                arrival_ms,
                data: data.into(),
            };
        Batch {
            stream: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream".to_owned(),
            shard: "shardId-000000000006".to_owned(),
            attempt: 1,
            is_replay: false,
            behind_ms: 0,
            records: records.into_iter().enumerate().map(record).collect(),
        }
    }

    fn with_origin<T>(batch: &Batch, look: impl FnOnce(&Origin<'_>) -> T) -> T {
        let (region, role) =
            ("us-east-2".parse().unwrap(), "arn:aws:iam::123456789012:role/lambda-role");
        look(&Origin { stream: &batch.stream, shard: &batch.shard, region: &region, role })
    }

    /// The example of AWS's guide.
    #[test]
    fn an_event_is_written_as_aws_writes_it() {
        let batch =
            batch(vec![("1".to_owned(), b"Hello, this is a test.".to_vec(), 1_545_084_650_987)]);
        let event = with_origin(&batch, |origin| write(&batch, origin, None));
        let sequence = &batch.records[0].sequence;
        let expected = format!(
            "{{\"Records\":[{{\"kinesis\":{{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"1\",\
             \"sequenceNumber\":\"{sequence}\",\"data\":\"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==\",\
             \"approximateArrivalTimestamp\":1545084650.987}},\"eventSource\":\"aws:kinesis\",\
             \"eventVersion\":\"1.0\",\"eventID\":\"shardId-000000000006:{sequence}\",\
             \"eventName\":\"aws:kinesis:record\",\
             \"invokeIdentityArn\":\"arn:aws:iam::123456789012:role/lambda-role\",\
             \"awsRegion\":\"us-east-2\",\
             \"eventSourceARN\":\"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream\"}}]}}"
        );
        assert_eq!(std::str::from_utf8(&event).unwrap(), expected);
        assert_eq!(
            event.len(),
            AROUND_BYTES - BETWEEN_BYTES + with_origin(&batch, |it| weight(&batch.records[0], it))
        );
    }

    proptest! {
        #[test]
        fn records_weigh_what_they_take_and_can_be_read(
            records in prop::collection::vec((".{0,40}", any::<Vec<u8>>(), 0..1u64 << 42), 1..9),
        ) {
            let batch = batch(records);
            let event = with_origin(&batch, |origin| write(&batch, origin, None));
            let weights = batch.records.iter().map(|it| with_origin(&batch, |origin| weight(it, origin)));
            prop_assert_eq!(event.len(), AROUND_BYTES + weights.sum::<usize>() - BETWEEN_BYTES);
            let read: Value = serde_json::from_slice(&event).unwrap();
            prop_assert_eq!(read["Records"].as_array().unwrap().len(), batch.records.len());
            // What a transform reads of such an event when it is called directly is the batch.
            let read = crate::event::read(&event, domain::Millis(0)).unwrap();
            prop_assert_eq!(&read, &batch);
            let read: Value = serde_json::from_slice(&event).unwrap();
            prop_assert_eq!(&read["Records"][0]["eventSource"], &json!("aws:kinesis"));
        }
    }
}
