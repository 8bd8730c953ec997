//! Running a function once, and what is written down of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{Millis, limits};
use wasm::message::{
    Batch, Context, Disposition, Ended, Event, Fault, Keyed, KeyedWork, Limits, Outcome, Reply,
    Usage,
};
use wasm::{Call, ComponentId};

use crate::concurrency::Slot;
use crate::error::Invalid;
use crate::failed::Failed;
use crate::function::Function;
use crate::logs::{Level, Line};
use crate::totals::Moved;
use crate::{Error, Functions, Result, payload, source};

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

/// A call as its caller knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) source: Source,
}

/// What a call led to.
pub(crate) struct Ran<O = Reply> {
    pub(crate) ended: Ended<O>,
    /// The lines of the call, which are on their way to the log.
    pub(crate) lines: Vec<Line>,
}

impl Functions {
    /// Runs `function`, a transform, on `batch`.
    ///
    /// # Errors
    /// `Busy` if the function, or its account, runs as many calls as it may.
    pub(crate) async fn run(
        &self,
        function: &Function,
        batch: &Arc<Batch>,
        asked: Asked<'_>,
    ) -> Result<Ran> {
        let call = self.around.sandbox.call(call(function, Arc::clone(batch)));
        let age_ms = self.age_ms(batch, asked.source);
        let went_in = Moved::of(batch.records.iter().map(|record| record.data.len()));
        let came_out = |reply: &Reply| Moved::of(reply.emits.iter().map(|emit| emit.data.len()));
        let slot = self.slot(function)?;
        let ended = self.attend(function, slot, asked, age_ms, (went_in, came_out), call).await;
        let mut notes = Vec::new();
        if let Ok(reply) = &ended.result {
            self.around.metrics.functions.emitted.inc_by(reply.emits.len() as u64);
            notes = dropped(batch, &reply.outcomes);
        }
        Ok(self.ran(function, ended, notes, asked))
    }

    /// Runs `function`, a consumer.
    ///
    /// # Errors
    /// `Busy` if the function, or its account, runs as many calls as it may.
    pub(crate) async fn consume(
        &self,
        function: &Function,
        input: &Arc<Keyed>,
        asked: Asked<'_>,
    ) -> Result<Ran> {
        let call = self.around.sandbox.consume(call(function, Arc::clone(input)));
        let (records, age_ms) = match &input.work {
            KeyedWork::Records(batch) => (Some(batch), self.age_ms(batch, asked.source)),
            KeyedWork::Timers(_) => (None, None),
        };
        let sizes = |batch: &Batch| Moved::of(batch.records.iter().map(|it| it.data.len()));
        let went_in = records.map(sizes).unwrap_or_default();
        let came_out = |reply: &Reply| Moved::of(reply.emits.iter().map(|emit| emit.data.len()));
        let slot = self.slot(function)?;
        let ended = self.attend(function, slot, asked, age_ms, (went_in, came_out), call).await;
        let mut notes = Vec::new();
        if let Ok(reply) = &ended.result {
            self.around.metrics.functions.emitted.inc_by(reply.emits.len() as u64);
            notes = records.map_or_else(Vec::new, |batch| dropped(batch, &reply.outcomes));
        }
        Ok(self.ran(function, ended, notes, asked))
    }

    /// Runs `function`, a handler, on an event that is JSON; so is what it answers. `age_ms` is how old the newest
    /// record of the event is, if it has some.
    ///
    /// # Errors
    /// `Busy` if the function, or its account, runs as many calls as it may.
    pub(crate) async fn handle(
        &self,
        function: &Function,
        payload: Bytes,
        age_ms: Option<u64>,
        asked: Asked<'_>,
    ) -> Result<Ran<Bytes>> {
        let facts = &function.facts;
        let went_in = Moved::of(std::iter::once(payload.len()));
        let came_out = |answer: &Bytes| Moved::of(std::iter::once(answer.len()));
        // Before anything is loaded for it.
        let slot = self.slot(function)?;
        let mut interpreted = None;
        if let Some(language) = facts.code.language {
            let interpreter = self.interpreter(language).await.map_err(not_there)?;
            interpreted = Some((interpreter, self.source(function).await?));
        }
        let context = Context {
            request_id: asked.request_id.to_owned(),
            function_name: facts.name.to_string(),
            function_version: function.qualifier().to_string(),
            function_arn: function.arn().to_string(),
            memory_mib: facts.config.memory_mib,
        };
        let seed = self.around.entropy.bytes();
        let source = interpreted.as_ref().map(|(_, source)| Arc::clone(source));
        let event = Event { payload, context, seed, source };
        let mut call = call(function, Arc::new(event));
        if let Some((interpreter, _)) = interpreted {
            call.component = interpreter;
            call.environment = source::environment(function);
        }
        let call = async {
            let Ended { result, log, usage } = self.around.sandbox.handle(call).await;
            Ended { result: result.and_then(payload::answer), log, usage }
        };
        let ended = self.attend(function, slot, asked, age_ms, (went_in, came_out), call).await;
        Ok(self.ran(function, ended, Vec::new(), asked))
    }

    /// A place for a call of `function`; it is counted if there is none.
    fn slot(&self, function: &Function) -> Result<Slot> {
        self.enter(function).inspect_err(|_| self.throttled(function))
    }

    /// Counts a call that there was no place for.
    pub(crate) fn throttled(&self, function: &Function) {
        self.around.metrics.functions.throttles.inc();
        self.measures.of(&function.facts).throttled();
        self.totals.of(function.facts.id).throttled();
    }

    /// Runs a call in a place of its function, and counts it.
    async fn attend<O>(
        &self,
        function: &Function,
        _slot: Slot,
        asked: Asked<'_>,
        age_ms: Option<u64>,
        (went_in, came_out): (Moved, impl Fn(&O) -> Moved),
        call: impl Future<Output = Ended<O>>,
    ) -> Ended<O> {
        let facts = &function.facts;
        let (measured, total) = (self.measures.of(facts), self.totals.of(facts.id));
        let _running = Running::new(self, facts.config.memory_bytes());
        let measuring = measured.begin();
        let ended = call.await;
        self.count(&ended, asked.source);
        total.ended(&ended, went_in, came_out);
        if !matches!(ended.result, Err(Fault::NotRun(_))) {
            measuring.ran(ended.usage.wall, ended.result.is_err(), age_ms);
        }
        ended
    }

    /// Writes down what a call led to, with `notes` of what it said besides its log.
    fn ran<O>(
        &self,
        function: &Function,
        ended: Ended<O>,
        notes: Vec<String>,
        asked: Asked<'_>,
    ) -> Ran<O> {
        let lines = self.lines(function, &ended, notes, asked);
        self.logs.write(&function.facts, &lines);
        Ran { ended, lines }
    }

    /// How old the last record is when a mapping has a batch run.
    pub(crate) fn age_ms(&self, batch: &Batch, source: Source) -> Option<u64> {
        let last = batch.records.last().filter(|_| source == Source::Mapping)?;
        Some(self.around.clock.now().since(Millis(last.arrival_ms)))
    }

    fn count<O>(&self, ended: &Ended<O>, source: Source) {
        let numbers = &self.around.metrics.functions;
        match &ended.result {
            Err(Fault::NotRun(_)) => {
                numbers.not_run.inc();
                return;
            }
            Err(_) => {
                numbers.errors.inc();
            }
            Ok(_) => {}
        }
        match source {
            Source::Invoke => numbers.invoked.inc(),
            Source::Mapping => numbers.mapped.inc(),
        };
        numbers.seconds.observe(ended.usage.wall);
        numbers.cpu_seconds.inc_by(ended.usage.cpu.as_secs_f64());
    }

    /// What the log is to hold of a call.
    fn lines<O>(
        &self,
        function: &Function,
        ended: &Ended<O>,
        notes: Vec<String>,
        Asked { request_id, source }: Asked<'_>,
    ) -> Vec<Line> {
        let at = self.around.clock.now();
        let line = |level: Level, text: String| {
            let request_id = request_id.to_owned();
            Line { at, request_id, level, text }
        };
        let mut said: Vec<Line> = Vec::new();
        said.extend(ended.log.iter().map(|it| line(it.level.into(), it.text.clone())));
        match &ended.result {
            Ok(_) => said.extend(notes.into_iter().map(|text| line(Level::Info, text))),
            // It neither began nor ended.
            Err(Fault::NotRun(why)) => {
                let text = format!("RequestId: {request_id} was not run: {why}");
                return vec![line(Level::Platform, text)];
            }
            // An interpreter has written that down itself, as on AWS.
            Err(Fault::Raised(_)) if function.facts.code.language.is_some() => {}
            Err(fault) => {
                let failed = Failed::of(&function.facts.code, fault, request_id);
                let told = failed.map_or_else(|| fault.to_string(), |failed| failed.told());
                said.push(line(Level::Error, told));
            }
        }
        if said.is_empty() && source == Source::Mapping {
            return said;
        }
        let mut lines = Vec::with_capacity(said.len() + 3);
        let version = function.qualifier();
        let start = format!("START RequestId: {request_id} Version: {version}");
        lines.push(line(Level::Platform, start));
        lines.append(&mut said);
        lines.push(line(Level::Platform, format!("END RequestId: {request_id}")));
        lines.push(line(Level::Platform, report(function, &ended.usage, request_id)));
        lines
    }
}

fn call<I>(function: &Function, input: Arc<I>) -> Call<I> {
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
        input,
    }
}

/// What was there when the function was made is missing now, which is nothing that a caller could mend.
fn not_there(error: Error) -> Error {
    match error {
        Error::Invalid(invalid @ Invalid::NoInterpreter(_)) => Error::NotRun(invalid.to_string()),
        other => other,
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
