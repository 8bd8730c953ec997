//! SplitShard: two shards in the place of one. The call notes it, and the work is done behind it.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{Target, shard_id};
use crate::{Error, Result, Streams};

pub(super) struct SplitShard;

impl Operation for SplitShard {
    const NAME: &str = "SplitShard";
    const ACTION: &str = "kinesis:SplitShard";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "ShardToSplit", "NewStartingHashKey"];
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
        let shard = shard_id(text(&input.shard_to_split), || named)?;
        let stream = target.find(streams, caller)?;
        let at = text(&input.new_starting_hash_key);
        streams.split_at(&stream, shard, at.parse().map_err(|_beyond| at)).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    new_starting_hash_key: Option<Text<'a>>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    shard_to_split: Option<Text<'a>>,
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
        checks.required("newStartingHashKey", self.new_starting_hash_key.as_ref());
        let key = self.new_starting_hash_key.as_ref().map(Text::as_str);
        checks.text("newStartingHashKey", key, rules::HASH_KEY);
        let target = self.target();
        target.check_name(checks);
        checks.required("shardToSplit", self.shard_to_split.as_ref());
        let shard = self.shard_to_split.as_ref().map(Text::as_str);
        checks.text("shardToSplit", shard, rules::SHARD_ID);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}
