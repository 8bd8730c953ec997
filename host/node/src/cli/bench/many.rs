//! `bench many`: a server with many streams and shards: how long it takes to start, what it holds, and whether listing
//! a large stream takes the same for each page.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use clap::value_parser;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::Bench;
use super::child::{Server, temporary};
use crate::cli::progress::{self, grouped};
use crate::cli::style::Style;
use crate::client::{Client, PutRecord, Seams, parse, put_records_body};

const LARGE: &str = "large";
/// Calls under way at one time while streams are made.
const WORKERS: usize = 8;
/// Restarts, of which the middle counts.
const RESTARTS: usize = 3;
/// How often the large stream is listed, of which the fastest counts for each page.
const LISTINGS: usize = 5;
/// Records in one call; one for each shard of the large stream at the least.
const BATCH: u32 = 500;
/// How long a server rests before its memory is read.
const REST: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Streams, all of which but one have a single shard
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = value_parser!(u32).range(2..=100_000))]
    streams: u32,

    /// Open shards of all streams together
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = value_parser!(u32).range(2..=50_000))]
    shards: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) streams: u32,
    pub(super) shards: u32,
    pub(super) create_seconds: f64,
    pub(super) restart_ms_p50: f64,
    pub(super) resident_mib: f64,
    /// Of a listing of the large stream, page by page.
    pub(super) list_shards_page_ms: Vec<f64>,
    /// The last full page, in parts of the first: 1 if listing is linear.
    pub(super) list_shards_ratio: f64,
    pub(super) list_streams_ms: f64,
}

/// Makes, restarts, lists.
pub(super) async fn run(bench: &Bench<'_>, args: &Args) -> anyhow::Result<Report> {
    let Bench { seams, proc, .. } = bench;
    let clock = &*seams.clock;
    let singles = args.streams - 1;
    let large = args.shards.checked_sub(singles).filter(|large| *large > 0);
    let large = large.context("there must be more shards than streams")?;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    let bar = progress::busy(format!("making {} streams, {} shards", args.streams, args.shards));
    let start = clock.monotonic();
    client.create_stream(LARGE, large).await.context("cannot create the stream")?;
    let create = |number: u32| {
        let client = &client;
        async move { client.create_stream(&format!("single-{number}"), 1).await }
    };
    stream::iter((0..singles).map(create)).buffer_unordered(WORKERS).try_collect::<()>().await?;
    let create_seconds = (clock.monotonic() - start).as_secs_f64();
    touch(&client, large, seams).await?;
    server.kill().await?;
    bar.finish_and_clear();

    let bar = progress::busy("restarting and listing");
    let mut starts = Vec::new();
    for _ in 1..RESTARTS {
        let server = Server::start(dir.path(), seams, proc).await?;
        starts.push(server.started_in.as_secs_f64() * 1000.0);
        server.kill().await?;
    }
    let server = Server::start(dir.path(), seams, proc).await?;
    starts.push(server.started_in.as_secs_f64() * 1000.0);
    let client = server.client(seams);
    let list_shards_page_ms = list_shards(&client, seams).await?;
    let start = clock.monotonic();
    let listed = list_streams(&client).await?;
    let list_streams_ms = (clock.monotonic() - start).as_secs_f64() * 1000.0;
    anyhow::ensure!(listed == args.streams, "{listed} of {} streams are listed", args.streams);
    tokio::time::sleep(REST).await;
    let resident_mib = server.resident_mib();
    server.kill().await?;
    bar.finish_and_clear();
    starts.sort_by(f64::total_cmp);
    Ok(Report {
        streams: args.streams,
        shards: args.shards,
        create_seconds,
        restart_ms_p50: starts.get(starts.len() / 2).copied().unwrap_or_default(),
        resident_mib,
        list_shards_ratio: ratio(&list_shards_page_ms),
        list_shards_page_ms,
        list_streams_ms,
    })
}

/// Puts about two records into each shard of the large stream.
async fn touch(client: &Client, shards: u32, seams: &Seams) -> anyhow::Result<()> {
    for _ in 0..(2 * shards).div_ceil(BATCH) {
        let entropy = &*seams.entropy;
        let records: Vec<PutRecord> =
            (0..BATCH).map(|_| super::load::record(64, entropy)).collect();
        client.call("PutRecords", put_records_body(LARGE, &records)).await?;
    }
    Ok(())
}

/// The time of each page, the best of some listings.
async fn list_shards(client: &Client, seams: &Seams) -> anyhow::Result<Vec<f64>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Reply {
        next_token: Option<String>,
    }
    let mut best: Vec<f64> = Vec::new();
    for _ in 0..LISTINGS {
        let mut asked = serde_json::json!({ "StreamName": LARGE });
        for page in 0.. {
            let start = seams.clock.monotonic();
            let reply = client.call("ListShards", asked.to_string().into()).await?;
            let took = (seams.clock.monotonic() - start).as_secs_f64() * 1000.0;
            match best.get_mut(page) {
                Some(best) => *best = best.min(took),
                None => best.push(took),
            }
            match parse::<Reply>(&reply)?.next_token {
                Some(token) => asked = serde_json::json!({ "NextToken": token }),
                None => break,
            }
        }
    }
    Ok(best)
}

/// The last page that is full, in parts of the first.
fn ratio(pages: &[f64]) -> f64 {
    let full = pages.len().saturating_sub(2);
    match (pages.first(), pages.get(full)) {
        (Some(first), Some(last)) => last / first.max(f64::EPSILON),
        _ => 1.0,
    }
}

async fn list_streams(client: &Client) -> anyhow::Result<u32> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Reply {
        stream_names: Vec<String>,
        next_token: Option<String>,
    }
    let (mut count, mut asked) = (0, serde_json::json!({}));
    loop {
        let reply = client.call("ListStreams", asked.to_string().into()).await?;
        let reply: Reply = parse(&reply)?;
        count += u32::try_from(reply.stream_names.len())?;
        match reply.next_token {
            Some(token) => asked = serde_json::json!({ "NextToken": token }),
            None => return Ok(count),
        }
    }
}

/// The report for people.
pub(super) fn lines(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let (streams, shards) = (grouped(report.streams.into()), grouped(report.shards.into()));
    writeln!(f, "\n{}", style.heading(&format!("many: {streams} streams, {shards} open shards")))?;
    writeln!(f, "  made in {:.1} s", report.create_seconds)?;
    writeln!(f, "  ready after a kill in {:.0} ms", report.restart_ms_p50)?;
    writeln!(f, "  resident memory {:.1} MiB", report.resident_mib)?;
    let pages = &report.list_shards_page_ms;
    let all: f64 = pages.iter().sum();
    writeln!(
        f,
        "  ListShards of the largest stream {all:.1} ms in {} pages, the last full one {:.2} times the first",
        pages.len(),
        report.list_shards_ratio
    )?;
    writeln!(f, "  ListStreams {:.1} ms", report.list_streams_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_pages_are_compared() {
        assert_eq!(ratio(&[2.0, 2.0, 4.0, 0.1]), 2.0);
        assert_eq!(ratio(&[2.0, 9.0]), 1.0);
        assert_eq!(ratio(&[]), 1.0);
    }
}
