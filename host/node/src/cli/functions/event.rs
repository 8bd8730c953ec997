//! Records as Lambda hands them to a function: the event of a Kinesis mapping (pure).

use domain::{Millis, SequenceNumber, ShardId};
use serde::Serialize;

use crate::client::{PutRecord, seconds};
use crate::refusal::Refusal;

/// What one call may carry (Lambda quotas, synchronous payload).
const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;

/// What every record of an event says.
pub(super) struct Origin {
    pub(super) stream_arn: String,
    pub(super) role_arn: String,
    pub(super) region: String,
    pub(super) arrival: Millis,
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    kinesis: Kinesis<'a>,
    event_source: &'static str,
    event_version: &'static str,
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: &'static str,
    invoke_identity_arn: &'a str,
    aws_region: &'a str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kinesis<'a> {
    kinesis_schema_version: &'static str,
    partition_key: &'a str,
    sequence_number: String,
    data: String,
    approximate_arrival_timestamp: f64,
}

/// The event that a mapping would make of these records, as if they had just arrived in one shard.
///
/// # Errors
/// If it is more than one call may carry.
pub(super) fn wrap(records: &[PutRecord], origin: &Origin) -> Result<Vec<u8>, Refusal> {
    let shard = ShardId(0);
    let records = records.iter().zip(1..).map(|(record, counter)| {
        let created = domain::Seconds(origin.arrival.0 / 1000);
        let number = SequenceNumber::new(created, shard, 1, counter);
        Record {
            event_id: format!("{shard}:{number}"),
            kinesis: Kinesis {
                kinesis_schema_version: "1.0",
                partition_key: &record.key,
                sequence_number: number.to_string(),
                data: base64_simd::STANDARD.encode_to_string(&record.data),
                approximate_arrival_timestamp: seconds(origin.arrival),
            },
            event_source: "aws:kinesis",
            event_version: "1.0",
            event_name: "aws:kinesis:record",
            invoke_identity_arn: &origin.role_arn,
            aws_region: &origin.region,
            event_source_arn: &origin.stream_arn,
        }
    });
    let event = Event { records: records.collect() };
    let bytes = serde_json::to_vec(&event)
        .map_err(|error| Refusal::failed("the event cannot be written").because(error))?;
    if bytes.len() > PAYLOAD_BYTES_MAX {
        return Err(too_large(bytes.len()));
    }
    Ok(bytes)
}

/// Whether so many bytes of data can still be part of one call.
pub(super) fn check_data(bytes: usize) -> Result<(), Refusal> {
    let encoded = bytes / 3 * 4;
    if encoded > PAYLOAD_BYTES_MAX { Err(too_large(encoded)) } else { Ok(()) }
}

fn too_large(bytes: usize) -> Refusal {
    let mib = PAYLOAD_BYTES_MAX / (1024 * 1024);
    Refusal::failed(format!("the event has {bytes} bytes or more, one call carries {mib} MiB"))
        .hint("give fewer lines, such as the first of them: head -n 1000 FILE | ... --data -")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;

    fn origin() -> Origin {
        Origin {
            stream_arn: "arn:s".to_owned(),
            role_arn: "arn:r".to_owned(),
            region: "eu-west-1".to_owned(),
            arrival: Millis(1_700_000_000_123),
        }
    }

    fn record(key: &str, data: impl Into<Bytes>) -> PutRecord {
        PutRecord::new(key, data.into())
    }

    #[test]
    fn an_event_is_that_of_a_mapping() {
        let event = wrap(&[record("a", "x"), record("b", "y")], &origin()).unwrap();
        let event: Value = serde_json::from_slice(&event).unwrap();
        let records = event["Records"].as_array().unwrap();
        assert_eq!(records.len(), 2);
        let number = records[0]["kinesis"]["sequenceNumber"].as_str().unwrap();
        assert_eq!(number.len(), 56);
        assert_eq!(
            records[0],
            json!({
                "kinesis": {
                    "kinesisSchemaVersion": "1.0", "partitionKey": "a", "sequenceNumber": number,
                    "data": "eA==", "approximateArrivalTimestamp": 1_700_000_000.123,
                },
                "eventSource": "aws:kinesis", "eventVersion": "1.0",
                "eventID": format!("shardId-000000000000:{number}"),
                "eventName": "aws:kinesis:record", "invokeIdentityArn": "arn:r",
                "awsRegion": "eu-west-1", "eventSourceARN": "arn:s",
            })
        );
        let next = records[1]["kinesis"]["sequenceNumber"].as_str().unwrap();
        assert!(next > number, "{next} rises after {number}");
    }

    #[test]
    fn what_no_call_carries_is_refused() {
        let large = record("a", vec![0; 5 * 1024 * 1024]);
        assert!(wrap(&[large], &origin()).is_err());
        assert!(check_data(4 * 1024 * 1024).is_ok());
        assert!(check_data(5 * 1024 * 1024).is_err());
    }
}
