//! `shardmill guest bench`: what a function costs, on the host that a server has, without a server.

mod curve;
mod given;
mod measure;
mod native;
mod report;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use domain::limits;
use wasm::Limits;

use self::given::Given;
use self::measure::{Bounds, Measured};
use self::report::{Readable, Report};
use super::Component;
use super::trial;
use crate::cli::style::Style;
use crate::client::Seams;

/// Measure what functions cost: size, start, calls, memory
///
/// Each function runs on the host, under the limits and with the compiler that a server has, one call at a time. Of a
/// transform, a call is a batch of records; of a handler, a line. Before the calls that are counted, the host is
/// started anew over what was compiled, as after a restart of a server. With several functions, times stand beside those
/// of the first as ratios, which is what can be compared between machines.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill guest bench quakes.wasm
  shardmill guest bench --baseline quakes guests/rust-quakes/quakes.wasm guests/c-quakes/quakes.wasm
  shardmill guest bench quakes.wasm --events events.ndjson --batch 500 --calls 10000 --json")]
pub(super) struct Args {
    /// Components, core modules, or WebAssembly text
    #[arg(value_name = "COMPONENT", required = true)]
    components: Vec<PathBuf>,

    /// File whose lines are the records or events [default: a week of earthquakes, for transforms]
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,

    /// Records in one batch of a transform
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = trial::batch_size)]
    batch: usize,

    /// Cut the records of a transform to this length, or repeat them until they have it
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    record_bytes: Option<u32>,

    /// How long warm calls are made
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,

    /// Make so many warm calls instead, however long they take
    #[arg(long, value_name = "COUNT", conflicts_with = "seconds", value_parser = clap::value_parser!(u64).range(1..))]
    calls: Option<u64>,

    /// Memory of the function, in MiB
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = limits::FUNCTION_MEMORY_MIB_MIN,
        value_parser = clap::value_parser!(u32)
            .range(i64::from(limits::FUNCTION_MEMORY_MIB_MIN)..=i64::from(limits::FUNCTION_MEMORY_MIB_ENFORCED_MAX))
    )]
    memory: u32,

    /// How long one call may take, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = limits::FUNCTION_TIMEOUT_SECONDS_DEFAULT,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::FUNCTION_TIMEOUT_SECONDS_MAX))
    )]
    timeout: u32,

    /// A variable of the functions' environment; may be given more than once
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = trial::variable)]
    environment: Vec<(String, String)>,

    /// Compare with a job that is part of this program instead of with the first function
    #[arg(long, value_enum, value_name = "JOB")]
    baseline: Option<Baseline>,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// A job in native Rust.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Baseline {
    /// That of guests/rust-quakes: the same source, compiled for this machine
    Quakes,
}

/// Measures one function after the other and prints.
pub(super) async fn run(args: &Args, seams: &Seams) -> anyhow::Result<()> {
    let mut components = Vec::new();
    for path in &args.components {
        components.push((path, Component::load(path)?));
    }
    let bounds = match args.calls {
        Some(calls) => Bounds::Calls(calls),
        None => Bounds::Time(Duration::from_secs(args.seconds)),
    };
    let limits = Limits {
        memory_bytes: args.memory as usize * 1024 * 1024,
        time: Duration::from_secs(args.timeout.into()),
        ..trial::LIMITS
    };
    let environment = trial::environment(&args.environment);
    let mut report = Report::new(args.batch, args.memory);
    if args.baseline.is_some() {
        let batches = Given::batches(args.events.as_deref(), args.batch, args.record_bytes)?;
        report.baseline = Some(native::measure(&batches, seams)?);
    }
    for (path, component) in components {
        let given =
            Given::load(component.world, args.events.as_deref(), args.batch, args.record_bytes)?;
        let measured = Measured {
            seams,
            given: &given,
            limits,
            environment: Arc::clone(&environment),
            bounds,
        };
        report.rows.push(measured.measure(path, component).await?);
    }
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        false => write!(out, "{}", Readable(&report, Style::stdout()))?,
    }
    Ok(())
}
