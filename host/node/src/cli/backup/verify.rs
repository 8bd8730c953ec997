//! `shardmill backup verify`: whether a backup is whole.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::blocking;
use crate::backup::{Checked, check, date};
use crate::cli::progress::{grouped, size};
use crate::cli::style::Style;
use crate::client::Seams;
use crate::refusal::Refusal;
use crate::wiring;

/// Check that a backup is whole
///
/// Reads every byte of it, checks each file against the manifest, and then the store as `shardmill verify` does.
/// Writes nothing. Ends with code 3 if anything is damaged or missing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill backup verify /backups/monday
  shardmill backup verify --json /backups/monday")]
pub(super) struct Args {
    /// The backup
    #[arg(value_name = "DIR")]
    backup: PathBuf,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    ok: bool,
    made: String,
    commit: u64,
    files: usize,
    bytes: u64,
    records: u64,
    keys: bool,
}

/// Checks and prints.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let shown = args.backup.display();
    let dir = wiring::open_dir(&args.backup)
        .map_err(|error| Refusal::failed(format!("cannot open backup `{shown}`")).because(error))?;
    let checked = blocking("checking", seams, move |tell| check(&dir, tell)).await?;
    let Checked { manifest, report } = checked;
    let mut out = io::stdout().lock();
    let (files, bytes) = (manifest.files.len(), manifest.bytes());
    if args.json {
        let json = Json {
            ok: true,
            made: date(manifest.made),
            commit: manifest.commit,
            files,
            bytes,
            records: report.records,
            keys: manifest.keys,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
        return Ok(());
    }
    let (made, records) = (date(manifest.made), grouped(report.records));
    let (files, bytes) = (grouped(files as u64), size(bytes));
    let good = Style::stdout().good("verified:");
    writeln!(out, "{good} a whole backup of {made}: {records} records, {files} files, {bytes}")?;
    Ok(())
}
