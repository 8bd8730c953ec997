//! `shardmill functions publish`: keep a function as it is now.

use std::io::{self, Write};

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::explain;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::Seams;

/// Keep a function as it is now, under a number
///
/// The version is called as NAME:NUMBER, whatever becomes of the function. If nothing has changed since the last version,
/// that one is told again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions publish quakes
  shardmill functions publish quakes --description 'from magnitude 2.5'")]
pub(super) struct Args {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Description of the version; without one, that of the function
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Print what Lambda calls its configuration
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Publishes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let mut input = json!({});
    if let Some(description) = &args.description {
        input["Description"] = description.as_str().into();
    }
    // Only for what is said: whoever may publish need not be allowed to list.
    let before = match args.json {
        true => Vec::new(),
        false => client.versions(&args.name).await.unwrap_or_default(),
    };
    let published = client.publish_version(&args.name, &input).await;
    let published = published.map_err(|error| explain(error, &args.name))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&published)?)?;
    } else {
        let (name, version) = (&published.function_name, &published.version);
        if before.iter().any(|it| it.version == *version) {
            writeln!(out, "{name}:{version} is published already: nothing has changed since")?;
        } else {
            writeln!(out, "{} {name}:{version}", Style::stdout().good("published"))?;
        }
    }
    Ok(())
}
