//! `shardmill guest check`: whether a server would take a function, and what it is.

use std::io::{self, Write};
use std::path::PathBuf;

use super::Component;
use crate::cli::progress::grouped;
use crate::cli::style::Style;

/// Check whether a file can be a function, and tell what it imports and exports
///
/// Does what the server does with an upload, short of compiling it. Core modules and WebAssembly text are
/// packed first, and what is told is told of the component.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill guest check guests/rust-quakes/quakes.wasm
  shardmill guest check --json guests/rust-quakes/quakes.wasm")]
pub(super) struct Args {
    /// Print what is known as JSON
    #[arg(long)]
    json: bool,

    /// A component, a core module, or WebAssembly text
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Checks and prints.
pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let facts = Component::load(&args.file)?.facts;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&facts)?)?;
        return Ok(());
    }
    let style = Style::stdout();
    let (file, world, size) = (args.file.display(), facts.world, grouped(facts.bytes as u64));
    writeln!(out, "{} {file} fits {world}", style.good("checked:"))?;
    writeln!(out, "  blake3   {}", facts.id)?;
    writeln!(out, "  bytes    {size}")?;
    for (what, names) in [("imports", &facts.imports), ("exports", &facts.exports)] {
        for (at, name) in names.iter().enumerate() {
            let what = if at == 0 { what } else { "" };
            writeln!(out, "  {what:<7}  {name}")?;
        }
    }
    Ok(())
}
