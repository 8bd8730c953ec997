//! The operations that our commands use, typed.

use std::borrow::Cow;

use bytes::Bytes;
use domain::Millis;
use serde::{Deserialize, Serialize};

use super::streams::{named, naming};
use super::{Backoff, Client, ClientError, PutRecord};

/// How often a control call is tried again.
pub(super) const TRIES: u32 = 8;

/// Where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// After the newest record.
    Latest,
    /// At the oldest record kept.
    TrimHorizon,
    /// At the first record that arrived then or later.
    At(Millis),
    /// After the record with this sequence number.
    After(String),
}

/// The answer to PutRecords.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutRecordsReply<'a> {
    #[serde(borrow)]
    pub(crate) records: Vec<PutEntry<'a>>,
}

/// What became of one record: either the first two or the last two are set.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutEntry<'a> {
    #[serde(borrow, default)]
    pub(crate) sequence_number: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) shard_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) error_code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) error_message: Option<Cow<'a, str>>,
}

/// The answer to GetRecords.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetRecordsReply<'a> {
    #[serde(borrow)]
    pub(crate) records: Vec<GotRecord<'a>>,
    /// Absent when the shard is closed and read to its end.
    #[serde(default)]
    pub(crate) next_shard_iterator: Option<String>,
    #[serde(default)]
    pub(crate) millis_behind_latest: u64,
}

/// A record as read; its data is base64.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GotRecord<'a> {
    #[serde(borrow)]
    pub(crate) sequence_number: Cow<'a, str>,
    /// Missing if the producer gave none.
    #[serde(borrow, default)]
    pub(crate) partition_key: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) data: Cow<'a, str>,
    /// Seconds, with a fraction.
    #[serde(default)]
    pub(crate) approximate_arrival_timestamp: f64,
}

/// Reads a reply.
///
/// # Errors
/// `Malformed` if it is not what the operation answers.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(ClientError::Malformed)
}

/// The bytes of a record's data.
///
/// # Errors
/// `Malformed` if it is not base64.
pub(crate) fn decode_data(data: &str) -> Result<Vec<u8>, ClientError> {
    base64_simd::STANDARD.decode_to_vec(data).map_err(|error| {
        ClientError::Malformed(serde::de::Error::custom(format!("data of a record: {error}")))
    })
}

/// The body of a PutRecord call.
pub(crate) fn put_record_body(stream: &str, record: &PutRecord) -> Bytes {
    let mut out =
        Vec::with_capacity(128 + stream.len() + record.key.len() + record.data.len() * 4 / 3);
    out.push(b'{');
    push_stream(&mut out, stream);
    out.push(b',');
    push_entry(&mut out, record);
    out.push(b'}');
    out.into()
}

/// The body of a PutRecords call.
pub(crate) fn put_records_body<'a>(
    stream: &str,
    records: impl IntoIterator<Item = &'a PutRecord>,
) -> Bytes {
    let mut out = Vec::new();
    out.push(b'{');
    push_stream(&mut out, stream);
    out.extend_from_slice(b",\"Records\":[");
    for (index, record) in records.into_iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"{" } else { b",{" });
        push_entry(&mut out, record);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out.into()
}

fn push_stream(out: &mut Vec<u8>, stream: &str) {
    push_json(out, naming(stream));
    out.push(b':');
    push_json(out, stream);
}

fn push_entry(out: &mut Vec<u8>, record: &PutRecord) {
    out.extend_from_slice(b"\"PartitionKey\":");
    push_json(out, &record.key);
    if let Some(hash_key) = record.hash_key {
        out.extend_from_slice(b",\"ExplicitHashKey\":");
        push_json(out, &hash_key.to_string());
    }
    out.extend_from_slice(b",\"Data\":\"");
    base64_simd::STANDARD.encode_append(&record.data, out);
    out.push(b'"');
}

fn push_json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(out, value).expect("text and numbers always become JSON");
}

pub(super) fn body(value: &serde_json::Value) -> Bytes {
    value.to_string().into()
}

impl Client {
    /// Encrypts a stream with the key that its account has for that.
    pub(crate) async fn encrypt_stream(&self, stream: &str) -> Result<(), ClientError> {
        let key = "alias/aws/kinesis";
        let start =
            serde_json::json!({ "StreamName": stream, "EncryptionType": "KMS", "KeyId": key });
        self.change_streams("StartStreamEncryption", &start).await.map(drop)
    }

    /// A place to read from.
    pub(crate) async fn shard_iterator(
        &self,
        stream: &str,
        shard: &str,
        start: &Start,
    ) -> Result<String, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            shard_iterator: String,
        }
        let mut asked = named(stream);
        asked["ShardId"] = shard.into();
        match start {
            Start::Latest => asked["ShardIteratorType"] = "LATEST".into(),
            Start::TrimHorizon => asked["ShardIteratorType"] = "TRIM_HORIZON".into(),
            Start::At(moment) => {
                asked["ShardIteratorType"] = "AT_TIMESTAMP".into();
                asked["Timestamp"] = seconds(*moment).into();
            }
            Start::After(number) => {
                asked["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER".into();
                asked["StartingSequenceNumber"] = number.as_str().into();
            }
        }
        let patience = Backoff::times(TRIES);
        let reply = self.call_patiently("GetShardIterator", body(&asked), patience).await?;
        parse::<Reply>(&reply).map(|reply| reply.shard_iterator)
    }

    /// One GetRecords call, not tried again; the reply is for [`parse`].
    pub(crate) async fn get_records(
        &self,
        iterator: &str,
        limit: usize,
    ) -> Result<Bytes, ClientError> {
        let asked = serde_json::json!({ "ShardIterator": iterator, "Limit": limit });
        self.call("GetRecords", body(&asked)).await
    }
}

/// A moment as AWS's APIs write it.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of our age fit 53 bits")]
pub(crate) fn seconds(moment: Millis) -> f64 {
    moment.0 as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use domain::HashKey;

    use super::*;

    #[test]
    fn bodies_are_the_json_that_the_model_describes() {
        let record = PutRecord::new("a\"b", Bytes::from_static(b"\x00\xff!"));
        let one: serde_json::Value = parse(&put_record_body("s", &record)).unwrap();
        let entry = serde_json::json!({ "PartitionKey": "a\"b", "Data": "AP8h" });
        assert_eq!(one["Data"], entry["Data"]);
        assert_eq!(one["PartitionKey"], entry["PartitionKey"]);
        let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
        let by_arn: serde_json::Value = parse(&put_record_body(arn, &record)).unwrap();
        assert_eq!((&by_arn["StreamARN"], &by_arn["StreamName"]), (&arn.into(), &().into()));
        let explicit = PutRecord { hash_key: Some(HashKey(7)), ..record.clone() };
        let many: serde_json::Value = parse(&put_records_body("s", &[record, explicit])).unwrap();
        let mut other = entry.clone();
        other["ExplicitHashKey"] = "7".into();
        assert_eq!(many, serde_json::json!({ "StreamName": "s", "Records": [entry, other] }));
    }

    #[test]
    fn replies_are_read_with_and_without_their_optional_members() {
        let body = br#"{"FailedRecordCount":1,"Records":[
            {"SequenceNumber":"49","ShardId":"shardId-000000000000"},
            {"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"a \"b\""}]}"#;
        let reply: PutRecordsReply<'_> = parse(body).unwrap();
        assert_eq!(reply.records[0].sequence_number.as_deref(), Some("49"));
        assert_eq!(reply.records[1].error_message.as_deref(), Some("a \"b\""));
        let reply: GetRecordsReply<'_> = parse(br#"{"Records":[]}"#).unwrap();
        assert!(reply.next_shard_iterator.is_none());
    }

    #[test]
    fn data_is_base64() {
        assert_eq!(decode_data("AP8h").unwrap(), b"\x00\xff!");
        assert!(decode_data("!").is_err());
    }
}
