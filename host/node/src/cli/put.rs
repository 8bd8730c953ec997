//! `shardmill put`: lines as records.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use serde::Serialize;
use stdx::Entropy;
use tokio::sync::mpsc;

use super::lines::{Line, Lines};
use super::progress;
use super::style::Style;
use super::target::Target;
use crate::client::{
    Backoff, Batcher, Client, PutRecord, PutRecordsReply, Seams, parse, put_records_body,
};
use crate::refusal::Refusal;
use crate::wiring;

/// Batches that wait for the server; the reader of the input waits when there are more.
const BATCHES_AHEAD: usize = 4;
/// Pauses for one batch before giving up: about half a minute.
const TRIES: u32 = 12;

/// Put the lines of a file or of stdin as records
///
/// Each line that is not empty becomes one record, without its line end. Lines are put in order, 500 at a
/// time; records that the server refuses for now are tried again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill put --stream clicks events.ndjson
  tail -F access.log | shardmill put --stream access --partition-key web-1
  shardmill put --stream quakes --partition-key-field net --json earthquakes.ndjson")]
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

    /// Records in one call at most
    #[arg(long, value_name = "COUNT", default_value_t = 500)]
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

/// Where a record's partition key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeySource {
    Fixed(String),
    Field(String),
    Random,
}

impl KeySource {
    /// One key for all, a field of each, or neither.
    pub(super) fn of(key: Option<String>, field: Option<String>) -> Self {
        match (key, field) {
            (Some(key), _) => Self::Fixed(key),
            (None, Some(field)) => Self::Field(field),
            (None, None) => Self::Random,
        }
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    records: u64,
    bytes: u64,
    calls: u64,
    retried: u64,
    seconds: f64,
    records_by_shard: BTreeMap<String, u64>,
}

/// Puts everything, then prints the summary.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.client(seams)?;
    let keys = KeySource::of(args.partition_key.clone(), args.partition_key_field.clone());
    let (total, mut batches) = start_reading(&args, keys, seams)?;
    let bar = progress::bytes("putting", total);
    let start = seams.clock.monotonic();
    let mut summary = Summary::default();
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        let bytes: usize = batch.iter().map(PutRecord::bytes).sum();
        put_all(&client, &args.stream, batch, &mut summary)
            .await
            .with_context(|| format!("stopped after {} records", summary.records))?;
        bar.inc(bytes as u64);
    }
    bar.finish_and_clear();
    summary.seconds = (seams.clock.monotonic() - start).as_secs_f64();
    print(&summary, &args)
}

type Batches = mpsc::Receiver<anyhow::Result<Vec<PutRecord>>>;

/// Reads on a thread of its own, since input may come slowly; gives the input's size if it has one.
fn start_reading(
    args: &Args,
    keys: KeySource,
    seams: &Seams,
) -> anyhow::Result<(Option<u64>, Batches)> {
    let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
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
    let count_max = args.batch;
    let work = move || {
        let mut lines = Lines::new(BufReader::with_capacity(256 * 1024, reader));
        let mut batcher = Batcher::new(count_max);
        loop {
            let next = next_record(&mut lines, &keys, &*entropy);
            let (batch, is_end) = match next {
                Ok(Some(record)) => (batcher.push(record).map(Ok), false),
                Ok(None) => (batcher.take().map(Ok), true),
                Err(error) => (Some(Err(error)), true),
            };
            let is_gone = batch.is_some_and(|batch| sender.blocking_send(batch).is_err());
            if is_end || is_gone {
                return;
            }
        }
    };
    seams.tasks.thread("input", work).context("cannot start a thread")?;
    Ok((total, receiver))
}

/// The next line as a record.
///
/// # Errors
/// If the input cannot be read, or a line has no key.
pub(super) fn next_record<R: io::BufRead>(
    lines: &mut Lines<R>,
    keys: &KeySource,
    entropy: &dyn Entropy,
) -> anyhow::Result<Option<PutRecord>> {
    let Some(line) = lines.next().context("cannot read the input")? else {
        return Ok(None);
    };
    let key = match keys {
        KeySource::Fixed(key) => key.clone(),
        KeySource::Field(field) => field_of(&line, field)?,
        KeySource::Random => {
            let mut random = [0; 8];
            entropy.fill(&mut random);
            format!("{:016x}", u64::from_be_bytes(random))
        }
    };
    Ok(Some(PutRecord { key, data: line.data }))
}

/// The text or number in a top-level field of a line.
pub(super) fn field_of(line: &Line, field: &str) -> Result<String, Refusal> {
    let number = line.number;
    let refuse = |what: &str| {
        Refusal::failed(format!("line {number}: {what}"))
            .hint("leave --partition-key-field out, or name a field that every line has")
    };
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&line.data)
        .map_err(|error| refuse("not a JSON object").because(error))?;
    match object.get(field) {
        Some(serde_json::Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(serde_json::Value::Number(value)) => Ok(value.to_string()),
        Some(_) => Err(refuse(&format!("field `{field}` is neither text nor a number"))),
        None => Err(refuse(&format!("no field `{field}`"))),
    }
}

/// Puts a batch, and what failed of it again until nothing did.
async fn put_all(
    client: &Client,
    stream: &str,
    mut batch: Vec<PutRecord>,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let mut backoff = Backoff::times(TRIES);
    while !batch.is_empty() {
        let body: Bytes = put_records_body(stream, &batch);
        let reply = client.call_patiently("PutRecords", body, Backoff::times(TRIES)).await?;
        let reply: PutRecordsReply<'_> = parse(&reply)?;
        anyhow::ensure!(reply.records.len() == batch.len(), "reply has another number of records");
        summary.calls += 1;
        let mut refused = Vec::new();
        let mut reason = String::new();
        for (record, entry) in batch.into_iter().zip(reply.records) {
            match (entry.shard_id, entry.error_code) {
                (Some(shard), None) => {
                    summary.records += 1;
                    summary.bytes += record.bytes() as u64;
                    *summary.records_by_shard.entry(shard.into_owned()).or_default() += 1;
                }
                (_, code) => {
                    reason = code.unwrap_or_default().into_owned();
                    refused.push(record);
                }
            }
        }
        batch = refused;
        summary.retried += batch.len() as u64;
        if !batch.is_empty() {
            let pause = backoff.next(client.entropy());
            let pause = pause.ok_or_else(|| {
                Refusal::failed(format!(
                    "{} records were refused again and again: {reason}",
                    batch.len()
                ))
                .hint("use more shards, or start the server with --no-limits")
            })?;
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
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
    writeln!(
        out,
        "{} {records} records ({mib}) to {} in {seconds:.2} s",
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

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;

    fn keys(text: &str, keys: &KeySource) -> anyhow::Result<Vec<String>> {
        let entropy = SeededEntropy::new(1);
        let mut lines = Lines::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(record) = next_record(&mut lines, keys, &entropy)? {
            found.push(record.key);
        }
        Ok(found)
    }

    #[test]
    fn keys_come_from_where_they_were_asked_for() {
        let text = "{\"net\":\"uw\",\"n\":1}\n{\"net\":\"ci\",\"n\":2.5}";
        let of = |source: KeySource| keys(text, &source).unwrap();
        assert_eq!(of(KeySource::Field("net".into())), ["uw", "ci"]);
        assert_eq!(of(KeySource::Field("n".into())), ["1", "2.5"]);
        assert_eq!(of(KeySource::Fixed("k".into())), ["k", "k"]);
        let random = of(KeySource::Random);
        assert_ne!(random[0], random[1]);
    }

    #[test]
    fn a_line_without_the_field_is_named() {
        let source = KeySource::Field("net".into());
        let message = |text: &str| keys(text, &source).unwrap_err().to_string();
        assert_eq!(message("\n{}"), "line 2: no field `net`");
        assert_eq!(message("{\"net\":null}"), "line 1: field `net` is neither text nor a number");
        assert_eq!(message("plain"), "line 1: not a JSON object");
    }
}
