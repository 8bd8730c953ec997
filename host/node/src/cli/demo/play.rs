//! The demonstration from the first call to the verdict.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context as _;
use stdx::Clock;

use super::batches::Batches;
use super::check::{self, Read};
use super::filtered::{self, Expected};
use super::input::{self, Input};
use super::put::{self, Put};
use super::quake::Alert;
use super::read::Reader;
use super::report::{InputReport, OutputReport, Report};
use super::{delay, setup};
use crate::cli::progress;
use crate::cli::style::Style;
use crate::client::{Client, LogStart, PutRecord, Seams};

const CONNECTIONS: usize = 4;
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
    put: Put,
    output: BTreeMap<String, Vec<Read>>,
    /// From the first put to the last output.
    took: Duration,
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
        let shares = input::share_out(&records, CONNECTIONS);
        let bar = progress::records("put", records.len() as u64);
        let flow = self.flow(&records, &shares, &expected, &uuid, &bar).await;
        bar.finish_and_clear();
        let Flow { put, output, took, batches } = flow?;
        let read = self.read_back(&put).await?;

        let mut problems = check::problems(&records, &put.placed, &read);
        let (matches, wrong) = filtered::compare(&records, &expected, &output);
        problems.extend(wrong);
        let delays = delay::delays(&matches, &put.placed, &read).summary();
        let bytes = records.iter().map(|record| record.bytes() as u64).sum();
        Ok(Report {
            endpoint: self.endpoint.clone(),
            min_magnitude: self.min_magnitude,
            connections: CONNECTIONS,
            records: records.len(),
            bytes,
            seconds: took.as_secs_f64(),
            input: InputReport::new(setup::SOURCE, bytes, &put, &read),
            output: OutputReport::new(setup::OUTPUT, &output, delays),
            function: batches.summary(),
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

    /// Puts the input, reads the output meanwhile, and lets the mapping come to its end.
    async fn flow(
        &self,
        records: &[PutRecord],
        shares: &[Vec<usize>],
        expected: &[Expected],
        mapping: &str,
        bar: &indicatif::ProgressBar,
    ) -> anyhow::Result<Flow> {
        let clock: &dyn Clock = &*self.seams.clock;
        let shown = Cell::new(0);
        let mut show = |read: &Read| {
            if shown.get() < SAMPLES && !self.is_quiet {
                shown.set(shown.get() + 1);
                bar.suspend(|| sample(read));
            }
        };
        let mut reader = Reader::open(self.client, setup::OUTPUT).await?;
        let start = clock.monotonic();
        let putting = async {
            let put = put::put(self.client, setup::SOURCE, records, shares, clock, bar).await;
            put.context("cannot put")
        };
        let following = async {
            let followed = reader.follow(expected.len(), clock, &mut show).await;
            followed.context("cannot read the output")?;
            Ok(clock.monotonic() - start)
        };
        let (put, took) = tokio::try_join!(putting, following)?;
        let count = reader.count();
        let more = count.saturating_sub(shown.get());
        self.say(&format!("  ... and {} more", progress::grouped(more as u64)))?;
        let batches = self.batches(records.len() as u64).await?;
        // Only when the mapping is gone is it certain that nothing comes any more.
        self.client.delete_mapping(mapping).await?;
        self.client.gone_mapping(mapping).await?;
        while reader.advance(&mut |_| {}).await? > 0 {}
        Ok(Flow { put, output: reader.finish(), took, batches })
    }

    /// What the function's log says, once it tells of `records` records.
    async fn batches(&self, records: u64) -> anyhow::Result<Batches> {
        let clock = &*self.seams.clock;
        let start = clock.monotonic();
        let mut batches = Batches::default();
        let mut from = LogStart::Oldest;
        while batches.records() < records && clock.monotonic() - start < LOG_WITHIN {
            let page = self.client.function_logs(setup::FUNCTION, &from, LOG_WAIT).await?;
            page.lines.iter().for_each(|line| batches.add(&line.message));
            from = LogStart::Token(page.next_token);
        }
        Ok(batches)
    }

    async fn read_back(&self, put: &Put) -> anyhow::Result<BTreeMap<String, Vec<Read>>> {
        let mut expected: BTreeMap<String, usize> = BTreeMap::new();
        for placed in &put.placed {
            *expected.entry(placed.shard.clone()).or_default() += 1;
        }
        let bar = progress::records("read", put.placed.len() as u64);
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
