//! `shardmill put`: lines as records.

mod keys;
mod pack;
mod send;

use std::io::{self, BufReader, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use domain::limits;
use tokio::sync::mpsc::{self, error::TryRecvError};

use super::lines::Lines;
use super::progress;
use super::style::Style;
use super::target::Target;
use crate::client::{Client, PutRecord, Seams};
use crate::wiring;
pub(super) use keys::{KeySource, field_of, next_record};
use send::{Sender, Summary};

/// Chunks that wait for the server; the reader of the input waits when there are more.
const CHUNKS_AHEAD: usize = 8;
/// Lines of a chunk.
const CHUNK_LINES_MAX: usize = 500;
/// Bytes of a chunk, but for the line that goes beyond it.
const CHUNK_BYTES_MAX: usize = 1024 * 1024;

/// Put the lines of a file or of stdin as records
///
/// Each line that is not empty becomes one record, without its line end. Lines are put in order, up to 500 at a
/// time; records that the server refuses for now are tried again, and come behind those of the same call that it took, as
/// PutRecords has it.
///
/// With --aggregate many lines share a record, in the format of the Kinesis Producer Library: more than 1,000 lines a
/// second fit into a shard. Readers must take them apart, as `shardmill tail`, functions and the Kinesis Client Library
/// do.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill put --stream clicks events.ndjson
  tail -F access.log | shardmill put --stream access --partition-key web-1
  shardmill put --stream quakes --partition-key-field net --json earthquakes.ndjson
  shardmill put --stream clicks --aggregate events.ndjson")]
pub(super) struct Args {
    /// Stream to put to; it must exist
    #[arg(long)]
    stream: String,

    /// One partition key for all records; if none is given, each record gets a random one
    #[arg(long, value_name = "KEY", conflicts_with = "partition_key_field")]
    partition_key: Option<String>,

    /// Take each record's partition key from this field of the line, which must be a JSON object
    #[arg(long, value_name = "FIELD")]
    partition_key_field: Option<String>,

    /// Put many lines into one record (KPL)
    #[arg(long)]
    aggregate: bool,

    /// Records in one call at most
    #[arg(long, value_name = "COUNT", default_value_t = 500, value_parser = batch)]
    batch: usize,

    /// Print the summary as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,

    /// File to read; - or nothing for stdin
    #[arg(value_name = "FILE")]
    input: Option<PathBuf>,
}

/// How many records a call has, as it is typed.
pub(super) fn batch(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=limits::PUT_RECORDS_COUNT_MAX) => Ok(count),
        _ => Err(format!("a call has 1 to {} records", limits::PUT_RECORDS_COUNT_MAX)),
    }
}

/// Puts everything, then prints the summary.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.client(seams)?;
    let keys = KeySource::of(args.partition_key.clone(), args.partition_key_field.clone());
    let mut sender = Sender::new(&client, &args.stream, args.batch);
    if args.aggregate {
        sender.aggregate().await?;
    }
    let (total, mut chunks) = start_reading(&args, keys, seams)?;
    let bar = progress::bytes("putting", total);
    let start = seams.clock.monotonic();
    let sent = send(&mut sender, &mut chunks, |bytes| bar.inc(bytes)).await;
    bar.finish_and_clear();
    let mut summary = sender.summary;
    summary.seconds = (seams.clock.monotonic() - start).as_secs_f64();
    if sent.is_err() && args.json {
        // Who reads JSON wants to know what was put as well.
        print(&summary, &args)?;
    }
    sent.with_context(|| {
        format!("stopped after {}", progress::counted(summary.records, "record"))
    })?;
    if summary.records == 0 {
        check_stream(&client, &args.stream).await?;
    }
    print(&summary, &args)
}

/// Puts chunk after chunk. What is there while a call is under way goes into the next one; what nothing follows for now
/// goes at once, since who pipes a log wants its lines to arrive.
async fn send(
    sender: &mut Sender<'_>,
    chunks: &mut Chunks,
    mut advance: impl FnMut(u64),
) -> anyhow::Result<()> {
    loop {
        let chunk = match chunks.try_recv() {
            Ok(chunk) => chunk,
            Err(TryRecvError::Disconnected) => return sender.flush().await,
            Err(TryRecvError::Empty) => {
                sender.flush().await?;
                match chunks.recv().await {
                    Some(chunk) => chunk,
                    None => return Ok(()),
                }
            }
        };
        let chunk = chunk?;
        let bytes: usize = chunk.iter().map(|record| record.data.len() + 1).sum();
        for record in chunk {
            sender.push(record).await?;
        }
        advance(bytes as u64);
    }
}

/// Nothing was put, so nobody has said whether there is a stream at all. A key that may only put cannot ask.
async fn check_stream(client: &Client, stream: &str) -> anyhow::Result<()> {
    match client.stream(stream).await {
        Err(error) if error.code() != Some("AccessDeniedException") => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

type Chunks = mpsc::Receiver<anyhow::Result<Vec<PutRecord>>>;

/// Reads on a thread of its own, since input may come slowly; gives the input's size if it has one.
fn start_reading(
    args: &Args,
    keys: KeySource,
    seams: &Seams,
) -> anyhow::Result<(Option<u64>, Chunks)> {
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    let path = args.input.clone().filter(|path| path.as_os_str() != "-");
    let (total, reader): (_, Box<dyn io::Read + Send>) = match &path {
        Some(path) => {
            let file = wiring::open_file(path)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            (file.metadata().ok().map(|data| data.len()), Box::new(file))
        }
        None => (None, Box::new(io::stdin())),
    };
    let entropy = seams.entropy.clone();
    let work = move || {
        let mut lines = Lines::new(BufReader::with_capacity(256 * 1024, reader));
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        loop {
            let record = match next_record(&mut lines, &keys, &*entropy) {
                Ok(record) => record,
                Err(error) => {
                    // What was read before it is put nevertheless.
                    let _ = sender.blocking_send(Ok(chunk));
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            };
            let is_end = record.is_none();
            bytes += record.as_ref().map_or(0, PutRecord::bytes);
            chunk.extend(record);
            let is_full = chunk.len() >= CHUNK_LINES_MAX || bytes >= CHUNK_BYTES_MAX;
            if is_full || is_end || !lines.has_whole_line() {
                bytes = 0;
                let is_gone = sender.blocking_send(Ok(std::mem::take(&mut chunk))).is_err();
                if is_gone || is_end {
                    return;
                }
            }
        }
    };
    seams.tasks.thread("input", work).context("cannot start a thread")?;
    Ok((total, receiver))
}

fn print(summary: &Summary, args: &Args) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(summary)?)?;
        return Ok(());
    }
    let style = Style::stdout();
    let Summary { records, retried, seconds, .. } = summary;
    let mib = progress::mib(summary.bytes);
    let put = progress::counted(*records, "record");
    let aggregated = match args.aggregate {
        true => format!(" in {} aggregated ones", summary.stream_records),
        false => String::new(),
    };
    writeln!(
        out,
        "{} {put}{aggregated} ({mib}) to {} in {seconds:.2} s",
        style.good("put"),
        args.stream
    )?;
    for (shard, count) in &summary.records_by_shard {
        writeln!(out, "  {shard}  {count:>10}")?;
    }
    if *retried > 0 {
        writeln!(out, "  {retried} times a record had to be tried again")?;
    }
    Ok(())
}
