//! `bench mappings`: what the way to a function costs, by how it is mapped.
//!
//! Four questions: what single records take with one and with ten batches of a shard at a time; how many records a
//! second one function takes through one, ten and a hundred mappings; what a filter costs for each record that it
//! looks at; and what state costs a consumer. The function of the two in the middle does nothing, so that what is seen is the server's work.

mod drained;
mod filters;
mod report;
mod stateful;

use clap::value_parser;
use serde::Serialize;

use super::{Bench, function};
pub(super) use report::lines;

/// Batches of a shard at a time, for the latency.
const FACTORS: [u32; 2] = [1, 10];

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Mappings of one function, each with a stream of its own; several numbers are measured one after the other
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_values_t = [1, 10, 100], value_parser = value_parser!(u32).range(1..=500))]
    counts: Vec<u32>,

    /// Records that the function takes, all mappings together
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1000..))]
    records: u64,

    /// Single puts a second for the latency
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
    pace: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) latency: Vec<Factor>,
    pub(super) drained: Vec<drained::Row>,
    pub(super) filters: Vec<filters::Row>,
    pub(super) state: Vec<stateful::Row>,
}

/// Single records, with so many batches of the shard at a time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Factor {
    pub(super) parallelization_factor: u32,
    pub(super) latency: function::Latency,
}

impl Report {
    /// What did not come out as it went in.
    pub(super) fn problems(&self) -> impl Iterator<Item = &String> {
        self.latency.iter().flat_map(|row| &row.latency.problems)
    }
}

/// Answers one question after the other, each on a server of its own.
pub(super) async fn run(bench: &Bench<'_>, args: &Args) -> anyhow::Result<Report> {
    let mut latency = Vec::new();
    for parallelization_factor in FACTORS {
        let measured = function::latency(bench, args.pace, parallelization_factor).await?;
        latency.push(Factor { parallelization_factor, latency: measured });
    }
    let mut drained = Vec::new();
    for count in &args.counts {
        drained.push(drained::run(bench, *count, args.records).await?);
    }
    let filters = filters::run(bench, args.records).await?;
    let state = stateful::run(bench, args.records).await?;
    Ok(Report { latency, drained, filters, state })
}
