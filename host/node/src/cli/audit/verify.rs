//! `shardmill audit verify`: whether the audit trail is whole.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;

use crate::cli::data;
use crate::cli::progress::grouped;
use crate::cli::style::Style;
use crate::client::Seams;
use crate::refusal::{Code, Refusal};
use crate::wiring::Engine;
use crate::{server, wiring};

/// Check that no event is missing or altered
///
/// Reads all events and checks their checksums, the chain from frame to frame and that their numbers have no
/// gap. The server must not run. Ends with code 3 if anything is wrong. `shardmill verify` checks all data.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = "./shardmill-data")]
    data: PathBuf,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// The report for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    ok: bool,
    trails: u64,
    events: u64,
    frames: u64,
    findings: &'a [String],
}

/// Checks and prints the report.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let shown = args.data.display();
    let dir = data::open_store(&args.data)?;
    let _lock = server::lock(&dir)?;
    let engine = Engine::open(&dir, storage_sqlite::Reserve::default(), seams)
        .with_context(|| format!("cannot open the store in `{shown}`"))?;
    let checked = identity::trail::check(&*engine.store()).await;
    let problem = wiring::problem(&engine.store().health());
    engine.close().await;
    let mut checked = checked.context("cannot read the audit trail")?;
    checked.findings.extend(problem.map(|problem| format!("store: {problem}")));
    let mut out = io::stdout().lock();
    let findings = &checked.findings;
    let (trails, events, frames) = (checked.trails, checked.events, checked.frames);
    if args.json {
        let json = Json { ok: findings.is_empty(), trails, events, frames, findings };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
    } else {
        let style = Style::stdout();
        let (events, frames) = (grouped(events), grouped(frames));
        writeln!(out, "checked {events} events in {frames} frames of {trails} trails")?;
        for finding in findings {
            writeln!(out, "{} {finding}", style.error("finding:"))?;
        }
        if findings.is_empty() {
            writeln!(out, "{} no event is missing or altered", style.good("verified:"))?;
        }
    }
    if findings.is_empty() {
        return Ok(());
    }
    let count = findings.len();
    let refusal = Refusal::new(Code::Damaged, format!("{count} findings: the trail is not whole"));
    Err(refusal.hint("`shardmill verify` tells what else is damaged or lost").into())
}
