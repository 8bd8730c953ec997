//! `shardmill mappings list`: what is connected.

use std::io::{self, Write};

use super::{print, stream_arn};
use crate::cli::functions;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::Seams;

/// List the mappings of the account and region
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill mappings list
  shardmill mappings list --function quakes --json | jq -r '.[].UUID'")]
pub(super) struct Args {
    /// Only those of this function: name or ARN
    #[arg(long, value_name = "FUNCTION")]
    function: Option<String>,

    /// Only those that read this stream: name or ARN
    #[arg(long, value_name = "STREAM")]
    stream: Option<String>,

    /// Print an array of what Lambda calls event source mapping configurations
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints them.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let source = match &args.stream {
        Some(stream) => Some(stream_arn(&client, stream).await?),
        None => None,
    };
    let function = args.function.as_deref();
    let mappings = client.mappings(function, source.as_deref()).await;
    let mappings =
        mappings.map_err(|error| functions::explain(error, function.unwrap_or_default()))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&mappings)?)?;
    } else if mappings.is_empty() {
        writeln!(io::stderr(), "no mappings; `shardmill mappings create` makes one")?;
    } else {
        write!(out, "{}", print::table(&mappings, Style::stdout()))?;
        if let Some(hint) = mappings.iter().find_map(print::target_hint) {
            writeln!(io::stderr(), "{} {hint}", Style::stderr().hint("hint:"))?;
        }
    }
    Ok(())
}
