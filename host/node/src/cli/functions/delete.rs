//! `shardmill functions delete`: remove a function.

use std::io::{self, Write};

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::explain;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::{Mapping, Seams};
use crate::refusal::Refusal;

/// Delete a function
///
/// A function that streams are mapped to is left alone unless --force is given: its mappings would stay and
/// fail. NAME:NUMBER deletes one version of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions delete quakes
  shardmill functions delete quakes:3")]
pub(super) struct Args {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Delete it though streams are mapped to it
    #[arg(long)]
    force: bool,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Deletes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let name = &args.name;
    client.function(name).await.map_err(|error| explain(error, name))?;
    if !args.force {
        let mappings = client.mappings(Some(name), None).await?;
        if let Some(refusal) = in_use(name, &mappings) {
            return Err(refusal.into());
        }
    }
    client.delete_function(name).await.map_err(|error| explain(error, name))?;
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", json!({ "deleted": name }))?,
        false => writeln!(out, "{} {name}", Style::stdout().good("deleted"))?,
    }
    Ok(())
}

fn in_use(name: &str, mappings: &[Mapping]) -> Option<Refusal> {
    let first = mappings.iter().find(|mapping| mapping.state != "Deleting")?;
    let refusal = Refusal::failed(format!(
        "function `{name}` is in use: {} is mapped to it (mapping {})",
        first.event_source_arn, first.uuid
    ));
    Some(refusal.hint(format!("`shardmill mappings delete {}` first, or --force", first.uuid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mappings_that_stay_keep_a_function() {
        let mapping = |state: &str| -> Mapping {
            let told = json!({ "UUID": "u", "EventSourceArn": "s", "State": state });
            serde_json::from_value(told).unwrap()
        };
        assert!(in_use("f", &[]).is_none());
        assert!(in_use("f", &[mapping("Deleting")]).is_none());
        let refusal = in_use("f", &[mapping("Deleting"), mapping("Disabled")]).unwrap();
        assert_eq!(refusal.to_string(), "function `f` is in use: s is mapped to it (mapping u)");
    }
}
