//! `shardmill streams scale`: another number of shards.

use serde_json::json;

use super::how::How;
use crate::client::Seams;

/// Change how many open shards a stream has
///
/// Shards are split and merged until so many are left, each with the same share of the hash keys. One call may at most
/// double the number or halve it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams scale clicks --to 8 --wait")]
pub(super) struct Args {
    #[command(flatten)]
    how: How,

    /// How many open shards it shall have
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    to: u32,
}

/// Scales it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.how.client(seams)?;
    let members = json!({ "TargetShardCount": args.to, "ScalingType": "UNIFORM_SCALING" });
    args.how.change(&client, "UpdateShardCount", &args.how.input(members), "scaled").await
}
