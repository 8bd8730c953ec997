//! The demonstration from the first call to the verdict.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;
use stdx::Clock;

use super::batches::Batches;
use super::check::{self, Placed, Read};
use super::filtered::{self, Expected};
use super::input::{self, Input};
use super::put::{self, Load, Put};
use super::quake::Alert;
use super::read::Reader;
use super::report::{FunctionReport, OutputReport, PutReport, Report, ShardReport};
use super::{delay, setup};
use crate::cli::progress;
use crate::cli::style::Style;
use crate::client::{Client, LogStart, PutRecord, Seams};

const CONNECTIONS: usize = 4;
/// Records in one call of the burst: few enough for some dozens of calls, so that percentiles mean something.
const BURST_BATCH: usize = 25;
/// Records that are put one by one after the burst, each when the one before is durable. They show what a
/// record takes on a server that is not busy.
const SINGLES: usize = 200;
/// Output records that are shown as they come.
const SAMPLES: usize = 5;
/// How long the function's log may take to tell of all records; it is written behind the function's back.
const LOG_WITHIN: Duration = Duration::from_secs(5);
/// How long one call waits for lines.
const LOG_WAIT: Duration = Duration::from_secs(1);

/// What the demonstration is played with.
pub(super) struct Stage<'a> {
    pub(super) client: &'a Client,
    pub(super) endpoint: String,
    pub(super) min_magnitude: f64,
    /// Tells nothing on the way.
    pub(super) is_quiet: bool,
    pub(super) seams: &'a Seams,
}

/// What was put and what came out.
struct Flow {
    burst: Put,
    singles: Put,
    output: BTreeMap<String, Vec<Read>>,
    /// From the first put of the burst to its last output.
    took: Duration,
    function: FunctionReport,
}

/// The function's log, as far as it was read.
struct Log {
    from: LogStart,
    batches: Batches,
}

impl Stage<'_> {
    /// Plays it.
    ///
    /// # Errors
    /// If a call fails; what is read and is not right is a problem in the report.
    pub(super) async fn play(&self, input: Input) -> anyhow::Result<Report> {
        let Input { records, quakes } = input;
        let expected = filtered::expected(quakes, self.min_magnitude);
        let uuid = self.set_up().await?;
        let split = records.len() - SINGLES.min(records.len() / 2);
        let bar = progress::records("put", records.len() as u64);
        let flow = self.flow(&records, split, &expected, &uuid, &bar).await;
        bar.finish_and_clear();
        let Flow { mut burst, mut singles, output, took, function } = flow?;
        let mut placed = std::mem::take(&mut burst.placed);
        placed.append(&mut singles.placed);
        let read = self.read_back(&placed).await?;

        let mut problems = check::problems(&records, &placed, &read);
        let (matches, wrong) = filtered::compare(&records, &expected, &output);
        problems.extend(wrong);
        let delays = |is_burst: bool| {
            let some = matches.iter().filter(|one| (one.index < split) == is_burst);
            delay::delays(some, &placed, &read).summary()
        };
        let (in_burst, alone) = records.split_at(split);
        Ok(Report {
            endpoint: self.endpoint.clone(),
            min_magnitude: self.min_magnitude,
            records: records.len(),
            bytes: records.iter().map(|record| record.bytes() as u64).sum(),
            shards: ShardReport::all(&read),
            burst: PutReport::new(in_burst, &burst, CONNECTIONS, delays(true)),
            singles: PutReport::new(alone, &singles, 1, delays(false)),
            output: OutputReport::new(&output, took),
            function,
            verified: problems.is_empty(),
            problems,
        })
    }

    /// Makes streams, function and mapping; gives the mapping's UUID.
    async fn set_up(&self) -> anyhow::Result<String> {
        let style = Style::stderr();
        let clock = &*self.seams.clock;
        let (source, output, function) = (setup::SOURCE, setup::OUTPUT, setup::FUNCTION);
        self.say(&format!("server on {}, durable store in a temporary directory", self.endpoint))?;
        setup::streams(self.client).await?;
        self.say(&format!(
            "streams {} ({} shards) and {} ({} shards)",
            style.heading(source),
            setup::SOURCE_SHARDS,
            style.heading(output),
            setup::OUTPUT_SHARDS
        ))?;
        let start = clock.monotonic();
        setup::function(self.client, self.min_magnitude).await?;
        let took = (clock.monotonic() - start).as_secs_f64();
        let size = progress::size(setup::COMPONENT.len() as u64);
        let minimum = self.min_magnitude;
        self.say(&format!(
            "function {} from {size} of WebAssembly, with MIN_MAGNITUDE={minimum}, compiled in {took:.2} s",
            style.heading(function)
        ))?;
        let mapping = setup::mapping(self.client).await?;
        let batch = setup::BATCH_RECORDS;
        self.say(&format!("mapping {source} -> {function} -> {output}, batches of up to {batch}"))?;
        Ok(mapping.uuid)
    }

    /// Puts the input, the part behind `split` one by one, reads the output meanwhile, and lets the mapping
    /// come to its end.
    async fn flow(
        &self,
        records: &[PutRecord],
        split: usize,
        expected: &[Expected],
        mapping: &str,
        bar: &ProgressBar,
    ) -> anyhow::Result<Flow> {
        let clock = &*self.seams.clock;
        let (in_burst, alone) = records.split_at(split);
        let shares = input::share_out(in_burst, CONNECTIONS);
        let count = expected.partition_point(|expected| expected.index < split);
        let mut shown = 0;
        let mut show = |read: &Read| {
            shown += 1;
            if shown <= SAMPLES && !self.is_quiet {
                bar.suspend(|| sample(read));
            }
        };
        let mut reader = Reader::open(self.client, setup::OUTPUT).await?;
        let start = clock.monotonic();
        let load =
            Load { stream: setup::SOURCE, records: in_burst, shares: &shares, batch: BURST_BATCH };
        let burst = self.put_and_follow(load, &mut reader, count, &mut show, bar).await?;
        let took = clock.monotonic() - start;
        let mut log = Log { from: LogStart::Oldest, batches: Batches::default() };
        self.catch_up(&mut log, split).await?;
        let burst_batches = log.batches.summary();
        let shares = [(0..alone.len()).collect()];
        let load = Load { records: alone, shares: &shares, batch: 1, ..load };
        let singles =
            self.put_and_follow(load, &mut reader, expected.len(), &mut show, bar).await?;
        let more = progress::grouped(shown.saturating_sub(SAMPLES) as u64);
        self.say(&format!("  ... and {more} more"))?;

        self.catch_up(&mut log, records.len()).await?;
        // Only when the mapping is gone is it certain that nothing comes any more.
        self.client.delete_mapping(mapping).await?;
        self.client.gone_mapping(mapping).await?;
        while reader.advance(&mut |_| {}).await? > 0 {}
        let function = FunctionReport {
            calls: log.batches.calls(),
            records: log.batches.records(),
            cpu_ms: log.batches.cpu_ms(),
            burst: burst_batches,
        };
        Ok(Flow { burst, singles, output: reader.finish(), took, function })
    }

    /// Puts, and reads the output until it has `count` records.
    async fn put_and_follow(
        &self,
        load: Load<'_>,
        reader: &mut Reader<'_>,
        count: usize,
        show: &mut impl FnMut(&Read),
        bar: &ProgressBar,
    ) -> anyhow::Result<Put> {
        let clock: &dyn Clock = &*self.seams.clock;
        let putting = async {
            let put = put::put(self.client, load, clock, bar).await;
            put.context("cannot put")
        };
        let following = async {
            let followed = reader.follow(count, clock, show).await;
            followed.context("cannot read the output")
        };
        let (put, ()) = tokio::try_join!(putting, following)?;
        Ok(put)
    }

    /// Reads on in the function's log until it tells of `records` records.
    async fn catch_up(&self, log: &mut Log, records: usize) -> anyhow::Result<()> {
        let clock = &*self.seams.clock;
        let start = clock.monotonic();
        while log.batches.records() < records as u64 && clock.monotonic() - start < LOG_WITHIN {
            let page = self.client.function_logs(setup::FUNCTION, &log.from, LOG_WAIT).await?;
            page.lines.iter().for_each(|line| log.batches.add(&line.message));
            log.from = LogStart::Token(page.next_token);
        }
        Ok(())
    }

    async fn read_back(&self, placed: &[Placed]) -> anyhow::Result<BTreeMap<String, Vec<Read>>> {
        let mut expected: BTreeMap<String, usize> = BTreeMap::new();
        for placed in placed {
            *expected.entry(placed.shard.clone()).or_default() += 1;
        }
        let bar = progress::records("read", placed.len() as u64);
        let reader = Reader::open(self.client, setup::SOURCE).await?;
        let read = reader.drain(&expected, &bar).await.context("cannot read");
        bar.finish_and_clear();
        read
    }

    fn say(&self, text: &str) -> io::Result<()> {
        if self.is_quiet { Ok(()) } else { writeln!(io::stderr(), "{text}") }
    }
}

/// Shows an output record; that stderr is gone is no reason to stop.
fn sample(read: &Read) {
    let text = match Alert::parse(&read.data) {
        Ok(alert) => alert.summary,
        Err(_) => String::from_utf8_lossy(&read.data).into_owned(),
    };
    let _ = writeln!(io::stderr(), "  {text}");
}
