//! A SubscribeToShardEvent as it goes out.

use bytes::Bytes;
use serde::Serialize;
use wire::event_stream;
use wire::protocol::Protocol;

use crate::fanout::{Encoding, Event};
use crate::ops::get_records::{ChildShard, Records, child_shards};
use crate::ops::shapes::Digits;
use crate::{Error, Result};

/// How events are written for clients that speak `protocol`.
pub(super) fn encoding(protocol: Protocol) -> Encoding {
    match protocol {
        Protocol::AwsJson10 => Encoding { id: 0, write: |it| write(Protocol::AwsJson10, it) },
        Protocol::AwsJson11 | Protocol::RestJson => {
            Encoding { id: 1, write: |it| write(Protocol::AwsJson11, it) }
        }
        // Kinesis is not asked in the others.
        Protocol::AwsCbor11 | Protocol::RpcV2Cbor | Protocol::Query(_) => {
            Encoding { id: 2, write: |it| write(Protocol::AwsCbor11, it) }
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shape<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    child_shards: Option<Vec<ChildShard>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_sequence_number: Option<Digits>,
    millis_behind_latest: u64,
    records: Records<'e>,
}

fn write(protocol: Protocol, event: &Event<'_>) -> Result<Bytes> {
    let shape = Shape {
        child_shards: match event.continuation {
            Some(_) => None,
            None => Some(child_shards(event.stream, event.shard.id)),
        },
        continuation_sequence_number: event.continuation.map(Digits),
        millis_behind_latest: event.behind_ms,
        records: Records(event.page),
    };
    let payload = protocol.encode(&shape).map_err(Error::of_encoding)?;
    Ok(event_stream::event(protocol, "SubscribeToShardEvent", &payload))
}
