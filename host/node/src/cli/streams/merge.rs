//! `shardmill streams merge`: one shard out of two.

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::how::How;
use crate::client::Seams;

/// Merge two neighbouring shards of a stream
///
/// Their records stay where they are; new ones go into their child. The hash keys of one must end where those of the
/// other begin, as `streams describe` shows.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams merge clicks shardId-000000000001 shardId-000000000002 --wait")]
pub(super) struct Args {
    #[command(flatten)]
    how: How,

    /// One shard, which must be open
    #[arg(value_name = "SHARD-ID", value_parser = NonEmptyStringValueParser::new())]
    shard: String,

    /// The other one
    #[arg(value_name = "ADJACENT-SHARD-ID", value_parser = NonEmptyStringValueParser::new())]
    adjacent: String,
}

/// Merges them.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.how.client(seams)?;
    let members = json!({ "ShardToMerge": args.shard, "AdjacentShardToMerge": args.adjacent });
    args.how.change(&client, "MergeShards", &args.how.input(members), "merged").await
}
