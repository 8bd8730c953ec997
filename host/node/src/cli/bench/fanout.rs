//! `bench fanout`: from a put to its delivery to each of many subscribers.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::future::try_join_all;
use parking_lot::Mutex;
use serde::Serialize;
use stdx::Clock;
use tokio::sync::watch;

use super::child::{Server, temporary};
use super::report::whole;
use super::{Bench, fdatasync};
use crate::cli::latency::{Latencies, Summary};
use crate::cli::progress;
use crate::cli::style::Style;
use crate::client::{
    Client, Pushed, PutRecord, Start, Subscription, decode_data, parse, put_record_body,
};

const STREAM: &str = "fanout";
const SHARD: &str = "shardId-000000000000";
/// Enough that none of them has to put faster than the disk syncs.
const WRITERS: u64 = 16;

/// Options of the measurement.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// Consumers that subscribe to the one shard
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    subscribers: u32,

    /// PutRecord calls a second
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    rate: u64,
}

/// What was measured.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) subscribers: u32,
    pub(super) puts_per_second: f64,
    pub(super) put_latency: Summary,
    /// From before the put to when a subscriber had the record, over all subscribers.
    pub(super) delivery_latency: Summary,
    /// Half of it measured before, half after.
    pub(super) fdatasync_latency: Summary,
    pub(super) server_cpu_seconds: f64,
    pub(super) generator_cpu_seconds: f64,
    pub(super) server_resident_mib: f64,
    pub(super) problems: Vec<String>,
}

/// When each record was put, by the number that it carries.
type Started = Mutex<Vec<Duration>>;

/// Measures it.
pub(super) async fn run(bench: &Bench<'_>, args: &Args) -> anyhow::Result<Report> {
    let Bench { seams, proc, .. } = bench;
    let dir = temporary(bench.data)?;
    let sync = async || {
        let time = bench.time.div_f64(4.0);
        fdatasync::measure(dir.path(), bench.record_bytes, time, seams).await
    };
    let bar = progress::busy(format!("fan-out to {} subscribers", args.subscribers));
    let mut syncs = sync().await?;
    let data = temporary(bench.data)?;
    let server = Server::start(data.path(), seams, proc).await?;
    let client = server.client(seams);
    client.create_stream(STREAM, 1).await.context("cannot create the stream")?;
    let subscriptions = subscribe(&client, args.subscribers).await.context("cannot subscribe")?;

    let (server_cpu, own_cpu) = (server.cpu_seconds(), proc.cpu_seconds(None));
    let (started, done) = (Started::default(), watch::Sender::new(None));
    let clock = &*seams.clock;
    let begin = clock.monotonic();
    let puts = async {
        let writers = (0..WRITERS).map(|writer| put(&client, bench, args.rate, writer, &started));
        let mut latencies = Latencies::new();
        for times in try_join_all(writers).await? {
            latencies.add(&times);
        }
        done.send_replace(Some(started.lock().len()));
        anyhow::Ok((latencies, clock.monotonic() - begin))
    };
    let readers = subscriptions.into_iter().map(|it| read(it, &started, done.subscribe(), clock));
    let ((puts, took), read) = tokio::try_join!(puts, try_join_all(readers))?;
    let server_cpu_seconds = server.cpu_seconds() - server_cpu;
    let generator_cpu_seconds = proc.cpu_seconds(None) - own_cpu;
    let server_resident_mib = server.resident_mib();
    server.kill().await?;
    syncs.add(&sync().await?);
    bar.finish_and_clear();

    let (mut delivered, mut problems) = (Latencies::new(), Vec::new());
    for reader in read {
        delivered.add(&reader.latencies);
        problems.extend(reader.problem);
    }
    let put_latency = puts.summary();
    Ok(Report {
        subscribers: args.subscribers,
        puts_per_second: super::ingest::per_second(put_latency.count, took),
        put_latency,
        delivery_latency: delivered.summary(),
        fdatasync_latency: syncs.summary(),
        server_cpu_seconds,
        generator_cpu_seconds,
        server_resident_mib,
        problems,
    })
}

pub(super) fn lines(f: &mut fmt::Formatter<'_>, style: Style, report: &Report) -> fmt::Result {
    let (delivery, put, sync) =
        (report.delivery_latency, report.put_latency, report.fdatasync_latency);
    writeln!(f, "\n{}", style.heading("fanout: from a put to its delivery to each subscriber"))?;
    writeln!(
        f,
        "  {} subscribers, {} puts/s, {}",
        report.subscribers,
        whole(report.puts_per_second),
        if report.problems.is_empty() { "verified" } else { "WRONG" },
    )?;
    writeln!(
        f,
        "  delivery p50 {:.2} ms, p99 {:.2} ms; of it the put p50 {:.2} ms, p99 {:.2} ms; fdatasync p50 {:.2} ms, p99 {:.2} ms",
        delivery.p50_ms, delivery.p99_ms, put.p50_ms, put.p99_ms, sync.p50_ms, sync.p99_ms
    )?;
    writeln!(
        f,
        "  server {:.1} and generator {:.1} cpu s, {:.0} MiB held",
        report.server_cpu_seconds, report.generator_cpu_seconds, report.server_resident_mib
    )
}

async fn subscribe(client: &Client, count: u32) -> anyhow::Result<Vec<Subscription>> {
    let arn = client.stream(STREAM).await?.stream_arn;
    let mut subscriptions = Vec::new();
    for number in 0..count {
        let consumer = client.register_consumer(&arn, &format!("reader-{number}")).await?;
        let mut subscription = client.subscribe(&consumer, SHARD, &Start::Latest).await?;
        // With the first event it is known to stand at the end.
        subscription.next().await?.context("a subscription ended at once")?;
        subscriptions.push(subscription);
    }
    Ok(subscriptions)
}

/// Puts at this writer's part of the rate.
async fn put(
    client: &Client,
    bench: &Bench<'_>,
    rate: u64,
    writer: u64,
    started: &Started,
) -> anyhow::Result<Latencies> {
    let clock: &dyn Clock = &*bench.seams.clock;
    let begin = clock.monotonic();
    let mut latencies = Latencies::new();
    for turn in 0u64.. {
        let due = Duration::from_micros((turn * WRITERS + writer) * 1_000_000 / rate);
        if due >= bench.time {
            break;
        }
        tokio::time::sleep((begin + due).saturating_sub(clock.monotonic())).await;
        let start = clock.monotonic();
        let number = {
            let mut started = started.lock();
            started.push(start);
            started.len() as u64 - 1
        };
        let mut data = number.to_be_bytes().to_vec();
        data.resize(bench.record_bytes.max(8), 0x5a);
        let record = PutRecord::new("fanout", Bytes::from(data));
        client.call("PutRecord", put_record_body(STREAM, &record)).await?;
        latencies.record(clock.monotonic() - start);
    }
    Ok(latencies)
}

/// What one subscriber saw.
struct Seen {
    latencies: Latencies,
    problem: Option<String>,
}

/// Reads until each record that was put has come, once.
async fn read(
    mut subscription: Subscription,
    started: &Started,
    done: watch::Receiver<Option<usize>>,
    clock: &dyn Clock,
) -> anyhow::Result<Seen> {
    let mut latencies = Latencies::new();
    let mut seen: Vec<u8> = Vec::new();
    let mut count = 0;
    while done.borrow().is_none_or(|total| count < total) {
        let Some(event) = subscription.next().await? else { break };
        let now = clock.monotonic();
        let event: Pushed<'_> = parse(&event)?;
        for record in &event.records {
            let data = decode_data(&record.data)?;
            let number = data.first_chunk().context("a record is too short")?;
            let number = usize::try_from(u64::from_be_bytes(*number))?;
            let start = started.lock().get(number).copied();
            latencies.record(now.saturating_sub(start.context("a record came before it was put")?));
            seen.resize(seen.len().max(number + 1), 0);
            seen[number] = seen[number].saturating_add(1);
            count += 1;
        }
    }
    let total = started.lock().len();
    let once = seen.len() == total && seen.iter().all(|times| *times == 1);
    let problem = (!once).then(|| format!("a subscriber got {count} of {total} records"));
    Ok(Seen { latencies, problem })
}
