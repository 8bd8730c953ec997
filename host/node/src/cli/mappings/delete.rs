//! `shardmill mappings delete`: disconnect a stream from a function.

use std::io::{self, Write};

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::explain;
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::Seams;

/// Delete a mapping
///
/// Waits until it is gone: batches in hand are finished first. Its place in the stream is forgotten.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill mappings delete 8a2f0d2e-6a1c-4d7e-9f3b-2c4b5a697887")]
pub(super) struct Args {
    /// Its UUID, as `mappings list` shows it
    #[arg(value_name = "UUID", value_parser = NonEmptyStringValueParser::new())]
    uuid: String,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Deletes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let uuid = &args.uuid;
    client.delete_mapping(uuid).await.map_err(|error| explain(error, uuid))?;
    let bar = progress::busy("deleting: batches in hand are finished first");
    let gone = client.gone_mapping(uuid).await;
    bar.finish_and_clear();
    gone?;
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", json!({ "deleted": uuid }))?,
        false => writeln!(out, "{} {uuid}", Style::stdout().good("deleted"))?,
    }
    Ok(())
}
