//! Running a function once, and what is written down of it.

use std::sync::Arc;
use std::time::Duration;

use domain::{Millis, limits};
use wasm::message::{Batch, Disposition, Ended, Fault, Limits, Outcome, Usage};
use wasm::{Call, ComponentId};

use crate::event::Failed;
use crate::function::Function;
use crate::logs::{Level, Line};
use crate::{Functions, Result};

/// Who wants a function to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A caller of Invoke: every call is written down.
    Invoke,
    /// A mapping: a call is written down if it failed, or if the function wrote something itself. Lines that
    /// say that all is well would cost more than the call.
    Mapping,
}

/// Dropped records of one call that the log tells one by one.
const DROPPED_TOLD: usize = 100;

/// What a call led to.
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    /// The lines of the call, which are on their way to the log.
    pub(crate) lines: Vec<Line>,
}

impl Functions {
    /// Runs `function` on `batch`.
    ///
    /// # Errors
    /// `Busy` if the function, or its account, runs as many calls as it may.
    pub(crate) async fn run(
        &self,
        function: &Function,
        batch: &Arc<Batch>,
        request_id: &str,
        source: Source,
    ) -> Result<Ran> {
        let facts = &function.facts;
        let numbers = &self.around.metrics.functions;
        let measured = self.measures.of(facts);
        let _slot = self.enter(facts).inspect_err(|_| {
            numbers.throttles.inc();
            measured.throttled();
        })?;
        let age_ms = self.age_ms(batch, source);
        let call = call(function, Arc::clone(batch));
        let _running = Running::new(self, call.limits.memory_bytes);
        let measuring = measured.begin();
        let ended = self.around.sandbox.call(call).await;
        self.count(&ended, source);
        if !matches!(ended.result, Err(Fault::NotRun(_))) {
            measuring.ran(ended.usage.wall, ended.result.is_err(), age_ms);
        }
        let lines = self.lines(function, batch, &ended, request_id, source);
        self.logs.write(facts, &lines);
        Ok(Ran { ended, lines })
    }

    /// How old the last record is when a mapping has a batch run.
    fn age_ms(&self, batch: &Batch, source: Source) -> Option<u64> {
        let last = batch.records.last().filter(|_| source == Source::Mapping)?;
        Some(self.around.clock.now().since(Millis(last.arrival_ms)))
    }

    fn count(&self, ended: &Ended, source: Source) {
        let numbers = &self.around.metrics.functions;
        match &ended.result {
            Err(Fault::NotRun(_)) => {
                numbers.not_run.inc();
                return;
            }
            Err(_) => {
                numbers.errors.inc();
            }
            Ok(reply) => {
                numbers.emitted.inc_by(reply.emits.len() as u64);
            }
        }
        match source {
            Source::Invoke => numbers.invoked.inc(),
            Source::Mapping => numbers.mapped.inc(),
        };
        numbers.seconds.observe(ended.usage.wall);
        numbers.cpu_seconds.inc_by(ended.usage.cpu.as_secs_f64());
    }

    /// What the log is to hold of a call.
    fn lines(
        &self,
        function: &Function,
        batch: &Batch,
        ended: &Ended,
        request_id: &str,
        source: Source,
    ) -> Vec<Line> {
        let at = self.around.clock.now();
        let line = |level: Level, text: String| {
            let request_id = request_id.to_owned();
            Line { at, request_id, level, text }
        };
        let mut said: Vec<Line> = Vec::new();
        said.extend(ended.log.iter().map(|it| line(it.level.into(), it.text.clone())));
        match &ended.result {
            Ok(reply) => {
                let dropped = dropped(batch, &reply.outcomes);
                said.extend(dropped.into_iter().map(|text| line(Level::Info, text)));
            }
            // It neither began nor ended.
            Err(Fault::NotRun(why)) => {
                let text = format!("RequestId: {request_id} was not run: {why}");
                return vec![line(Level::Platform, text)];
            }
            Err(fault) => said.push(line(Level::Error, complaint(fault))),
        }
        if said.is_empty() && source == Source::Mapping {
            return said;
        }
        let mut lines = Vec::with_capacity(said.len() + 3);
        let start = format!("START RequestId: {request_id} Version: $LATEST");
        lines.push(line(Level::Platform, start));
        lines.append(&mut said);
        lines.push(line(Level::Platform, format!("END RequestId: {request_id}")));
        lines.push(line(Level::Platform, report(function, &ended.usage, request_id)));
        lines
    }
}

fn call(function: &Function, batch: Arc<Batch>) -> Call {
    let facts = &function.facts;
    Call {
        component: ComponentId(facts.code.component.0),
        tenant: facts.account.number(),
        function: facts.edition,
        limits: Limits {
            memory_bytes: facts.config.memory_bytes(),
            time: facts.config.timeout(),
            output_bytes: limits::INVOKE_BYTES_MAX,
            log_bytes: limits::CALL_LOG_BYTES_MAX,
        },
        environment: Arc::clone(&facts.config.environment),
        batch,
    }
}

/// A call that runs, as it is counted.
struct Running<'f> {
    functions: &'f Functions,
    memory: i64,
}

impl<'f> Running<'f> {
    fn new(functions: &'f Functions, memory_bytes: usize) -> Self {
        let memory = i64::try_from(memory_bytes).unwrap_or(i64::MAX);
        let numbers = &functions.around.metrics.functions;
        numbers.running.inc();
        numbers.memory_bytes.inc_by(memory);
        Self { functions, memory }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let numbers = &self.functions.around.metrics.functions;
        numbers.running.dec();
        numbers.memory_bytes.dec_by(self.memory);
    }
}

/// Records that were left out on purpose.
fn dropped(batch: &Batch, outcomes: &[Outcome]) -> Vec<String> {
    let dropped = outcomes.iter().filter_map(|outcome| match &outcome.disposition {
        Disposition::Dropped(why) => Some((outcome.index, why)),
        Disposition::Failed(_) | Disposition::RetryAfter(_) | Disposition::Extra(..) => None,
    });
    let count = dropped.clone().count();
    let mut told: Vec<String> = dropped
        .take(DROPPED_TOLD)
        .map(|(index, why)| {
            let record = usize::try_from(index).ok().and_then(|index| batch.records.get(index));
            let sequence = record.map_or("", |record| &record.sequence);
            format!("dropped record {sequence}: {why}")
        })
        .collect();
    if count > DROPPED_TOLD {
        told.push(format!("dropped {} more records", count - DROPPED_TOLD));
    }
    told
}

/// What a fault is told as, with the functions that the guest was in.
fn complaint(fault: &Fault) -> String {
    let Some(Failed { error_message, error_type, stack_trace, .. }) = Failed::of(fault) else {
        return fault.to_string();
    };
    let mut text = format!("{error_type}: {error_message}");
    for frame in stack_trace {
        text.push_str("\n    at ");
        text.push_str(&frame);
    }
    text
}

/// What a call used, as on AWS.
fn report(function: &Function, usage: &Usage, request_id: &str) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let (wall, cpu) = (ms(usage.wall), ms(usage.cpu));
    let billed = wall.ceil();
    let memory = function.facts.config.memory_mib;
    let used = usage.memory_bytes.div_ceil(1024 * 1024);
    let cold = if usage.is_cold { "\tCold start" } else { "" };
    format!(
        "REPORT RequestId: {request_id}\tDuration: {wall:.2} ms\tBilled Duration: {billed:.0} ms\tMemory Size: {memory} MB\tMax Memory Used: {used} MB\tCPU Time: {cpu:.2} ms{cold}"
    )
}
