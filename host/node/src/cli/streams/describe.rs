//! `shardmill streams describe`: one stream, and its shards.

use std::io::{self, IsTerminal as _, Write};

use clap::builder::NonEmptyStringValueParser;

use super::print;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::Seams;

/// Show a stream and its shards
///
/// On a terminal, a bar shows which part of the hash keys a shard takes; otherwise its first and its last key stand
/// there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams describe clicks
  shardmill streams describe clicks --json | jq '.Shards[].HashKeyRange'")]
pub(super) struct Args {
    /// Name or ARN of the stream
    #[arg(value_name = "STREAM", value_parser = NonEmptyStringValueParser::new())]
    stream: String,

    /// Print it as JSON: what DescribeStreamSummary, ListShards and DescribeStreamCompression show
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.client(seams)?;
    let summary = client.stream(&args.stream).await?;
    let shards = client.list_shards(&args.stream).await?;
    let compression = client.compression(&args.stream).await;
    let mut out = io::stdout().lock();
    if args.json {
        let mut shown = serde_json::to_value(&summary)?;
        shown["Shards"] = serde_json::to_value(&shards)?;
        if let Some(compression) = compression {
            shown["Compression"] = compression.into();
        }
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
        return Ok(());
    }
    let style = Style::stdout();
    let heading = style.good(&summary.stream_name).to_string();
    write!(out, "{}", print::details(&heading, &summary, &shards, compression.as_deref()))?;
    write!(out, "{}", print::shards(&shards, style, io::stdout().is_terminal()))?;
    Ok(())
}
