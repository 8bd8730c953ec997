//! One function, from its bytes to many calls.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wasm::message::{Call, Ended, Usage};
use wasm::{Event, Limits};

use super::super::Component;
use super::super::trial::told_of;
use super::curve::Curve;
use super::given::Given;
use super::report::{Row, millis, per_second};
use crate::cli::latency::Latencies;
use crate::client::Seams;
use crate::refusal::{Code, Refusal};
use crate::wiring::LoneSandbox;

/// Instances that are made one after the other to see what one costs.
const INSTANCES: u64 = 20;

/// How long warm calls go on.
#[derive(Clone, Copy)]
pub(super) enum Bounds {
    Time(Duration),
    Calls(u64),
}

/// How functions are measured.
pub(super) struct Measured<'a> {
    pub(super) seams: &'a Seams,
    pub(super) given: &'a Given,
    pub(super) limits: Limits,
    pub(super) environment: Arc<[(String, String)]>,
    pub(super) bounds: Bounds,
}

/// What a call took, and gave.
struct Took {
    usage: Usage,
    records: u64,
}

impl Measured<'_> {
    /// Measures a component.
    ///
    /// # Errors
    /// If it cannot be compiled, or a call fails.
    pub(super) async fn measure(&self, path: &Path, component: Component) -> anyhow::Result<Row> {
        let clock = &self.seams.clock;
        let mut row = Row { component: path.display().to_string(), ..Row::default() };
        row.bytes = component.facts.bytes;
        row.world = component.facts.world;
        let before = clock.monotonic();
        let sandbox = LoneSandbox::start(component.bytes, None, self.seams).await?;
        row.compile_ms = millis(clock.monotonic() - before);
        let sandbox = sandbox.restart(self.seams).await?;
        let before = clock.monotonic();
        sandbox.load().await?;
        row.load_ms = millis(clock.monotonic() - before);
        self.call(&sandbox, 0, 0).await?;
        row.first_call_ms = millis(clock.monotonic() - before);
        self.instances(&sandbox, &mut row).await?;
        self.warm(&sandbox, &mut row).await?;
        sandbox.stop().await;
        Ok(row)
    }

    /// Instances, each of a function of its own.
    async fn instances(&self, sandbox: &LoneSandbox, row: &mut Row) -> anyhow::Result<()> {
        let mut times = Vec::new();
        for function in 1..=INSTANCES {
            times.push(self.call(sandbox, function, 0).await?.usage.instantiation);
        }
        times.sort_unstable();
        row.instantiate_ms = millis(times.get(times.len() / 2).copied().unwrap_or_default());
        Ok(())
    }

    async fn warm(&self, sandbox: &LoneSandbox, row: &mut Row) -> anyhow::Result<()> {
        let clock = &self.seams.clock;
        let (mut latencies, mut curve) = (Latencies::new(), Curve::new());
        let (mut records, mut cpu) = (0, Duration::ZERO);
        let start = clock.monotonic();
        let mut calls = 0;
        loop {
            let passed = clock.monotonic() - start;
            let is_over = match self.bounds {
                Bounds::Time(time) => passed >= time && calls > 0,
                Bounds::Calls(count) => calls == count,
            };
            if is_over {
                row.records_per_s = per_second(records, passed);
                break;
            }
            // One more than was called before: the same function, whose instance is warm.
            let took = self.call(sandbox, 0, calls + 1).await?;
            calls += 1;
            records += took.records;
            cpu += took.usage.cpu;
            row.instances += u64::from(took.usage.is_cold);
            latencies.record(took.usage.wall);
            curve.push(took.usage.memory_bytes as u64);
            row.memory_bytes = took.usage.memory_bytes as u64;
        }
        row.calls = calls;
        row.warm = latencies.summary();
        row.cpu_ms = millis(cpu) / per_call(calls);
        (row.memory_step_calls, row.memory_curve_bytes) = curve.into_points();
        row.peak_memory_bytes = row.memory_curve_bytes.iter().max().copied().unwrap_or_default();
        Ok(())
    }

    /// Makes the call whose number this is, of one of the functions that have this component.
    async fn call(
        &self,
        sandbox: &LoneSandbox,
        function: u64,
        number: u64,
    ) -> anyhow::Result<Took> {
        let at = |count: usize| usize::try_from(number).unwrap_or_default() % count;
        match self.given {
            Given::Batches(batches) => {
                let batch = &batches[at(batches.len())];
                let call = self.called(sandbox, function, Arc::clone(batch));
                took(sandbox.call(call).await, number, batch.records.len())
            }
            Given::Events(events) => {
                let event: Arc<Event> = Arc::clone(&events[at(events.len())]);
                took(sandbox.handle(self.called(sandbox, function, event)).await, number, 1)
            }
        }
    }

    fn called<I>(&self, sandbox: &LoneSandbox, function: u64, input: Arc<I>) -> Call<I> {
        Call {
            component: sandbox.component(),
            tenant: 0,
            function,
            limits: self.limits,
            environment: Arc::clone(&self.environment),
            input,
        }
    }
}

fn took<O>(ended: Ended<O>, number: u64, records: usize) -> anyhow::Result<Took> {
    match ended.result {
        Ok(_) => Ok(Took { usage: ended.usage, records: records as u64 }),
        Err(fault) => {
            let last = ended.log.last().map(|line| format!(" (its last line: {})", line.text));
            let message = format!("call {number} failed{}", last.unwrap_or_default());
            Err(Refusal::new(Code::Failed, message).because(told_of(fault)).into())
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "calls of one run")]
fn per_call(calls: u64) -> f64 {
    calls.max(1) as f64
}
