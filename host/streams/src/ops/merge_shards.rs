//! MergeShards: one shard in the place of two neighbours. The call notes it, and the work is done behind it.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{Target, shard_id};
use crate::{Error, Result, Streams};

pub(super) struct MergeShards;

impl Operation for MergeShards {
    const NAME: &str = "MergeShards";
    const ACTION: &str = "kinesis:MergeShards";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "ShardToMerge", "AdjacentShardToMerge"];
    const DIFFERS: &str = "The stream is ACTIVE again within milliseconds.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let target = input.target();
        let named = target.named(caller)?;
        let shard = shard_id(text(&input.shard_to_merge), || named.clone())?;
        let adjacent = shard_id(text(&input.adjacent_shard_to_merge), || named.clone())?;
        let stream = target.find(streams, caller)?;
        streams.merge_shards(&stream, shard, adjacent).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    shard_to_merge: Option<Text<'a>>,
    #[serde(borrow)]
    adjacent_shard_to_merge: Option<Text<'a>>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }
}

/// The member, which was checked to be there.
fn text<'i>(member: &'i Option<Text<'_>>) -> &'i str {
    member.as_ref().map_or("", Text::as_str)
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        for (path, shard) in [
            ("shardToMerge", &self.shard_to_merge),
            ("adjacentShardToMerge", &self.adjacent_shard_to_merge),
        ] {
            checks.required(path, shard.as_ref());
            checks.text(path, shard.as_ref().map(Text::as_str), rules::SHARD_ID);
        }
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}
