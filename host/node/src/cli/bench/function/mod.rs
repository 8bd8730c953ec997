//! `bench function`: from a put to what a function made of it, and records through put, function and output.
//!
//! The function emits every record again as it came, so that what is measured is the server's work around a
//! function, and what comes out can be compared with what went in.

mod follow;
mod latency;
mod report;
mod sent;
mod setup;
mod throughput;

use clap::value_parser;
use serde::Serialize;

use super::Bench;
pub(super) use latency::{Report as Latency, run as latency};
pub(super) use report::lines;
pub(super) use setup::{DRAIN, IDENTITY, upload};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Connections that put for the throughput, each with one call at a time
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = value_parser!(u32).range(1..=1000))]
    clients: u32,

    /// Single puts a second for the latency
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
    pace: u32,

    /// Batches of one shard at one time, for the throughput
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = value_parser!(u32).range(1..=10))]
    parallel: u32,
}

impl Default for Args {
    fn default() -> Self {
        Self { clients: 4, pace: 100, parallel: 4 }
    }
}

/// Both measurements.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) latency: latency::Report,
    pub(super) throughput: throughput::Report,
}

impl Report {
    /// What did not come out as it went in.
    pub(super) fn problems(&self) -> impl Iterator<Item = &String> {
        self.latency.problems.iter().chain(&self.throughput.problems)
    }
}

/// Measures both, each on a server of its own.
pub(super) async fn run(bench: &Bench<'_>, args: &Args) -> anyhow::Result<Report> {
    let latency = latency::run(bench, args.pace, 1).await?;
    let throughput = throughput::run(bench, args.clients as usize, args.parallel).await?;
    Ok(Report { latency, throughput })
}
