//! `shardmill backup cancel`: give up a backup that a server makes or keeps.

use std::io::{self, Write};

use crate::cli::target::Target;
use crate::client::Seams;

/// Give up a backup that a server makes, or keeps for somebody who does not fetch it
///
/// A server makes one backup at a time. Whoever was killed while fetching one leaves it there for ten minutes, and so keeps
/// others out. The refusal of another backup tells the id.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill backup cancel 5f0c1d2e3a4b5c6d")]
pub(super) struct Args {
    /// The backup's id
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    target: Target,
}

/// Removes it from the server.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    args.target.client(seams)?.delete_backup(&args.id).await?;
    writeln!(io::stdout(), "backup {} is given up", args.id)?;
    Ok(())
}
