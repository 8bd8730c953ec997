//! `shardmill bench`: figures as ratios of one run.
//!
//! The server is a child process of this same program, with its own data directory on the disk under test;
//! the load generator is this process. What was written is read back and checked.

mod backlog;
mod baseline;
mod child;
mod consumed;
mod fanout;
mod fdatasync;
mod function;
mod idle;
mod ingest;
mod ledger;
mod load;
mod machine;
mod many;
mod mappings;
mod metric;
mod payload;
mod put;
mod queue;
mod read;
mod readback;
mod readers;
mod report;
mod steady;
mod trim;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use domain::limits;

use super::style::Style;
use crate::client::Seams;
use crate::config::LogFormat;
use crate::logging;
use crate::refusal::{Code, Refusal};
use machine::Proc;
use payload::Payload;
use report::{Readable, Report};

/// Measure this build on this machine
///
/// Starts servers of its own, without throughput limits, on directories of their own, which are removed
/// afterwards. Each figure stands beside one that the disk or the store alone reaches in the same run, since
/// only such ratios can be compared between machines. Quote nothing shorter than --seconds 60.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill bench all --data /mnt/disk
  shardmill bench ingest --shards 4,200 --clients 16 --seconds 60 --json
  shardmill bench ingest --clients 16 --fanout-readers 20
  shardmill bench put --clients 1,16
  shardmill bench function --seconds 60
  shardmill bench fanout --subscribers 50 --rate 1000 --seconds 60
  shardmill bench queue --clients 16 --seconds 60")]
pub(super) struct Args {
    #[command(subcommand)]
    mode: Mode,

    /// Directory on the disk to measure; it must exist [default: the system's temporary directory]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,

    /// How long each measurement takes
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,

    /// Data of one record
    #[arg(long, value_name = "BYTES", global = true, default_value_t = 1024, value_parser = record_bytes)]
    record_bytes: usize,

    /// Print the report as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Debug, Subcommand)]
enum Mode {
    /// PutRecords, against the same frames written in-process
    Ingest(IngestArgs),
    /// PutRecord, against one fdatasync of as many bytes
    Put(PutArgs),
    /// GetRecords from the start, and at the tail from put to get
    Read(ReadArgs),
    /// Through a function: from put to output, and records a second against plain puts
    Function(function::Args),
    /// From a put to its delivery to many subscribers
    Fanout(fanout::Args),
    /// Put, received from a queue and acknowledged, against records put and read
    Queue(queue::Args),
    /// Latency, throughput and filters of a function by how it is mapped
    Mappings(mappings::Args),
    /// Start to ready, and memory at rest
    Idle,
    /// Old records read inside and by GetRecords, while ingest goes on at a rate
    Backlog(backlog::Args),
    /// Ingest at a rate while old records are removed, against ingest alone
    Trim(trim::Args),
    /// Restart, memory and listings with many streams and shards
    Many(many::Args),
    /// Ingest, put, read, function and idle, with their defaults
    All,
}

#[derive(Clone, Debug, clap::Args)]
struct IngestArgs {
    /// Connections, each with one call at a time; several numbers are measured one after the other
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_values_t = [1, 4, 16, 64], value_parser = clients)]
    clients: Vec<usize>,

    /// Shards of the stream
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_values_t = [4, 200], value_parser = clap::value_parser!(u32).range(1..=10_000))]
    shards: Vec<u32>,

    /// Records in one call
    #[arg(long, value_name = "COUNT", default_value_t = 500, value_parser = super::put::batch)]
    batch: usize,

    /// Measure each combination once more with an encrypted stream
    #[arg(long)]
    encrypted: bool,

    /// Measure each combination once more with a compressed stream, and with both if both are asked for
    #[arg(long)]
    compressed: bool,

    /// What records hold [default: events with --compressed, random otherwise]
    #[arg(long, value_name = "KIND", value_enum)]
    payload: Option<Payload>,

    /// Measure each combination once more beside as many fan-out readers, each at the 2 MB/s of a subscription
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1000))]
    fanout_readers: u32,
}

impl Default for IngestArgs {
    fn default() -> Self {
        Self {
            clients: vec![1, 4, 16, 64],
            shards: vec![4, 200],
            batch: 500,
            encrypted: false,
            compressed: false,
            payload: None,
            fanout_readers: 0,
        }
    }
}

#[derive(Clone, Debug, clap::Args)]
struct PutArgs {
    /// Connections, each with one call at a time
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_values_t = [1], value_parser = clients)]
    clients: Vec<usize>,
}

#[derive(Clone, Debug, clap::Args)]
struct ReadArgs {
    /// Records to put and then read from the start
    #[arg(long, value_name = "COUNT", default_value_t = 200_000)]
    records: u64,

    /// Pause between two reads at the tail
    #[arg(long, value_name = "MS", default_value_t = 5)]
    poll_ms: u64,
}

/// What every measurement needs.
struct Bench<'a> {
    seams: &'a Seams,
    proc: Proc,
    data: Option<&'a Path>,
    time: Duration,
    record_bytes: usize,
}

/// Beside it there is room for the partition key in what a stream takes if nothing else is said.
const RECORD_BYTES_MAX: usize = limits::RECORD_KIB_DEFAULT as usize * 1024 - 256;

fn clients(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err("there are 1 to 1024 clients".to_owned()),
    }
}

fn record_bytes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes @ 1..=RECORD_BYTES_MAX) => Ok(bytes),
        _ => Err(format!("a record has 1 to {RECORD_BYTES_MAX} bytes")),
    }
}

/// Measures and prints the report.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    logging::start("warn", LogFormat::Text)?;
    if let Mode::Ingest(IngestArgs { batch, .. }) = &args.mode
        && batch * (args.record_bytes + 256) > limits::PUT_RECORDS_BYTES_MAX
    {
        let message =
            format!("{batch} records of {} bytes do not fit into a call", args.record_bytes);
        let hint = "a call has 10 MiB at most, keys included: give a smaller --batch";
        return Err(Refusal::usage(message).hint(hint).into());
    }
    let bench = Bench {
        seams,
        proc: Proc::open(),
        data: args.data.as_deref(),
        time: Duration::from_secs(args.seconds),
        record_bytes: args.record_bytes,
    };
    let directory = args.data.clone().unwrap_or_else(std::env::temp_dir);
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        machine: bench.proc.machine(&directory),
        seconds: args.seconds,
        record_bytes: args.record_bytes,
        ingest: None,
        put: None,
        read: None,
        idle: None,
        function: None,
        fanout: None,
        queue: None,
        backlog: None,
        trim: None,
        many: None,
        mappings: None,
    };
    match &args.mode {
        Mode::Ingest(args) => report.ingest = Some(ingest::run(&bench, args).await?),
        Mode::Put(PutArgs { clients }) => report.put = Some(put::run(&bench, clients).await?),
        Mode::Read(ReadArgs { records, poll_ms }) => {
            report.read = Some(read::run(&bench, *records, *poll_ms).await?);
        }
        Mode::Function(args) => report.function = Some(function::run(&bench, args).await?),
        Mode::Fanout(args) => report.fanout = Some(fanout::run(&bench, args).await?),
        Mode::Queue(args) => report.queue = Some(queue::run(&bench, args).await?),
        Mode::Idle => report.idle = Some(idle::run(&bench).await?),
        Mode::Backlog(args) => report.backlog = Some(backlog::run(&bench, args).await?),
        Mode::Trim(args) => report.trim = Some(trim::run(&bench, args).await?),
        Mode::Mappings(args) => report.mappings = Some(mappings::run(&bench, args).await?),
        Mode::Many(args) => report.many = Some(many::run(&bench, args).await?),
        Mode::All => {
            report.idle = Some(idle::run(&bench).await?);
            report.put = Some(put::run(&bench, &[1, 16]).await?);
            report.ingest = Some(ingest::run(&bench, &IngestArgs::default()).await?);
            report.read = Some(read::run(&bench, 200_000, 5).await?);
            report.function = Some(function::run(&bench, &function::Args::default()).await?);
        }
    }
    print(&report, args.json)?;
    match report.problems().len() {
        0 => Ok(()),
        count => {
            let message = format!("what was read is not what was written: {count} problems");
            Err(Refusal::new(Code::Damaged, message).into())
        }
    }
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
    } else {
        write!(out, "{}", Readable(report, Style::stdout()))?;
    }
    Ok(())
}
