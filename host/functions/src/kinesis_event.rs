//! Lambda's event for records of a Kinesis stream, which a handler is called with (pure).
//!
//! Written as AWS writes it (Lambda developer guide, "Using AWS Lambda with Amazon Kinesis"), but for
//! `encryptionType`, which a mapping does not know. It grows record by record, because what a call may carry is counted in
//! these bytes: base64, keys as JSON spells them, and all that stands around them. A record that has no room any more is
//! taken back.

use bytes::Bytes;
use consumer::Window;
use domain::Region;
use serde::Serialize;
use wasm::message::{Batch, Record};
use wire::shape::BlobOut;

use crate::tumbling::Told;

/// What all records of an event have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// The ARN of the stream, or of the consumer as which it is read.
    pub(crate) source: &'a str,
    /// The shard's id.
    pub(crate) shard: &'a str,
    /// Where they are.
    pub(crate) region: &'a Region,
    /// As whom the stream is read: the function's role.
    pub(crate) role: &'a str,
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

const BEGIN: &[u8] = br#"{"Records":["#;
const END: &[u8] = b"]}";

/// An event that grows by records.
#[derive(Debug)]
pub(crate) struct Event {
    json: Vec<u8>,
}

impl Event {
    /// An event without records.
    pub(crate) fn new() -> Self {
        Self { json: BEGIN.to_vec() }
    }

    /// Adds a record, unless the event would have more than `bytes_max` with it. One alone is always taken: it is what
    /// it is.
    pub(crate) fn push(&mut self, record: &Record, origin: &Origin<'_>, bytes_max: usize) -> bool {
        let before = self.json.len();
        let is_first = before == BEGIN.len();
        if !is_first {
            self.json.push(b',');
        }
        let written = wire::json::append(&mut self.json, &EventRecord::of(record, origin));
        let fits = is_first || self.json.len() + END.len() <= bytes_max;
        if written.is_err() || !fits {
            self.json.truncate(before);
        }
        fits
    }

    /// The event, with its tumbling window if it has one.
    pub(crate) fn finish(self, origin: &Origin<'_>, window: Option<&Window>) -> Bytes {
        let mut json = self.json;
        json.extend_from_slice(END);
        let told = window.and_then(|window| Told::of(window, origin));
        if let Some(told) = told.and_then(|told| wire::json::to_vec(&told).ok()) {
            // Two objects become one.
            json.pop();
            json.push(b',');
            json.extend_from_slice(&told[1..]);
        }
        json.into()
    }
}

/// The event of a batch, with its tumbling window if it has one.
pub(crate) fn write(batch: &Batch, origin: &Origin<'_>, window: Option<&Window>) -> Bytes {
    let mut event = Event::new();
    for record in &batch.records {
        event.push(record, origin, usize::MAX);
    }
    event.finish(origin, window)
}

impl<'a> EventRecord<'a> {
    fn of(record: &'a Record, origin: &Origin<'a>) -> Self {
        Self {
            kinesis: Kinesis {
                kinesis_schema_version: "1.0",
                partition_key: &record.partition_key,
                sequence_number: &record.sequence,
                data: BlobOut(&record.data),
                approximate_arrival_timestamp: seconds(record.arrival_ms),
            },
            event_source: "aws:kinesis",
            event_version: "1.0",
            event_id: format!("{}:{}", origin.shard, record.sequence),
            event_name: "aws:kinesis:record",
            invoke_identity_arn: origin.role,
            aws_region: origin.region.as_str(),
            event_source_arn: origin.source,
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
        look(&Origin { source: &batch.stream, shard: &batch.shard, region: &region, role })
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
    }

    proptest! {
        #[test]
        fn an_event_can_be_read_and_grows_up_to_its_bound(
            records in prop::collection::vec((".{0,40}", any::<Vec<u8>>(), 0..1u64 << 42), 1..9),
        ) {
            let batch = batch(records);
            let event = with_origin(&batch, |origin| write(&batch, origin, None));
            for (bytes_max, taken) in [(event.len(), batch.records.len()), (event.len() - 1, batch.records.len() - 1)] {
                let grown = with_origin(&batch, |origin| {
                    let mut grown = Event::new();
                    let fit = batch.records.iter().take_while(|it| grown.push(it, origin, bytes_max)).count();
                    (fit, grown.finish(origin, None))
                });
                prop_assert_eq!(grown.0, taken.max(1));
                let first = Batch { records: batch.records[..grown.0].to_vec(), ..batch.clone() };
                prop_assert_eq!(grown.1, with_origin(&batch, |origin| write(&first, origin, None)));
            }
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
