//! Output shapes that several operations share. Members stand in AWS's order, which is alphabetical.

use std::fmt::Display;

use domain::{Millis, SequenceNumber, ShardId, StreamMode, limits};
use serde::{Deserialize, Serialize, Serializer};
use wire::Checks;
use wire::shape::{Moment, Text};

use crate::stream::{Monitored, ShardFacts, Stream};

/// Anything as the string that it prints as, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<T>(pub(super) T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A sequence number, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits(pub(super) SequenceNumber);

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.0.digits();
        serializer.serialize_str(std::str::from_utf8(&digits).expect("digits are ASCII"))
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HashKeyRange {
    ending_hash_key: Shown<u128>,
    starting_hash_key: Shown<u128>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SequenceNumberRange {
    #[serde(skip_serializing_if = "Option::is_none")]
    ending_sequence_number: Option<Digits>,
    starting_sequence_number: Digits,
}

/// A shard as listings show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Shard {
    #[serde(skip_serializing_if = "Option::is_none")]
    adjacent_parent_shard_id: Option<Shown<ShardId>>,
    hash_key_range: HashKeyRange,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_shard_id: Option<Shown<ShardId>>,
    sequence_number_range: SequenceNumberRange,
    shard_id: Shown<ShardId>,
}

impl From<domain::HashRange> for HashKeyRange {
    fn from(range: domain::HashRange) -> Self {
        Self { ending_hash_key: Shown(range.last.0), starting_hash_key: Shown(range.first.0) }
    }
}

impl From<&ShardFacts> for Shard {
    fn from(facts: &ShardFacts) -> Self {
        // A closed shard ends with the largest number that it could have given.
        let end = |closed: crate::Closed| {
            let term = closed.end.term.0;
            SequenceNumber::new(facts.creation, facts.id, term, SequenceNumber::COUNTER_MAX)
        };
        Self {
            adjacent_parent_shard_id: facts.adjacent_parent.map(Shown),
            hash_key_range: facts.range.into(),
            parent_shard_id: facts.parent.map(Shown),
            sequence_number_range: SequenceNumberRange {
                ending_sequence_number: facts.closed.map(end).map(Digits),
                starting_sequence_number: Digits(SequenceNumber::first_of(
                    facts.creation,
                    facts.id,
                )),
            },
            shard_id: Shown(facts.id),
        }
    }
}

/// A mode as calls bring it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ModeDetails<'a> {
    #[serde(borrow)]
    stream_mode: Option<Text<'a>>,
}

impl ModeDetails<'_> {
    pub(super) fn mode(&self) -> Option<&str> {
        self.stream_mode.as_ref().map(Text::as_str)
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        let path = "streamModeDetails.streamMode";
        checks.required(path, self.mode().as_ref());
        checks.choice(path, self.mode(), &["PROVISIONED", "ON_DEMAND"]);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StreamModeDetails {
    stream_mode: &'static str,
}

impl From<StreamMode> for StreamModeDetails {
    fn from(mode: StreamMode) -> Self {
        Self { stream_mode: mode.as_str() }
    }
}

/// What an on-demand stream is to take at any moment, and what it takes now.
#[derive(Debug, Serialize)]
pub(super) struct WarmThroughput {
    #[serde(rename = "CurrentMiBps")]
    current: u64,
    #[serde(rename = "TargetMiBps")]
    target: u64,
}

impl From<&Stream> for WarmThroughput {
    fn from(stream: &Stream) -> Self {
        let current = stream.open_shards() as u64 * MIB_OF_SHARD;
        let target = stream.facts.scaling.warm_mib.map_or(current, u64::from);
        Self { current, target }
    }
}

impl WarmThroughput {
    /// What a stream takes that was just told to take `mib`.
    pub(super) fn towards(stream: &Stream, mib: u32) -> Self {
        Self { target: mib.into(), ..stream.into() }
    }
}

/// What one shard takes in, in MiB/s.
const MIB_OF_SHARD: u64 = limits::SHARD_WRITE_BYTES_PER_SECOND / (1024 * 1024);

/// Which metrics of single shards are kept.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EnhancedMetrics {
    shard_level_metrics: Vec<&'static str>,
}

impl From<Monitored> for EnhancedMetrics {
    fn from(monitored: Monitored) -> Self {
        Self { shard_level_metrics: monitored.names() }
    }
}

/// When a stream was made: AWS tells whole seconds.
pub(super) fn whole_seconds(at: Millis) -> Moment {
    at.seconds().millis().into()
}
