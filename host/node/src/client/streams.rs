//! Streams and their shards: what there is, and how they are made, changed and deleted.

use std::time::Duration;

use bytes::Bytes;
use domain::{HashKey, HashRange};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::kinesis::{TRIES, body};
use super::{Backoff, Client, ClientError, parse};

/// How often to look whether a stream is ready: soon at first, since most changes take no time.
const LOOK_FIRST: Duration = Duration::from_millis(20);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long to wait for it.
const READY_WITHIN: Duration = Duration::from_secs(600);

/// A stream as DescribeStreamSummary shows it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StreamSummary {
    pub(crate) stream_name: String,
    #[serde(rename = "StreamARN")]
    pub(crate) stream_arn: String,
    pub(crate) stream_status: String,
    #[serde(default)]
    pub(crate) retention_period_hours: u32,
    #[serde(default)]
    pub(crate) open_shard_count: u64,
    #[serde(default)]
    pub(crate) consumer_count: u64,
    #[serde(default)]
    pub(crate) stream_creation_timestamp: f64,
    /// Whatever else there is, as it came.
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

/// A shard as ListShards shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Shard {
    pub(crate) shard_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent_shard_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) adjacent_parent_shard_id: Option<String>,
    hash_key_range: HashKeyRange,
    pub(crate) sequence_number_range: SequenceNumberRange,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct HashKeyRange {
    starting_hash_key: String,
    ending_hash_key: String,
}

/// From where to where a shard goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SequenceNumberRange {
    pub(crate) starting_sequence_number: String,
    /// Set once it takes no more records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ending_sequence_number: Option<String>,
}

impl StreamSummary {
    /// A member that is a text.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.rest.get(member)?.as_str()
    }

    /// `PROVISIONED` or `ON_DEMAND`.
    pub(crate) fn mode(&self) -> &str {
        let details = self.rest.get("StreamModeDetails");
        details.and_then(|it| it.get("StreamMode")?.as_str()).unwrap_or("PROVISIONED")
    }
}

impl Shard {
    /// Whether it takes records.
    pub(crate) fn is_open(&self) -> bool {
        self.sequence_number_range.ending_sequence_number.is_none()
    }

    /// The keys that it takes, or took. A range that cannot be read is everything: nothing is left out for it.
    pub(crate) fn range(&self) -> HashRange {
        let HashKeyRange { starting_hash_key, ending_hash_key } = &self.hash_key_range;
        match (starting_hash_key.parse::<HashKey>(), ending_hash_key.parse()) {
            (Ok(first), Ok(last)) => HashRange { first, last },
            _ => HashRange::ALL,
        }
    }

    /// The shards that it was made of.
    pub(crate) fn parents(&self) -> impl Iterator<Item = &str> {
        [&self.parent_shard_id, &self.adjacent_parent_shard_id]
            .into_iter()
            .flatten()
            .map(|id| &**id)
    }
}

/// The member that names a stream: by ARN, if it is one.
pub(crate) fn named(stream: &str) -> Value {
    json!({ naming(stream): stream })
}

/// What that member is called.
pub(super) fn naming(stream: &str) -> &'static str {
    if stream.starts_with("arn:") { "StreamARN" } else { "StreamName" }
}

impl Client {
    /// Makes a stream and waits until it is ready.
    pub(crate) async fn create_stream(&self, stream: &str, shards: u32) -> Result<(), ClientError> {
        let create = json!({ "StreamName": stream, "ShardCount": shards });
        self.change_streams("CreateStream", &create).await?;
        self.settled_stream(stream).await.map(drop)
    }

    /// Calls an operation that changes streams.
    pub(crate) async fn change_streams(
        &self,
        operation: &'static str,
        input: &Value,
    ) -> Result<Bytes, ClientError> {
        self.change_patiently(operation, body(input), Backoff::times(TRIES)).await
    }

    /// The stream, once it is changed no more.
    pub(crate) async fn settled_stream(&self, stream: &str) -> Result<StreamSummary, ClientError> {
        let (mut waited, mut pause) = (Duration::ZERO, LOOK_FIRST);
        loop {
            let summary = self.stream(stream).await?;
            if summary.stream_status == "ACTIVE" {
                return Ok(summary);
            }
            if waited >= READY_WITHIN {
                return Err(ClientError::Timeout(READY_WITHIN));
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = LOOK_EVERY.min(pause * 2);
        }
    }

    /// What a stream is.
    pub(crate) async fn stream(&self, stream: &str) -> Result<StreamSummary, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            stream_description_summary: StreamSummary,
        }
        let patience = Backoff::times(TRIES);
        let reply = self.ask("DescribeStreamSummary", body(&named(stream)), patience).await?;
        let reply: Reply = parse(&reply)?;
        Ok(reply.stream_description_summary)
    }

    /// The names of all streams, in order.
    pub(crate) async fn stream_names(&self) -> Result<Vec<String>, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            stream_names: Vec<String>,
            has_more_streams: bool,
        }
        let (mut names, mut asked) = (Vec::new(), json!({}));
        loop {
            let reply = self.ask("ListStreams", body(&asked), Backoff::times(TRIES)).await?;
            let reply: Reply = parse(&reply)?;
            names.extend(reply.stream_names);
            match names.last().filter(|_| reply.has_more_streams) {
                Some(last) => asked = json!({ "ExclusiveStartStreamName": last }),
                None => return Ok(names),
            }
        }
    }

    /// All shards, closed ones included, in order.
    pub(crate) async fn list_shards(&self, stream: &str) -> Result<Vec<Shard>, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            shards: Vec<Shard>,
            #[serde(default)]
            next_token: Option<String>,
        }
        let mut shards = Vec::new();
        let mut asked = named(stream);
        loop {
            let patience = Backoff::times(TRIES);
            let reply = self.ask("ListShards", body(&asked), patience).await?;
            let reply: Reply = parse(&reply)?;
            shards.extend(reply.shards);
            match reply.next_token {
                Some(token) => asked = json!({ "NextToken": token }),
                None => return Ok(shards),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_as_they_are_told() {
        let told = json!({
            "ShardId": "shardId-000000000002", "ParentShardId": "shardId-000000000000",
            "AdjacentParentShardId": "shardId-000000000001",
            "HashKeyRange": { "StartingHashKey": "5", "EndingHashKey": "9" },
            "SequenceNumberRange": { "StartingSequenceNumber": "49" },
        });
        let shard: Shard = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(shard.range(), HashRange { first: HashKey(5), last: HashKey(9) });
        assert!(shard.is_open());
        assert_eq!(shard.parents().count(), 2);
        assert_eq!(serde_json::to_value(&shard).unwrap(), told);
    }

    #[test]
    fn summaries_keep_what_is_not_known() {
        let told = json!({
            "StreamName": "s", "StreamARN": "arn", "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24,
            "OpenShardCount": 1, "ConsumerCount": 0, "StreamCreationTimestamp": 5.5,
            "StreamModeDetails": { "StreamMode": "ON_DEMAND" }, "EncryptionType": "NONE",
        });
        let summary: StreamSummary = serde_json::from_value(told.clone()).unwrap();
        assert_eq!((summary.mode(), summary.text("EncryptionType")), ("ON_DEMAND", Some("NONE")));
        assert_eq!(serde_json::to_value(&summary).unwrap(), told);
        assert_eq!(named("arn:aws:kinesis:x"), json!({ "StreamARN": "arn:aws:kinesis:x" }));
    }
}
