//! `shardmill demo`: the whole thing once, on real data, within seconds.

mod check;
mod input;
mod report;
mod run;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::progress;
use super::style::Style;
use crate::client::{Client, Credentials, Endpoint, PutRecord, Seams};
use crate::config::{File, LogFormat, ServeFlags, Settings};
use crate::refusal::{Code, Refusal};
use crate::server::Server;
use crate::{logging, shutdown, wiring};
use report::{Readable, Report, ShardReport, rate};

const STREAM: &str = "earthquakes";
const SHARDS: u32 = 4;
const CONNECTIONS: usize = 4;
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Put a week of real earthquakes into a stream and read them back
///
/// Starts a server on a temporary directory and a free port, with its real store, and speaks to it as any
/// AWS client does: HTTP and signed requests. Checks that every record comes back once, byte for byte, in
/// order for every partition key; ends with code 3 if not. Leaves nothing behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill demo
  shardmill demo --json | jq .putLatency
  shardmill demo --input events.ndjson --partition-key-field user")]
pub(super) struct Args {
    /// Lines of JSON to put instead of the earthquakes
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// The field of each line that becomes the partition key
    #[arg(long, value_name = "FIELD", default_value = "net")]
    partition_key_field: String,

    /// Print one JSON report
    #[arg(long)]
    json: bool,
}

/// Runs the demonstration; an interrupt ends it, and the directory is removed either way.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    logging::start("warn", LogFormat::Text)?;
    let records = input::load(args.input.as_deref(), &args.partition_key_field)?;
    let temporary = tempfile::Builder::new()
        .prefix("shardmill-demo-")
        .tempdir()
        .context("cannot make a temporary directory")?;
    let dir = wiring::open_dir(temporary.path()).context("cannot open the temporary directory")?;
    let flags = ServeFlags {
        listen: Some("127.0.0.1:0".to_owned()),
        dev: true,
        no_limits: true,
        ..ServeFlags::default()
    };
    let settings = Settings::resolve(flags, File::default(), None)?;
    let server = Server::start(&settings, &dir, seams).await?;
    let endpoint = Endpoint::from(server.address());
    let client = Client::new(endpoint.clone(), Credentials::development(), "us-east-1", seams);
    let report = tokio::select! {
        report = demonstrate(&client, &records, &endpoint, &args, seams) => report?,
        () = shutdown::interrupted() => return Err(Refusal::failed("interrupted").into()),
        why = server.failed() => return Err(Refusal::failed(format!("storage failed: {why}")).into()),
    };
    server.stop(STOP_WITHIN).await?;
    print(&report, args.json)?;
    if report.verified {
        Ok(())
    } else {
        Err(Refusal::new(Code::Damaged, "what was read is not what was put").into())
    }
}

async fn demonstrate(
    client: &Client,
    records: &[PutRecord],
    endpoint: &Endpoint,
    args: &Args,
    seams: &Seams,
) -> anyhow::Result<Report> {
    let bytes: u64 = records.iter().map(|record| record.bytes() as u64).sum();
    let style = Style::stderr();
    let say = |text: String| {
        if !args.json { writeln!(io::stderr(), "{text}") } else { Ok(()) }
    };
    let mib = progress::mib(bytes);
    let count = progress::grouped(records.len() as u64);
    say(format!("server on {endpoint}, durable store in a temporary directory"))?;
    client.create_stream(STREAM, SHARDS).await.context("cannot create the stream")?;
    say(format!("stream {} with {SHARDS} shards", style.heading(STREAM)))?;

    let clock = &*seams.clock;
    let shares = input::share_out(records, CONNECTIONS);
    let bar = progress::records("put", records.len() as u64);
    let put =
        run::put(client, STREAM, records, &shares, clock, &bar).await.context("cannot put")?;
    bar.finish_and_clear();
    say(format!("put {count} records ({mib}) in {:.2} s", put.took.as_secs_f64()))?;

    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for placed in &put.placed {
        *expected.entry(placed.shard.clone()).or_default() += 1;
    }
    let bar = progress::records("read", records.len() as u64);
    let start = clock.monotonic();
    let read = run::read(client, STREAM, &expected, &bar).await.context("cannot read")?;
    let took = clock.monotonic() - start;
    bar.finish_and_clear();
    say(format!("read them back in {:.2} s", took.as_secs_f64()))?;

    let problems = check::problems(records, &put.placed, &read);
    Ok(Report {
        stream: STREAM.to_owned(),
        endpoint: endpoint.to_string(),
        connections: CONNECTIONS,
        records: records.len(),
        bytes,
        seconds_to_put: put.took.as_secs_f64(),
        seconds_to_read: took.as_secs_f64(),
        put_records_per_second: rate(records.len() as u64, put.took),
        put_mib_per_second: rate(bytes, put.took) / (1024.0 * 1024.0),
        put_latency: put.latencies.summary(),
        shards: ShardReport::all(&read),
        verified: problems.is_empty(),
        problems,
    })
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
        return Ok(());
    }
    let style = Style::stdout();
    write!(out, "{}", Readable(report, style))?;
    if report.verified {
        write!(out, "{}", report::by_hand(style))?;
    }
    Ok(())
}
