//! `shardmill mappings show`: one mapping.

use clap::builder::NonEmptyStringValueParser;

use super::{explain, print};
use crate::cli::target::Target;
use crate::client::Seams;

/// Show a mapping
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill mappings show 8a2f0d2e-6a1c-4d7e-9f3b-2c4b5a697887
  shardmill mappings show 8a2f0d2e-6a1c-4d7e-9f3b-2c4b5a697887 --json | jq -r .State")]
pub(super) struct Args {
    /// Its UUID, as `mappings list` shows it
    #[arg(value_name = "UUID", value_parser = NonEmptyStringValueParser::new())]
    uuid: String,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let mapping = client.mapping(&args.uuid).await.map_err(|error| explain(error, &args.uuid))?;
    print::one("mapping", &mapping, args.json)
}
