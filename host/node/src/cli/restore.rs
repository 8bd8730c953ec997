//! `shardmill restore`: a data directory from a backup.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::backup::{Tell, interruptible};
use super::progress::grouped;
use super::style::Style;
use crate::backup::{Restored, date, restore};
use crate::client::Seams;
use crate::refusal::Refusal;
use crate::wiring::{self, Partial};

/// Make a data directory of a backup
///
/// Checks every byte of the backup on the way, then the store as `shardmill verify` does; a backup that is
/// damaged or incomplete is refused, with code 3, and nothing is left. The backup itself stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The restored store gives sequence numbers above all that are in the backup, and above all that the original
had given when it was restored, if their clocks differ by less than 12 days. Should the original live on, each
of its later starts meets the numbers of the restored store by an accident of one in four million; so does
another restore of the same backup. Retire one of them to be certain.

Examples:
  shardmill restore /backups/monday --data /var/lib/shardmill
  shardmill restore ./monday --data ./copy --json")]
pub(super) struct Args {
    /// The backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,

    /// The data directory to make: one that does not exist yet, or an empty one
    #[arg(long, value_name = "DIR")]
    data: PathBuf,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// The report for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    data: String,
    made: String,
    commit: u64,
    term: u32,
    records: u64,
    new_root_key: bool,
}

/// Restores and prints what came of it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let shown = args.backup.display();
    let from = wiring::open_dir(&args.backup)
        .map_err(|error| Refusal::failed(format!("cannot open backup `{shown}`")).because(error))?;
    let partial = Partial::begin(&args.data)?;
    let to = partial.dir().clone();
    let (clock, entropy) = (Arc::clone(&seams.clock), Arc::clone(&seams.entropy));
    let work = move |tell: Tell| restore(&from, &to, &clock, &entropy, tell);
    let restored = interruptible("restoring", seams, work).await?;
    partial.finish()?;
    print(&restored, &args)
}

fn print(restored: &Restored, args: &Args) -> anyhow::Result<()> {
    let Restored { manifest, report, term, new_root } = restored;
    let data = args.data.display();
    let mut out = io::stdout().lock();
    if args.json {
        let json = Json {
            data: data.to_string(),
            made: date(manifest.made),
            commit: manifest.commit,
            term: term.0,
            records: report.records,
            new_root_key: new_root.is_some(),
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
        return Ok(());
    }
    let (made, records) = (date(manifest.made), grouped(report.records));
    let good = Style::stdout().good("restored:");
    writeln!(out, "{good} {data} is as the original was on {made} ({records} records)")?;
    let mut err = io::stderr().lock();
    let note = Style::stderr().hint("note:");
    if let Some(account) = new_root {
        writeln!(
            err,
            "  {note} the backup has no keys: a new root key for account {account} is in root.credentials"
        )?;
    }
    writeln!(
        err,
        "  {note} no backup has the master key: if keys were made there, give that of the original, as master.key in {data} or with --master-key-file"
    )?;
    writeln!(
        err,
        "  {note} serve it with `shardmill serve --data {data}`; retire the original, if it still runs"
    )?;
    Ok(())
}
