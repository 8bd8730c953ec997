//! What a backup holds, for people and for programs.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::backup::{Manifest, date};
use crate::cli::progress::{grouped, size};
use crate::cli::style::Style;

/// The report for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    path: String,
    made: String,
    account: Option<String>,
    keys: bool,
    commit: u64,
    term: u32,
    files: usize,
    bytes: u64,
    program: &'a str,
}

/// Prints it.
pub(super) fn print(
    manifest: &Manifest,
    path: &Path,
    json: bool,
    style: Style,
) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let json = Json {
            path: path.display().to_string(),
            made: date(manifest.made),
            account: manifest.account.map(|account| account.to_string()),
            keys: manifest.keys,
            commit: manifest.commit,
            term: manifest.term,
            files: manifest.files.len(),
            bytes: manifest.bytes(),
            program: &manifest.program,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
        return Ok(());
    }
    let (shown, bytes) = (path.display(), size(manifest.bytes()));
    let (files, commit) = (grouped(manifest.files.len() as u64), manifest.commit);
    let good = style.good("backed up:");
    writeln!(
        out,
        "{good} {shown} holds everything up to commit {commit} ({files} files, {bytes})"
    )?;
    if manifest.keys {
        let mut err = io::stderr().lock();
        let hint = "the root key and the host key are in it; keep it as you keep those";
        writeln!(err, "  {} {hint}", Style::stderr().hint("note:"))?;
        let hint = "the master key is not: without it encrypted streams cannot be read, so keep it elsewhere";
        writeln!(err, "  {} {hint}", Style::stderr().hint("note:"))?;
    }
    Ok(())
}
