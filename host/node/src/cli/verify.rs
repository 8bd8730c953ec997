//! `shardmill verify`: every stored byte against its checksums and chains.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use stdx::DataDir;
use storage_sqlite::Report;
use tokio::sync::oneshot;

use super::data;
use super::progress::{self, grouped, mib};
use super::style::Style;
use crate::client::Seams;
use crate::refusal::{Code, Refusal};
use crate::server;

/// Check everything that a data directory holds
///
/// Reads every frame, fact and blob and checks them against their checksums, chains and witnesses. The
/// server must not run. Ends with code 3 if anything is damaged or lost, with 2 if there is no store.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A server whose store lost data answers reads and refuses writes. With --accept-loss, what is there becomes
the truth and writing goes on; sequence numbers that were given before are not given again.

Examples:
  shardmill verify --data ./shardmill-data
  shardmill verify --data /var/lib/shardmill --json
  shardmill verify --data /var/lib/shardmill --accept-loss")]
pub(super) struct Args {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = "./shardmill-data")]
    data: PathBuf,

    /// Give up what is damaged or lost, for good, so that the server takes writes again
    #[arg(long)]
    accept_loss: bool,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Checks and prints the report.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let dir = data::open_store(&args.data)?;
    let _lock = server::lock(&dir)?;
    let report = check(dir, args.accept_loss, seams)
        .await
        .with_context(|| format!("cannot check `{}`", args.data.display()))?;
    print(&report, args.json)?;
    if report.findings.is_empty() || args.accept_loss {
        return Ok(());
    }
    let count = report.findings.len();
    let refusal = Refusal::new(Code::Damaged, format!("{count} findings: data is damaged or lost"));
    Err(refusal.hint("restore a backup, or give up what is lost with --accept-loss").into())
}

/// On a thread of its own: it reads for as long as the disk takes.
async fn check(dir: DataDir, accept_loss: bool, seams: &Seams) -> anyhow::Result<Report> {
    let (sender, receiver) = oneshot::channel();
    let bar = progress::bytes("checking", Some(0));
    let shown = bar.clone();
    let work = move || {
        let report = storage_sqlite::verify(&dir, accept_loss, &mut |progress| {
            shown.set_length(progress.total);
            shown.set_position(progress.done);
        });
        // Whoever waited may be gone with the runtime.
        let _ = sender.send(report);
    };
    seams.tasks.thread("verify", work).context("cannot start a thread")?;
    let report = receiver.await.context("the check ended without a report")?;
    bar.finish_and_clear();
    Ok(report?)
}

/// The report for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    ok: bool,
    version: u64,
    logs: u64,
    frames: u64,
    records: u64,
    bytes: u64,
    blobs: u64,
    findings: &'a [String],
    accepted: &'a [String],
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let json = Json {
            ok: report.findings.is_empty(),
            version: report.version,
            logs: report.logs,
            frames: report.frames,
            records: report.records,
            bytes: report.bytes,
            blobs: report.blobs,
            findings: &report.findings,
            accepted: &report.accepted,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
        return Ok(());
    }
    let style = Style::stdout();
    let (logs, frames) = (grouped(report.logs), grouped(report.frames));
    let (records, blobs) = (grouped(report.records), grouped(report.blobs));
    let mib = mib(report.bytes);
    writeln!(
        out,
        "checked {records} records in {frames} frames of {logs} logs ({mib}) and {blobs} blobs, up to commit {}",
        report.version
    )?;
    for finding in &report.findings {
        writeln!(out, "{} {finding}", style.error("finding:"))?;
    }
    for accepted in &report.accepted {
        writeln!(out, "{} {accepted}", style.warning("given up:"))?;
    }
    if report.findings.is_empty() {
        writeln!(out, "{} nothing is damaged or lost", style.good("verified:"))?;
    }
    Ok(())
}
