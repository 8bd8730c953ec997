//! `shardmill functions invoke`: run a function once.

use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use clap::builder::NonEmptyStringValueParser;

use super::emitted::{self, Trouble};
use super::event::{self, Origin};
use super::explain;
use super::logs::visible;
use crate::cli::lines::Lines;
use crate::cli::progress;
use crate::cli::put::{KeySource, next_record};
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::{Function, Invoked, PutRecord, Seams};
use crate::refusal::Refusal;
use crate::wiring;
use domain::ArnParts;

/// Run a function once and print what it gives
///
/// With --data, each line becomes a record of the event that a mapping would send, and each record that the
/// function emits becomes a line; nothing is written to any stream. With --event, the file is sent as it is: for a
/// handler any JSON. What a handler answers is printed as it is. Ends with code 1 if the function fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions invoke quakes --data examples/earthquakes/earthquakes.ndjson
  head -n 3 events.ndjson | shardmill functions invoke clicks --data - --partition-key-field user --log
  shardmill functions invoke quakes --event event.json --json | jq '.records | length'
  echo '{\"Records\":[]}' | shardmill functions invoke orders --event -
  shardmill functions invoke orders --event event.json --async")]
pub(super) struct Args {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    #[command(flatten)]
    input: Input,

    /// One partition key for all lines; if none is given, each gets a random one
    #[arg(long, value_name = "KEY", conflicts_with = "partition_key_field")]
    partition_key: Option<String>,

    /// Take each line's partition key from this field of it, which must be a JSON object
    #[arg(long, value_name = "FIELD")]
    partition_key_field: Option<String>,

    /// Print the end of the function's log, too, on stderr
    #[arg(long)]
    log: bool,

    /// Leave the event with the server and do not wait: it is tried up to three times, and what comes of it goes where
    /// the function's destinations say
    #[arg(long = "async", conflicts_with = "log")]
    is_async: bool,

    /// Print the reply as the function gave it
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Input {
    /// Lines to make an event of; - for stdin
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// An event to send as it is; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["partition_key", "partition_key_field"])]
    event: Option<PathBuf>,
}

/// Invokes it and prints.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let name = &args.name;
    let payload = match &args.input {
        Input { event: Some(path), .. } => read_event(path)?,
        Input { data, .. } => {
            let records = read_lines(data.as_deref(), &args, seams)?;
            // Also finds out early that there is no such function.
            let function = client.function(name).await.map_err(|error| explain(error, name))?;
            event::wrap(&records, &origin(&function, &args, seams))?.into()
        }
    };
    if args.is_async {
        let id = client.send_event(name, payload).await.map_err(|error| explain(error, name))?;
        return told(&args, &id);
    }
    let invoked = client.invoke(name, payload, args.log).await;
    let invoked = invoked.map_err(|error| explain(error, name))?;
    print(&args, &invoked)
}

/// Tells the id of an event that the server keeps.
fn told(args: &Args, id: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::json!({ "RequestId": id }))?;
    } else {
        writeln!(out, "sent to {}, request {id}", args.name)?;
    }
    Ok(())
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = wiring::open_file(path);
    let file = file.with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Box::new(file))
}

fn read_event(path: &Path) -> anyhow::Result<Bytes> {
    let mut bytes = Vec::new();
    let read = open(path)?.read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bytes.into())
}

fn read_lines(path: Option<&Path>, args: &Args, seams: &Seams) -> anyhow::Result<Vec<PutRecord>> {
    let keys = KeySource::of(args.partition_key.clone(), args.partition_key_field.clone());
    let reader = open(path.unwrap_or_else(|| Path::new("-")))?;
    let mut lines = Lines::new(BufReader::new(reader));
    let mut records = Vec::new();
    let mut bytes = 0;
    while let Some(record) = next_record(&mut lines, &keys, &*seams.entropy)? {
        bytes += record.data.len();
        event::check_data(bytes)?;
        records.push(record);
    }
    if records.is_empty() {
        return Err(Refusal::failed("the input has no lines").into());
    }
    Ok(records)
}

/// A stream that is not there: the event must name one.
fn origin(function: &Function, args: &Args, seams: &Seams) -> Origin {
    let region = args.target.region();
    let account = ArnParts::of(&function.function_arn).map_or("", |parts| parts.account);
    Origin {
        stream_arn: format!("arn:aws:kinesis:{region}:{account}:stream/invoke"),
        role_arn: function.role.clone(),
        arrival: seams.clock.now(),
        region,
    }
}

fn print(args: &Args, invoked: &Invoked) -> anyhow::Result<()> {
    let Invoked { payload, error, log } = invoked;
    let style = Style::stderr();
    if let Some(log) = log {
        log.lines().try_for_each(|line| writeln!(io::stderr(), "{}", visible(line)))?;
    }
    let reply = emitted::reply(payload).filter(|_| !args.json && error.is_none());
    let mut out = io::BufWriter::new(io::stdout().lock());
    match &reply {
        Some(reply) => emitted::write_records(&mut out, &reply.records)?,
        // What the function gave is its own affair; it is JSON, and a line.
        None if args.json || error.is_none() => {
            out.write_all(payload)?;
            writeln!(out)?;
        }
        None => {}
    }
    out.flush()?;
    if let Some(kind) = error {
        let trouble = Trouble::of(payload);
        let refusal =
            Refusal::failed(format!("function failed ({kind}): {}", visible(&trouble.sentence())));
        for frame in trouble.frames() {
            writeln!(io::stderr(), "  {}", visible(&frame))?;
        }
        let hint = format!("`shardmill functions logs {}` shows what it wrote", args.name);
        return Err(refusal.hint(hint).into());
    }
    let failures = reply.map(|reply| reply.batch_item_failures).unwrap_or_default();
    for failure in &failures {
        let number = &failure.item_identifier;
        writeln!(io::stderr(), "{} record {number} failed", style.warning("warning:"))?;
    }
    if failures.is_empty() {
        Ok(())
    } else {
        let failed = progress::counted(failures.len() as u64, "record");
        Err(Refusal::failed(format!("{failed} failed")).into())
    }
}
