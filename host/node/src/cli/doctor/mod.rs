//! `shardmill doctor`: looks at what a server needs, and says what to do about what it finds.

mod data;
mod disk;
mod machine;
mod report;
mod server;

use std::path::PathBuf;

use anyhow::Context as _;

use super::backup::blocking;
use super::style::Style;
use super::target::Target;
use crate::client::Seams;
use crate::refusal::Refusal;
use report::Report;

const DATA_DEFAULT: &str = "./shardmill-data";

/// Look for what is wrong, and say what to do about it
///
/// Looks at versions, limits, the clock, the disk (its kind, room and sync time, measured), a data directory
/// (permissions, lock, store, settings of SQLite) or a running server. Changes nothing. Ends with code 1 if
/// something needs attention.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --data and --endpoint it looks at ./shardmill-data, if that is there. A server tells only its owner: use
its root key, or --dev. `shardmill verify` checks every stored byte; this looks at what every start checks.

Examples:
  shardmill doctor --data /var/lib/shardmill
  shardmill doctor --endpoint http://127.0.0.1:4566
  shardmill doctor --json | jq '.findings[] | select(.state == \"attention\")'")]
pub(super) struct Args {
    /// Look at this data directory
    #[arg(long, value_name = "DIR", conflicts_with = "endpoint")]
    data: Option<PathBuf>,

    /// Print the findings as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Looks and prints.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let mut report = Report::default();
    machine::look(&mut report, seams);
    if args.target.is_named() {
        let client = args.target.client(seams)?;
        server::look(&mut report, &client, seams).await.context("cannot ask the server")?;
    } else {
        let named = args.data.is_some();
        let path = args.data.unwrap_or_else(|| DATA_DEFAULT.into());
        if named || path.exists() {
            let dir = data::open(&path)?;
            let clock = std::sync::Arc::clone(&seams.clock);
            let work = move |_| {
                disk::look(&mut report, &dir, &clock);
                data::look(&mut report, &dir).map(|()| report)
            };
            report = blocking("looking", seams, work).await?;
        }
    }
    report.print(args.json, Style::stdout())?;
    match report.alarms() {
        0 => Ok(()),
        1 => Err(Refusal::failed("1 finding needs attention").into()),
        count => Err(Refusal::failed(format!("{count} findings need attention")).into()),
    }
}
