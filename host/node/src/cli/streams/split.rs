//! `shardmill streams split`: two shards out of one.

use clap::builder::NonEmptyStringValueParser;
use domain::{HashKey, HashRange};
use serde_json::json;

use super::how::How;
use crate::client::{Seams, Shard};
use crate::refusal::Refusal;

/// Split a shard of a stream in two
///
/// Its records stay where they are; new ones go into its children. In the middle of its hash keys if none is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams split clicks shardId-000000000000 --wait
  shardmill streams split clicks shardId-000000000000 --at 170141183460469231731687303715884105728")]
pub(super) struct Args {
    #[command(flatten)]
    how: How,

    /// The shard, which must be open
    #[arg(value_name = "SHARD-ID", value_parser = NonEmptyStringValueParser::new())]
    shard: String,

    /// The first hash key of the second child
    #[arg(long, value_name = "HASH-KEY")]
    at: Option<HashKey>,
}

/// Splits it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.how.client(seams)?;
    let at = match args.at {
        Some(at) => at,
        None => middle(&args, &client.list_shards(&args.how.stream).await?)?,
    };
    let members = json!({ "ShardToSplit": args.shard, "NewStartingHashKey": at.to_string() });
    args.how.change(&client, "SplitShard", &args.how.input(members), "split").await
}

fn middle(args: &Args, shards: &[Shard]) -> Result<HashKey, Refusal> {
    let Some(shard) = shards.iter().find(|shard| shard.shard_id == args.shard) else {
        let stream = &args.how.stream;
        let open: Vec<&str> =
            shards.iter().filter(|it| it.is_open()).map(|it| it.shard_id.as_str()).collect();
        let refusal = Refusal::failed(format!("stream `{stream}` has no shard `{}`", args.shard));
        return Err(refusal.hint(format!("open are {}", open.join(", "))));
    };
    second_half(shard.range()).ok_or_else(|| {
        Refusal::failed(format!("shard `{}` has one hash key, which cannot be split", args.shard))
    })
}

/// Where the second half begins, if there are two.
fn second_half(range: HashRange) -> Option<HashKey> {
    let width = range.last.0.checked_sub(range.first.0).filter(|width| *width > 0)?;
    Some(HashKey(range.first.0 + width / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_equal_or_differ_by_one() {
        assert_eq!(second_half(HashRange::ALL), Some(HashKey(1 << 127)));
        let of =
            |first, last| second_half(HashRange { first: HashKey(first), last: HashKey(last) });
        assert_eq!(of(4, 5), Some(HashKey(5)));
        assert_eq!(of(4, 6), Some(HashKey(6)));
        assert_eq!(of(4, 4), None);
        assert_eq!(of(u128::MAX - 1, u128::MAX), Some(HashKey(u128::MAX)));
    }
}
