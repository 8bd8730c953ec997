//! `bench trim`: what ingest feels of records being removed.
//!
//! Frames go as they do when their retention ends: some with each group commit. Here it is their stream that goes,
//! since nobody waits a day for a figure.
//!
//! What it taught stands with the writer (`storage_sqlite::writer::trim`): speed is not what is wanted. 1 GiB that was gone
//! within 0.6 s made the p50 of ingest three times as long; going within 12 s, it is not felt.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use clap::value_parser;
use serde::Serialize;

use super::backlog::{fill, quiet, ratio};
use super::child::{Server, temporary};
use super::steady::{Seen, Steady};
use super::{Bench, metric};
use crate::cli::progress::{self, grouped};
use crate::cli::style::Style;
use crate::client::Client;

const OLD: &str = "old";
const LIVE: &str = "live";
const SHARDS: u32 = 4;
/// How often to look whether frames still go.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Without one going for so long, all are gone.
const QUIET_MAX: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Records to remove, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = value_parser!(u64).range(1..))]
    remove_mib: u64,

    /// What keeps coming in meanwhile, in MiB a second
    #[arg(long, value_name = "MIB", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
    ingest_mib: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) remove_mib: u64,
    pub(super) frames: u64,
    /// Until the last frame was gone.
    pub(super) seconds: f64,
    pub(super) quiet: Seen,
    pub(super) trimming: Seen,
    /// The p99 while frames go, in parts of that while none does.
    pub(super) p99_ratio: f64,
}

/// Fills, then removes beside the ingest.
pub(super) async fn run(bench: &Bench<'_>, args: &Args) -> anyhow::Result<Report> {
    let Bench { seams, proc, .. } = bench;
    let dir = temporary(bench.data)?;
    let server = Server::start(dir.path(), seams, proc).await?;
    let client = server.client(seams);
    for stream in [OLD, LIVE] {
        client.create_stream(stream, SHARDS).await.context("cannot create the stream")?;
    }
    fill(bench, &client, OLD, args.remove_mib).await?;
    let ingest = Steady::start(bench, &client, LIVE, f64::from(args.ingest_mib));
    let bar = progress::busy("ingest alone");
    let quiet = quiet(bench, &ingest).await;
    bar.finish_and_clear();

    let bar = progress::busy("ingest while frames go");
    let before = trimmed(&client).await?;
    ingest.begin();
    let start = seams.clock.monotonic();
    let delete = serde_json::json!({ "StreamName": OLD }).to_string();
    client.call("DeleteStream", delete.into()).await.context("cannot delete the stream")?;
    let (frames, took, trimming) = watch(bench, &client, &ingest, before, start).await?;
    bar.finish_and_clear();
    ingest.stop().await?;
    server.kill().await?;
    Ok(Report {
        remove_mib: args.remove_mib,
        frames,
        seconds: took.as_secs_f64(),
        p99_ratio: ratio(&trimming, &quiet),
        quiet,
        trimming,
    })
}

async fn trimmed(client: &Client) -> anyhow::Result<u64> {
    metric::counter(client, "shardmill_trimmed_frames_total").await
}

/// Waits until no frame goes any more; how many went, until when, and what ingest was like until then.
async fn watch(
    bench: &Bench<'_>,
    client: &Client,
    ingest: &Steady,
    before: u64,
    start: Duration,
) -> anyhow::Result<(u64, Duration, Seen)> {
    let clock = &*bench.seams.clock;
    let (mut frames, mut moved) = (0, clock.monotonic());
    let mut seen = ingest.seen(bench.record_bytes);
    while clock.monotonic() < moved + QUIET_MAX {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = trimmed(client).await? - before;
        if now > frames {
            (frames, moved) = (now, clock.monotonic());
            seen = ingest.seen(bench.record_bytes);
        }
    }
    anyhow::ensure!(frames > 0, "no frame was removed");
    Ok((frames, moved - start, seen))
}

/// The report for people.
pub(super) fn lines(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    writeln!(f, "\n{}", style.heading("trim:"))?;
    writeln!(
        f,
        "  {} MiB in {} frames went in {:.1} s",
        grouped(report.remove_mib),
        grouped(report.frames),
        report.seconds
    )?;
    for (what, seen) in [("alone", &report.quiet), ("while frames went", &report.trimming)] {
        let Seen { mib_per_second, call_latency } = seen;
        writeln!(
            f,
            "  ingest {what:<18} {mib_per_second:.1} MiB/s, p50 {:.2} ms, p99 {:.2} ms",
            call_latency.p50_ms, call_latency.p99_ms
        )?;
    }
    writeln!(f, "  p99 {:.2} times that of ingest alone", report.p99_ratio)
}
