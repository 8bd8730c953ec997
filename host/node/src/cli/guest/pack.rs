//! `shardmill guest pack`: a component of a core module.

use std::io::{self, Write};
use std::path::PathBuf;

use super::Component;
use crate::cli::progress::grouped;
use crate::cli::style::Style;
use crate::wiring;

/// Make a component of a core module or of WebAssembly text
///
/// Takes what compilers give for wasm32-unknown-unknown, and modules for WASI preview 1, whose system calls
/// are answered inside of the component. A component is only checked and copied.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cargo build --release --target wasm32-unknown-unknown
  shardmill guest pack target/wasm32-unknown-unknown/release/quakes.wasm -o quakes.wasm")]
pub(super) struct Args {
    /// The core module, its text, or a component
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// Where the component goes
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

/// Packs, checks and writes.
pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let Component { bytes, facts, .. } = Component::load(&args.input)?;
    wiring::write_file(&args.output, &bytes)?;
    let (style, output) = (Style::stdout(), args.output.display());
    let size = grouped(bytes.len() as u64);
    writeln!(io::stdout(), "{} {output} ({size} bytes, {})", style.good("packed"), facts.world)?;
    Ok(())
}
