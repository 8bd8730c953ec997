//! `shardmill tail`: print records as they come.

mod merge;
mod print;

use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

use futures_util::future::join_all;

use super::start;
use super::target::Target;
use crate::client::{Client, ClientError, GetRecordsReply, Seams, Start, parse};
use crate::refusal::Refusal;
use crate::shutdown;
use merge::{Got, merge};
pub(super) use print::moment;

/// A shard answers five reads a second, to all readers together: this leaves room for others.
const ROUND: Duration = Duration::from_millis(400);
/// Records that one read brings at most.
const READ_RECORDS_MAX: usize = 1000;

/// Print the records of a stream
///
/// Reads all shards, in the order of arrival as far as that can be told: exact within a shard, rough between
/// shards. Without --follow it ends at the newest record.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill tail --stream clicks                          everything, then end
  shardmill tail --stream clicks --follow                 new records as they come
  shardmill tail --stream clicks --from 2026-11-01T12:00:00Z --json | jq .partitionKey
  shardmill tail --stream clicks --shard shardId-000000000000 --limit 10")]
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

    /// End after this many records
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,

    /// Print each record as a JSON object, with shard, sequence number, key and arrival
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Where one shard is being read.
struct Cursor {
    shard: String,
    /// `None` when the shard is closed and read to its end.
    iterator: Option<String>,
    /// Where to begin again if the iterator expired.
    again: Start,
    is_behind: bool,
}

/// Prints until the end, the limit or an interrupt.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.client(seams)?;
    tokio::select! {
        result = read(&client, &args) => result,
        () = shutdown::interrupted() => Ok(()),
    }
}

async fn read(client: &Client, args: &Args) -> anyhow::Result<()> {
    let start = args.from.clone().unwrap_or(match args.follow {
        true => Start::Latest,
        false => Start::TrimHorizon,
    });
    let mut cursors = open(client, args, &start).await?;
    let mut known: HashSet<String> = cursors.iter().map(|cursor| cursor.shard.clone()).collect();
    let mut left = args.limit.unwrap_or(u64::MAX);
    while left > 0 && cursors.iter().any(|cursor| args.follow || cursor.is_behind) {
        let rounds =
            join_all(cursors.iter_mut().map(|cursor| advance(client, &args.stream, cursor)));
        let (rounds, ()) = tokio::join!(rounds, tokio::time::sleep(ROUND));
        let mut got = Vec::new();
        for round in rounds {
            let (records, children) = round?;
            got.push(records);
            for child in children {
                if args.shard.is_empty() && known.insert(child.clone()) {
                    cursors.push(cursor(client, &args.stream, child, &Start::TrimHorizon).await?);
                }
            }
        }
        cursors.retain(|cursor| cursor.iterator.is_some());
        left -= write_out(merge(got), left, args.json)?;
        if cursors.is_empty() {
            break;
        }
    }
    Ok(())
}

fn write_out(records: Vec<Got>, left: u64, json: bool) -> anyhow::Result<u64> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut written = 0;
    for record in records {
        if written == left {
            break;
        }
        print::record(&mut out, &record, json)?;
        written += 1;
    }
    out.flush()?;
    Ok(written)
}

async fn open(client: &Client, args: &Args, start: &Start) -> anyhow::Result<Vec<Cursor>> {
    let shards = client.list_shards(&args.stream).await?;
    let ids: Vec<String> = shards.into_iter().map(|shard| shard.shard_id).collect();
    if let Some(absent) = args.shard.iter().find(|shard| !ids.contains(shard)) {
        let refusal = Refusal::failed(format!("stream `{}` has no shard `{absent}`", args.stream));
        return Err(refusal.hint(format!("it has {}", ids.join(", "))).into());
    }
    let wanted = ids.into_iter().filter(|id| args.shard.is_empty() || args.shard.contains(id));
    let mut cursors = Vec::new();
    for shard in wanted {
        cursors.push(cursor(client, &args.stream, shard, start).await?);
    }
    Ok(cursors)
}

async fn cursor(
    client: &Client,
    stream: &str,
    shard: String,
    start: &Start,
) -> Result<Cursor, ClientError> {
    let iterator = client.shard_iterator(stream, &shard, start).await?;
    Ok(Cursor { shard, iterator: Some(iterator), again: start.clone(), is_behind: true })
}

/// Reads once; a throttled read brings nothing. Gives the records and the children of a finished shard.
async fn advance(
    client: &Client,
    stream: &str,
    cursor: &mut Cursor,
) -> Result<(Vec<Got>, Vec<String>), ClientError> {
    let Some(iterator) = &cursor.iterator else {
        return Ok((Vec::new(), Vec::new()));
    };
    let reply = match client.get_records(iterator, READ_RECORDS_MAX).await {
        Ok(reply) => reply,
        Err(error) if error.code() == Some("ExpiredIteratorException") => {
            let renewed = client.shard_iterator(stream, &cursor.shard, &cursor.again);
            cursor.iterator = Some(renewed.await?);
            return Ok((Vec::new(), Vec::new()));
        }
        Err(error) if error.is_retryable() && !matches!(error, ClientError::Connect { .. }) => {
            tracing::debug!(%error, "read is tried again");
            return Ok((Vec::new(), Vec::new()));
        }
        Err(error) => return Err(error),
    };
    let reply: GetRecordsReply<'_> = parse(&reply)?;
    let records: Vec<Got> = reply
        .records
        .iter()
        .map(|record| Got::new(&cursor.shard, record))
        .collect::<Result<_, _>>()?;
    if let Some(last) = records.last() {
        cursor.again = Start::After(last.sequence_number.clone());
    }
    // A full read says more than the time: not every server tells how far behind a reader is.
    cursor.is_behind = reply.millis_behind_latest > 0 || records.len() == READ_RECORDS_MAX;
    cursor.iterator = reply.next_shard_iterator;
    let children = reply.child_shards.into_iter().map(|shard| shard.shard_id);
    Ok((records, children.collect()))
}
