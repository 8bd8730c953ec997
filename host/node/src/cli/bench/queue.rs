//! `bench queue`: records put, received from a queue and acknowledged, against the same put and read by GetRecords.
//!
//! Each worker does one thing after the other: it puts a batch, takes what there is, and acknowledges that. So load and
//! work are in balance, and times are those of calls and not of a backlog.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::future::try_join_all;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stdx::Clock;

use super::child::{Server, temporary};
use super::report::whole;
use super::{Bench, fdatasync};
use crate::cli::latency::{Latencies, Summary};
use crate::cli::progress;
use crate::cli::style::Style;
use crate::client::{
    Client, GetRecordsReply, PutRecord, Start, decode_data, parse, put_records_body,
};

const STREAM: &str = "queued";
/// What one receive brings at most, and so what a worker puts at once.
const BATCH: usize = 10;
/// How long what was put may take to come once nothing more is put.
const DRAINED_WITHIN: Duration = Duration::from_secs(60);

/// Options of the measurement.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Workers, each with one call at a time
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1000))]
    clients: u32,
}

/// What was measured.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) clients: u32,
    /// Put, received and acknowledged.
    pub(super) records_per_second: f64,
    /// Put and read by GetRecords.
    pub(super) plain_records_per_second: f64,
    /// Of the two above.
    pub(super) ratio: f64,
    /// From before the put of a record to when it was received.
    pub(super) received_latency: Summary,
    /// And to when it was known to be acknowledged.
    pub(super) acknowledged_latency: Summary,
    /// From before the put of a record to when it was read by GetRecords.
    pub(super) plain_latency: Summary,
    pub(super) fdatasync_latency: Summary,
    /// Records that came more than once, which a queue may do.
    pub(super) repeated: u64,
    pub(super) server_cpu_seconds: f64,
    pub(super) problems: Vec<String>,
}

/// One way of the records, and what became of each by the number that it carries.
struct Run<'b> {
    client: Client,
    clock: &'b dyn Clock,
    end: Duration,
    record_bytes: usize,
    book: Mutex<Book>,
    /// Where each shard is read on; only without a queue.
    shards: Vec<tokio::sync::Mutex<Option<String>>>,
    queue: Option<String>,
}

#[derive(Default)]
struct Book {
    started: Vec<Duration>,
    /// How often each came.
    came: Vec<u8>,
    is_done: Vec<bool>,
    done: usize,
    refused: u64,
    received: Option<Latencies>,
    finished: Option<Latencies>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Received {
    queue_records: Vec<QueueRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueRecord {
    receipt_handle: String,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Acknowledged {
    #[serde(default)]
    failed: Vec<serde_json::Value>,
}

/// Measures it.
pub(super) async fn run(bench: &Bench<'_>, args: &Args) -> anyhow::Result<Report> {
    let dir = temporary(bench.data)?;
    let bar = progress::busy(format!("a queue with {} workers", args.clients));
    let syncs =
        fdatasync::measure(dir.path(), bench.record_bytes, bench.time.div_f64(4.0), bench.seams);
    let syncs = syncs.await?;
    let plain = measure(bench, args, false).await.context("without a queue")?;
    let queued = measure(bench, args, true).await.context("with a queue")?;
    bar.finish_and_clear();
    let summary = |times: Option<&Latencies>| times.map(Latencies::summary).unwrap_or_default();
    let mut problems = plain.problems("plain reads");
    problems.extend(queued.problems("the queue"));
    Ok(Report {
        clients: args.clients,
        records_per_second: queued.rate,
        plain_records_per_second: plain.rate,
        ratio: queued.rate / plain.rate,
        received_latency: summary(queued.book.received.as_ref()),
        acknowledged_latency: summary(queued.book.finished.as_ref()),
        plain_latency: summary(plain.book.received.as_ref()),
        fdatasync_latency: syncs.summary(),
        repeated: queued.book.came.iter().map(|times| u64::from(times.saturating_sub(1))).sum(),
        server_cpu_seconds: queued.server_cpu_seconds,
        problems,
    })
}

pub(super) fn lines(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let (received, done) = (report.received_latency, report.acknowledged_latency);
    let (plain, sync) = (report.plain_latency, report.fdatasync_latency);
    writeln!(f, "\n{}", style.heading("queue: put, received and acknowledged"))?;
    writeln!(
        f,
        "  {} workers, {} records/s, {:.2} of {} records/s that are put and read by GetRecords, {} repeated, {}",
        report.clients,
        whole(report.records_per_second),
        report.ratio,
        whole(report.plain_records_per_second),
        report.repeated,
        if report.problems.is_empty() { "verified" } else { "WRONG" },
    )?;
    writeln!(
        f,
        "  from the put to received p50 {:.2} ms, p99 {:.2} ms; to acknowledged p50 {:.2} ms, p99 {:.2} ms; to read by GetRecords p50 {:.2} ms, p99 {:.2} ms",
        received.p50_ms, received.p99_ms, done.p50_ms, done.p99_ms, plain.p50_ms, plain.p99_ms
    )?;
    writeln!(
        f,
        "  fdatasync p50 {:.2} ms, p99 {:.2} ms; server {:.1} cpu s",
        sync.p50_ms, sync.p99_ms, report.server_cpu_seconds
    )
}

/// What came of one way.
struct Measured {
    book: Book,
    rate: f64,
    server_cpu_seconds: f64,
}

impl Measured {
    fn problems(&self, what: &str) -> Vec<String> {
        let Book { started, came, is_done, refused, .. } = &self.book;
        let mut problems = Vec::new();
        let missing = started.len() - came.iter().filter(|times| **times > 0).count();
        if missing > 0 {
            problems.push(format!(
                "{missing} of {} records did not come through {what}",
                started.len()
            ));
        }
        let open = started.len() - is_done.iter().filter(|is_done| **is_done).count();
        if open > missing {
            problems.push(format!("{} records of {what} were not acknowledged", open - missing));
        }
        if *refused > 0 {
            problems.push(format!("{refused} acknowledgements of {what} were refused"));
        }
        problems
    }
}

async fn measure(bench: &Bench<'_>, args: &Args, is_queue: bool) -> anyhow::Result<Measured> {
    let Bench { seams, proc, .. } = bench;
    let data = temporary(bench.data)?;
    let server = Server::start(data.path(), seams, proc).await?;
    let client = server.client(seams);
    let mode = json!({ "StreamName": STREAM, "StreamModeDetails": { "StreamMode": "ON_DEMAND" } });
    client.change_streams("CreateStream", &mode).await.context("cannot create the stream")?;
    let arn = client.settled_stream(STREAM).await?.stream_arn;
    let mut shards = Vec::new();
    let queue = if is_queue {
        Some(make_queue(&client, &arn).await.context("cannot create the queue")?)
    } else {
        for shard in client.list_shards(STREAM).await? {
            let start = client.shard_iterator(STREAM, &shard.shard_id, &Start::TrimHorizon);
            shards.push(tokio::sync::Mutex::new(Some(start.await?)));
        }
        None
    };
    let clock = &*seams.clock;
    let (begin, cpu) = (clock.monotonic(), server.cpu_seconds());
    let book = Book {
        received: Some(Latencies::new()),
        finished: Some(Latencies::new()),
        ..Book::default()
    };
    let run = Run {
        client,
        clock,
        end: begin + bench.time,
        record_bytes: bench.record_bytes,
        book: Mutex::new(book),
        shards,
        queue,
    };
    try_join_all((0..args.clients as usize).map(|worker| run.work(worker))).await?;
    let took = clock.monotonic() - begin;
    let server_cpu_seconds = server.cpu_seconds() - cpu;
    server.kill().await?;
    let book = run.book.into_inner();
    let rate = super::ingest::per_second(book.done as u64, took);
    Ok(Measured { book, rate, server_cpu_seconds })
}

async fn make_queue(client: &Client, stream: &str) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Reply {
        queue_description: Description,
    }
    #[derive(Deserialize)]
    struct Description {
        #[serde(rename = "QueueARN")]
        arn: String,
    }
    let asked = json!({
        "QueueName": "bench",
        "StreamConfigurationList": [{ "StreamARN": stream, "StartingPosition": { "Type": "TRIM_HORIZON" } }],
    });
    let reply = client.call("CreateQueue", asked.to_string().into()).await?;
    let reply: Reply = parse(&reply)?;
    Ok(reply.queue_description.arn)
}

impl Run<'_> {
    /// Puts and takes in turns until the time is over, and then takes until all is done.
    async fn work(&self, worker: usize) -> anyhow::Result<()> {
        // Without a queue a worker goes from shard to shard.
        for turn in worker.. {
            let now = self.clock.monotonic();
            if now < self.end {
                self.put().await?;
            } else if self.is_over() || now > self.end + DRAINED_WITHIN {
                break;
            }
            match &self.queue {
                Some(queue) => self.receive(queue).await?,
                None => self.get(turn % self.shards.len()).await?,
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        let book = self.book.lock();
        book.done == book.started.len()
    }

    async fn put(&self) -> anyhow::Result<()> {
        let first = {
            let mut book = self.book.lock();
            let (first, now) = (book.started.len(), self.clock.monotonic());
            book.started.resize(first + BATCH, now);
            book.came.resize(first + BATCH, 0);
            book.is_done.resize(first + BATCH, false);
            first
        };
        let record = |number: usize| {
            let mut data = (number as u64).to_be_bytes().to_vec();
            data.resize(self.record_bytes.max(8), 0x5a);
            PutRecord::new(number.to_string(), Bytes::from(data))
        };
        let records: Vec<PutRecord> = (first..first + BATCH).map(record).collect();
        self.client.call("PutRecords", put_records_body(STREAM, &records)).await?;
        Ok(())
    }

    async fn receive(&self, queue: &str) -> anyhow::Result<()> {
        let asked = json!({ "QueueARN": queue, "Limit": BATCH, "WaitTimeSeconds": 1 });
        let reply = self.client.call("ReceiveQueueRecords", asked.to_string().into()).await?;
        let received: Received = parse(&reply)?;
        if received.queue_records.is_empty() {
            return Ok(());
        }
        let numbers = self.came(received.queue_records.iter().map(|record| &*record.data))?;
        let entry = |record: &QueueRecord| json!({ "ReceiptHandle": record.receipt_handle });
        let entries: Vec<_> = received.queue_records.iter().map(entry).collect();
        let asked = json!({ "QueueARN": queue, "Entries": entries });
        let reply = self.client.call("AcknowledgeQueueRecords", asked.to_string().into()).await?;
        let acknowledged: Acknowledged = parse(&reply)?;
        match acknowledged.failed.len() {
            0 => self.finish(&numbers),
            failed => self.book.lock().refused += failed as u64,
        }
        Ok(())
    }

    /// Reads a shard on; workers take turns, so that each record is read once.
    async fn get(&self, shard: usize) -> anyhow::Result<()> {
        let mut iterator = self.shards[shard].lock().await;
        let Some(at) = iterator.as_deref() else { return Ok(()) };
        let reply = self.client.get_records(at, 10_000).await?;
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        let numbers = self.came(reply.records.iter().map(|record| &*record.data))?;
        self.finish(&numbers);
        *iterator = reply.next_shard_iterator;
        Ok(())
    }

    /// Notes what came.
    fn came<'d>(&self, data: impl Iterator<Item = &'d str>) -> anyhow::Result<Vec<usize>> {
        let now = self.clock.monotonic();
        let mut numbers = Vec::new();
        for data in data {
            let data = decode_data(data)?;
            let number = data.first_chunk().context("a record is too short")?;
            numbers.push(usize::try_from(u64::from_be_bytes(*number))?);
        }
        let mut book = self.book.lock();
        let Book { started, came, received, .. } = &mut *book;
        for number in &numbers {
            let start = started.get(*number).context("a record came that nobody put")?;
            if let Some(received) = received {
                received.record(now.saturating_sub(*start));
            }
            came[*number] = came[*number].saturating_add(1);
        }
        Ok(numbers)
    }

    /// Notes what is done with.
    fn finish(&self, numbers: &[usize]) {
        let now = self.clock.monotonic();
        let mut book = self.book.lock();
        let Book { started, is_done, done, finished, .. } = &mut *book;
        for number in numbers {
            if let Some(finished) = finished {
                finished.record(now.saturating_sub(started[*number]));
            }
            *done += usize::from(!std::mem::replace(&mut is_done[*number], true));
        }
    }
}
