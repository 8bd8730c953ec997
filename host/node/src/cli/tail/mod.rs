//! `shardmill tail`: print records as they come.

mod cursor;
mod lineage;
mod merge;
mod print;
mod pushed;
mod reading;
mod select;
#[cfg(test)]
mod tests;

use std::time::Duration;

use wire::filter::Filter;

use super::start;
use super::target::Target;
use crate::client::{Seams, Start};
use crate::shutdown;
pub(super) use print::moment;
use pushed::Consumer;
use reading::Tail;
pub(super) use select::parse as parse_filter;

/// A shard answers five reads a second, to all readers together: this leaves room for others.
const ROUND: Duration = Duration::from_millis(400);
/// What is pushed costs nobody a read: a round only gathers what came at about the same time.
const PUSH_ROUND: Duration = Duration::from_millis(20);

/// Print the records of a stream
///
/// Reads all shards, in the order of arrival as far as that can be told: exact within a shard and from a shard to
/// its children, rough between others. Without --follow it ends at the newest record. Records that were aggregated
/// (KPL) are taken apart.
///
/// With --consumer records are pushed (enhanced fan-out), which takes nothing of the reads that a shard allows. A consumer
/// that exists is used and stays; whoever reads through it loses its place. One that does not exist is registered, and
/// deregistered at the end.
///
/// A filter is a pattern of EventBridge, as Lambda takes it for streams: `data` looks into what was put, beside it
/// stand partitionKey, sequenceNumber and approximateArrivalTimestamp.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill tail --stream clicks                          everything, then end
  shardmill tail --stream clicks --follow                 new records as they come
  shardmill tail --stream clicks --from 2026-11-01T12:00:00Z --json | jq .partitionKey
  shardmill tail --stream clicks --shard shardId-000000000000 --limit 10
  shardmill tail --stream quakes --follow --filter '{\"data\": {\"mag\": [{\"numeric\": [\">=\", 4]}]}}'
  shardmill tail --stream quakes --grep Alaska
  shardmill tail --stream clicks --follow --consumer me   pushed, by enhanced fan-out")]
pub(super) struct Args {
    /// Stream to read
    #[arg(long)]
    stream: String,

    /// Read this shard only; may be given several times
    #[arg(long, value_name = "SHARD-ID")]
    shard: Vec<String>,

    /// Where to begin: latest, trim-horizon, or a moment such as 2026-11-01T12:00:00Z or Unix seconds
    /// [default: latest with --follow, else trim-horizon]
    #[arg(long, value_name = "WHERE", value_parser = start::parse_start)]
    from: Option<Start>,

    /// Go on with new records until interrupted
    #[arg(long, short)]
    follow: bool,

    /// Have records pushed to the consumer of this name, which is registered for the time if there is none
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,

    /// Show only records that this pattern takes
    #[arg(long, value_name = "PATTERN", value_parser = select::parse)]
    filter: Option<Filter>,

    /// Show only records whose data holds this text
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,

    /// Show records as they are stored, aggregated ones as one
    #[arg(long)]
    raw: bool,

    /// End after this many records
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,

    /// Print each record as a JSON object, with shard, sequence number, key and arrival
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints until the end, the limit or an interrupt.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.client(seams)?;
    let consumer = match &args.consumer {
        Some(name) => Some(Consumer::find(&client, &args.stream, name).await?),
        None => None,
    };
    let mut tail = Tail::new(&client, &args, consumer.as_ref().map(|it| it.arn.as_str()));
    let result = tokio::select! {
        result = tail.run() => result,
        () = shutdown::interrupted() => Ok(()),
    };
    let left = match consumer {
        Some(consumer) => consumer.leave(&client).await,
        None => Ok(()),
    };
    result.and(left)
}
