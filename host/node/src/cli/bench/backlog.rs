//! `bench backlog`: what readers of old records take while records keep coming in, and what that costs the latter.
//!
//! The old records lie on the disk, where no reader finds them in memory. They are read three times, one after the other: by
//! a consumer inside (a function that does nothing), by GetRecords as fast as that goes, and by GetRecords at a rate.
//!
//! What it taught: as long as reading threads had the priority of the writer, each reply of 13 MB was written as soon as
//! it was read, and the readers parsed them beside the load generator, the p99 of ingest was 10 to 18 times that without
//! readers (200 MiB/s, two cores shared with compilers). With all three standing back it is 1.4 times, at the same speed.
//! The same is true of writing a page of GetRecords, and of the guests' threads.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use clap::value_parser;
use serde::Serialize;
use serde_json::json;

use super::child::{Server, temporary};
use super::ingest::{mib_per_second, per_second};
use super::ledger::Ledger;
use super::load::{self, Until};
use super::steady::{Seen, Steady};
use super::{Bench, consumed, readback};
use crate::cli::progress::{self, grouped};
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::client::Client;

const OLD: &str = "old";
const LIVE: &str = "live";
const SHARDS: u32 = 4;
/// Who writes the old records.
const WRITERS: usize = 4;
const BATCH: usize = 500;
/// Records in one batch of the consumer inside.
const BATCH_RECORDS: u32 = 1000;
const READER: &str = "reader";

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Old records to read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 10_240, value_parser = value_parser!(u64).range(1..))]
    backlog_mib: u64,

    /// What keeps coming in meanwhile, in MiB a second
    #[arg(long, value_name = "MIB", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
    ingest_mib: u32,

    /// What GetRecords reads when it is held at a rate, in MiB a second
    #[arg(long, value_name = "MIB", default_value_t = 120, value_parser = value_parser!(u32).range(1..))]
    read_mib: u32,
}

/// One way of reading.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Read {
    pub(super) records: u64,
    pub(super) seconds: f64,
    pub(super) mib_per_second: f64,
    /// Ingest in the meantime.
    pub(super) ingest: Seen,
    /// Its p99, in parts of that while nobody reads.
    pub(super) p99_ratio: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) shards: u32,
    pub(super) backlog_mib: u64,
    /// Ingest while nobody reads.
    pub(super) quiet: Seen,
    pub(super) inside: Read,
    pub(super) get_records: Read,
    /// The same at a rate.
    pub(super) held: Read,
    pub(super) problems: Vec<String>,
}

/// Fills, then reads three times beside the ingest.
pub(super) async fn run(bench: &Bench<'_>, args: &Args) -> anyhow::Result<Report> {
    let Bench { seams, proc, .. } = bench;
    let clock = &*seams.clock;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    for stream in [OLD, LIVE] {
        client.create_stream(stream, SHARDS).await.context("cannot create the stream")?;
    }
    let old = fill(bench, &client, OLD, args.backlog_mib).await?;
    let records = old.records();

    let ingest = Steady::start(bench, &client, LIVE, f64::from(args.ingest_mib));
    let bar = progress::busy("ingest alone");
    let quiet = quiet(bench, &ingest).await;
    bar.finish_and_clear();

    let bar = progress::busy("a consumer inside reads");
    let mapping = map(&client).await?;
    ingest.begin();
    let start = clock.monotonic();
    consumed::wait(bench, &client, 0, records).await?;
    let inside = seen(bench, &ingest, &quiet, records, clock.monotonic() - start);
    client.delete_mapping(&mapping).await.context("cannot delete the mapping")?;
    bar.finish_and_clear();

    let beside = Beside { bench, server: &server, ingest: &ingest, quiet: &quiet, old: &old };
    let (get_records, mut problems) = beside.get_records(None).await?;
    let (held, more) = beside.get_records(Some(args.read_mib)).await?;
    problems.extend(more);
    ingest.stop().await?;
    server.kill().await?;
    let backlog_mib = args.backlog_mib;
    Ok(Report { shards: SHARDS, backlog_mib, quiet, inside, get_records, held, problems })
}

/// What reads are measured beside and against.
struct Beside<'m> {
    bench: &'m Bench<'m>,
    server: &'m Server,
    ingest: &'m Steady,
    quiet: &'m Seen,
    old: &'m Ledger,
}

impl Beside<'_> {
    /// Reads everything by GetRecords, no faster than `held` MiB a second; tells what it found wrong as well.
    async fn get_records(&self, held: Option<u32>) -> anyhow::Result<(Read, Vec<String>)> {
        let Self { bench, server, ingest, quiet, old } = self;
        let bar = progress::busy("GetRecords reads");
        ingest.begin();
        let back = readback::read_aside(server.clients(bench.seams), OLD, held, bench.seams).await;
        let back = back.context("cannot read back")?;
        let read = seen(bench, ingest, quiet, back.ledger.records(), back.took);
        bar.finish_and_clear();
        let mut problems = back.problems;
        problems.extend(old.differences(&back.ledger));
        Ok((read, problems))
    }
}

/// Puts old records, and tells what was acknowledged.
pub(super) async fn fill(
    bench: &Bench<'_>,
    client: &Client,
    stream: &str,
    mib: u64,
) -> anyhow::Result<Ledger> {
    let bar = progress::busy(format!("putting {mib} MiB"));
    let pool = load::pool(stream, BATCH, bench.record_bytes, &*bench.seams.entropy);
    let records = mib * 1024 * 1024 / (bench.record_bytes as u64).max(1);
    let outcome = load::run(client, &pool, WRITERS, Until::Records(records), bench.seams).await?;
    bar.finish_and_clear();
    Ok(outcome.ledger)
}

/// Ingest while nothing else happens.
pub(super) async fn quiet(bench: &Bench<'_>, ingest: &Steady) -> Seen {
    // What the beginning costs is not what it costs to go on.
    tokio::time::sleep(bench.time / 10).await;
    ingest.begin();
    tokio::time::sleep(bench.time).await;
    ingest.seen(bench.record_bytes)
}

fn seen(bench: &Bench<'_>, ingest: &Steady, quiet: &Seen, records: u64, took: Duration) -> Read {
    let ingest = ingest.seen(bench.record_bytes);
    Read {
        records,
        seconds: took.as_secs_f64(),
        mib_per_second: mib_per_second(per_second(records, took), bench.record_bytes),
        ingest,
        p99_ratio: ratio(&ingest, quiet),
    }
}

/// A p99 in parts of another.
pub(super) fn ratio(loaded: &Seen, quiet: &Seen) -> f64 {
    loaded.call_latency.p99_ms / quiet.call_latency.p99_ms.max(f64::EPSILON)
}

/// Maps a function that does nothing to the old records.
async fn map(client: &Client) -> anyhow::Result<String> {
    super::function::upload(client, READER, super::function::DRAIN).await?;
    let source = client.stream(OLD).await?;
    let input = json!({
        "FunctionName": READER,
        "EventSourceArn": source.stream_arn,
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": BATCH_RECORDS,
    });
    let made = client.create_mapping(&input).await.context("cannot create the mapping")?;
    let mapping = client.settled_mapping(made).await?;
    anyhow::ensure!(mapping.state == "Enabled", "the mapping is {}", mapping.state);
    Ok(mapping.uuid)
}

/// The report for people.
pub(super) fn lines(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let headings =
        ["reader", "records", "MiB/s", "ingest MiB/s", "ingest p50 ms", "p99 ms", "p99 to quiet"];
    let mut table = Table::new(style, &headings);
    let quiet = &report.quiet;
    table.row([
        "none".to_owned(),
        String::new(),
        String::new(),
        format!("{:.1}", quiet.mib_per_second),
        format!("{:.2}", quiet.call_latency.p50_ms),
        format!("{:.2}", quiet.call_latency.p99_ms),
        "1.00".to_owned(),
    ]);
    let reads = [
        ("inside", &report.inside),
        ("GetRecords", &report.get_records),
        ("GetRecords, held", &report.held),
    ];
    for (name, read) in reads {
        table.row([
            name.to_owned(),
            grouped(read.records),
            format!("{:.1}", read.mib_per_second),
            format!("{:.1}", read.ingest.mib_per_second),
            format!("{:.2}", read.ingest.call_latency.p50_ms),
            format!("{:.2}", read.ingest.call_latency.p99_ms),
            format!("{:.2}", read.p99_ratio),
        ]);
    }
    let title = format!(
        "backlog: {} MiB in {} shards, read while records keep coming in",
        grouped(report.backlog_mib),
        report.shards
    );
    write!(f, "\n{}\n{table}", style.heading(&title))
}
