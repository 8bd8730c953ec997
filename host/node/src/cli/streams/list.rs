//! `shardmill streams list`: what streams there are.

use std::io::{self, Write};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::print;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::{Client, ClientError, Seams, StreamSummary};

/// Calls at one moment, of which each is about one stream.
const CALLS_AHEAD: usize = 4;

/// List the streams of the account and region
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams list
  shardmill streams list --json | jq -r '.[].StreamName'")]
pub(super) struct Args {
    /// Print an array of what DescribeStreamSummary shows
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints them.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.client(seams)?;
    let names = client.stream_names().await?;
    let summaries = stream::iter(names).map(|name| summary(&client, name)).buffered(CALLS_AHEAD);
    let summaries: Vec<Option<StreamSummary>> = summaries.try_collect().await?;
    let summaries: Vec<StreamSummary> = summaries.into_iter().flatten().collect();
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&summaries)?)?;
    } else if summaries.is_empty() {
        writeln!(io::stderr(), "no streams; `shardmill streams create` makes one")?;
    } else {
        write!(out, "{}", print::streams(&summaries, Style::stdout()))?;
    }
    Ok(())
}

/// The stream, unless it was deleted meanwhile.
async fn summary(client: &Client, name: String) -> Result<Option<StreamSummary>, ClientError> {
    match client.stream(&name).await {
        Ok(summary) => Ok(Some(summary)),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(error),
    }
}
