//! `shardmill guest test`: a function on lines, as the server would run it, without a server.

pub(super) mod events;
pub(super) mod input;
mod output;
mod outside;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::limits;
use wasm::message::{Call, Ended, Fault, Keyed, KeyedWork, LogLine, Outside};
use wasm::{Limits, World};

use self::input::{Batches, Numbered};
use self::outside::Memory;
use super::Component;
use crate::cli::lines::{Line, Lines};
use crate::cli::style::Style;
use crate::client::Seams;
use crate::refusal::{Code, Refusal};
use crate::wiring::{self, LoneSandbox};

/// Those of a function of which nothing else was said.
pub(super) const LIMITS: Limits = Limits {
    memory_bytes: limits::FUNCTION_MEMORY_MIB_MIN as usize * 1024 * 1024,
    time: Duration::from_secs(limits::FUNCTION_TIMEOUT_SECONDS_DEFAULT as u64),
    output_bytes: limits::INVOKE_BYTES_MAX,
    log_bytes: limits::CALL_LOG_BYTES_MAX,
};

/// Run a function on lines and print what became of each
///
/// Of a transform, every line that is not empty is a record. What the function emits, drops or fails is printed as
/// a line of JSON with the number of the line it came from; lines that are done without any of it are not named.
/// Of a consumer it is the same; its state begins empty and is kept from batch to batch, and timers do not fire.
/// Of a handler, every line is an event, and its answer or its failure is printed. What the function logs goes to
/// stderr. The function has 128 MiB of memory and 3 seconds for each batch or event.
#[derive(Debug, clap::Args)]
#[command(
    name = "test",
    after_help = "\
Examples:
  shardmill guest test quakes.wasm --input earthquakes.ndjson --env MIN_MAGNITUDE=5
  shardmill guest test quakes.wasm --input in.ndjson --expected out.ndjson
  echo '{\"Records\":[]}' | shardmill guest test handler.wasm --input -"
)]
pub(super) struct Args {
    /// A component, a core module, or WebAssembly text
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,

    /// File whose lines are the records or events; - for stdin
    #[arg(long, value_name = "FILE")]
    input: PathBuf,

    /// Fail unless this is what is printed
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,

    /// A variable of the function's environment; may be given more than once
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    environment: Vec<(String, String)>,

    /// A secret that a consumer may open and be told; may be given more than once
    #[arg(long = "secret", value_name = "NAME=VALUE", value_parser = variable)]
    secrets: Vec<(String, String)>,

    /// Take partition keys from this field of lines that are JSON objects; others have the key `test`
    #[arg(long, value_name = "FIELD")]
    partition_key_field: Option<String>,

    /// Records in one batch of a transform or a consumer at most
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = batch_size)]
    batch_size: usize,

    /// Keep what was compiled in this folder, for the next run with the same component
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is written NAME=VALUE".to_owned()),
    }
}

pub(super) fn batch_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=10_000) => Ok(count),
        _ => Err("it is a number from 1 to 10,000".to_owned()),
    }
}

/// Runs every batch or event, then compares.
pub(super) async fn run(args: &Args, seams: &Seams) -> anyhow::Result<()> {
    let expected = args.expected.as_deref().map(expectation).transpose()?;
    let component = Component::load(&args.component)?;
    let world = component.world;
    let sandbox = LoneSandbox::start(component.bytes, args.cache.as_deref(), seams).await?;
    let reader: Box<dyn Read> = match &args.input {
        path if path.as_os_str() == "-" => Box::new(io::stdin()),
        path => Box::new(
            wiring::open_file(path).with_context(|| format!("cannot read `{}`", path.display()))?,
        ),
    };
    let mut trial = Trial {
        sandbox: &sandbox,
        environment: environment(&args.environment),
        outside: (world == World::Consumer).then(|| Arc::new(Memory::new(args.secrets.clone()))),
        given: match world {
            World::Transform | World::Consumer => Given::Batches(Batches::new(
                BufReader::new(reader),
                args.batch_size,
                args.partition_key_field.clone(),
            )),
            World::Handler => Given::Events(Lines::new(BufReader::new(reader))),
        },
    };
    let mut found = Vec::new();
    while let Some(told) = trial.next().await? {
        match &expected {
            Some(_) => found.extend(told),
            None => print(&told)?,
        }
    }
    if let Some(timers) = trial.outside.as_ref().map(|outside| outside.timers())
        && timers > 0
    {
        let style = Style::stderr();
        // Nobody is left to tell if stderr is gone.
        let _ = writeln!(io::stderr(), "{} {timers} timers were set", style.heading("info:"));
    }
    sandbox.stop().await;
    match expected.and_then(|expected| output::difference(&found, &expected)) {
        Some(difference) => {
            Err(Refusal::failed(format!("it did not do what was expected: {difference}")).into())
        }
        None => print(&found),
    }
}

fn expectation(path: &Path) -> anyhow::Result<String> {
    let bytes =
        wiring::read_file(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    String::from_utf8(bytes).with_context(|| format!("`{}` is not text", path.display()))
}

/// Sorted, the last of a name only.
pub(super) fn environment(variables: &[(String, String)]) -> Arc<[(String, String)]> {
    let sorted: std::collections::BTreeMap<_, _> = variables.iter().cloned().collect();
    sorted.into_iter().collect()
}

/// What the function is called with.
enum Given<R> {
    Batches(Batches<R>),
    Events(Lines<R>),
}

/// A function on its way through the lines.
struct Trial<'a, R> {
    sandbox: &'a LoneSandbox,
    environment: Arc<[(String, String)]>,
    /// What a consumer asks for.
    outside: Option<Arc<Memory>>,
    given: Given<R>,
}

impl<R: BufRead> Trial<'_, R> {
    /// Runs the next batch or event, and tells what became of it; `None` at the end.
    async fn next(&mut self) -> anyhow::Result<Option<Vec<String>>> {
        match &mut self.given {
            Given::Batches(batches) => match batches.next()? {
                Some(numbered) => self.transform(&numbered).await.map(Some),
                None => Ok(None),
            },
            Given::Events(lines) => match lines.next().context("cannot read the input")? {
                Some(line) => self.handle(&line).await.map(|told| Some(vec![told])),
                None => Ok(None),
            },
        }
    }

    async fn transform(&self, numbered: &Numbered) -> anyhow::Result<Vec<String>> {
        let Numbered { batch, lines } = numbered;
        let Ended { result, log, .. } = match &self.outside {
            None => self.sandbox.call(self.call(Arc::clone(batch))).await,
            Some(outside) => {
                let keys = batch.records.iter().map(|record| record.partition_key.clone());
                outside.begin(keys.collect());
                let work = KeyedWork::Records((**batch).clone());
                let outside = Arc::clone(outside) as Arc<dyn Outside>;
                self.sandbox.consume(self.call(Arc::new(Keyed { work, outside }))).await
            }
        };
        log.iter().for_each(report);
        match result {
            Ok(reply) => Ok(output::told(&reply, lines)),
            Err(fault) => {
                let (first, last) = (lines.first(), lines.last());
                let (first, last) = (first.unwrap_or(&0), last.unwrap_or(&0));
                let message = format!("the batch of lines {first} to {last} failed");
                Err(Refusal::new(Code::Failed, message).because(told_of(fault)).into())
            }
        }
    }

    async fn handle(&self, line: &Line) -> anyhow::Result<String> {
        let call = self.call(Arc::new(events::event(line)));
        let Ended { result, log, .. } = self.sandbox.handle(call).await;
        log.iter().for_each(report);
        events::told(line, result).map_err(|why| {
            let message = format!("the event of line {} failed", line.number);
            Refusal::new(Code::Failed, message).because(why).into()
        })
    }

    fn call<I>(&self, input: Arc<I>) -> Call<I> {
        Call {
            component: self.sandbox.component(),
            tenant: 0,
            function: 0,
            limits: LIMITS,
            environment: Arc::clone(&self.environment),
            input,
        }
    }
}

/// The fault, and where the guest was.
pub(super) fn told_of(fault: Fault) -> anyhow::Error {
    let frames = match &fault {
        Fault::Trapped { backtrace, .. } | Fault::StackOverflow(backtrace) => backtrace.clone(),
        _ => Vec::new(),
    };
    let mut text = fault.to_string();
    for frame in frames {
        text.push_str("\n    at ");
        text.push_str(&frame);
    }
    anyhow::Error::msg(text)
}

fn report(line: &LogLine) {
    let level = format!("{:?}:", line.level).to_lowercase();
    let style = Style::stderr();
    // Nobody is left to tell if stderr is gone.
    let _ = writeln!(io::stderr(), "{} {}", style.heading(level), line.text);
}

fn print(lines: &[String]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_sorted_and_the_last_counts() {
        let given = ["B=1", "A=x=y", "B="].map(|text| variable(text).unwrap());
        let expected = [("A", "x=y"), ("B", "")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(*environment(&given), expected);
        assert!(variable("=1").is_err() && variable("A").is_err());
    }

    #[test]
    fn a_batch_has_a_size() {
        assert_eq!(batch_size("10000"), Ok(10_000));
        for wrong in ["0", "10001", "-1", "many"] {
            assert!(batch_size(wrong).is_err(), "{wrong}");
        }
    }
}
