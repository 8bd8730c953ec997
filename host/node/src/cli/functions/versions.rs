//! `shardmill functions versions`: what was kept of a function.

use std::io::{self, Write};

use clap::builder::NonEmptyStringValueParser;

use super::explain;
use super::list::seconds;
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::target::Target;
use crate::client::{Alias, Function, Seams};

/// List the versions of a function, and which aliases lead to them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions versions quakes
  shardmill functions versions quakes --json | jq -r '.[].Version'")]
pub(super) struct Args {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Print an array of what Lambda calls configurations
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints them by number.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let name = &args.name;
    let versions = client.versions(name).await.map_err(|error| explain(error, name))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&versions)?)?;
    } else {
        let aliases = client.aliases(name).await.map_err(|error| explain(error, name))?;
        write!(out, "{}", table(&versions, &aliases, Style::stdout()))?;
    }
    Ok(())
}

fn table(versions: &[Function], aliases: &[Alias], style: Style) -> Table {
    let headings = ["version", "published", "code", "memory", "timeout", "aliases", "description"];
    let mut table = Table::new(style, &headings).words(2);
    for version in versions {
        let number = &version.version;
        let leading = aliases.iter().filter(|alias| leads_to(alias, number));
        let leading: Vec<&str> = leading.map(|alias| &*alias.name).collect();
        table.row([
            number.clone(),
            seconds(&version.last_modified),
            progress::size(version.code_size),
            format!("{} MiB", version.memory_size),
            format!("{} s", version.timeout),
            leading.join(", "),
            version.description.clone(),
        ]);
    }
    table
}

fn leads_to(alias: &Alias, number: &str) -> bool {
    let mut others =
        alias.routing_config.iter().flat_map(|it| it.additional_version_weights.keys());
    alias.function_version == number || others.any(|other| other == number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_stand_with_the_aliases_that_lead_to_them() {
        let version = |number: &str| -> Function {
            let told = json!({
                "FunctionName": "f", "FunctionArn": "a", "Version": number, "CodeSize": 61_440, "MemorySize": 128,
                "Timeout": 3, "LastModified": "2026-11-01T12:00:00.123+0000", "Description": "d"
            });
            serde_json::from_value(told).unwrap()
        };
        let alias: Alias = serde_json::from_value(json!({
            "Name": "live", "FunctionVersion": "1", "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.1 } }
        }))
        .unwrap();
        let shown =
            table(&[version("$LATEST"), version("1"), version("2")], &[alias], Style::plain());
        let shown = shown.to_string();
        let has_alias: Vec<bool> = shown.lines().skip(1).map(|it| it.contains("live")).collect();
        assert_eq!(has_alias, [false, true, true], "{shown}");
    }
}
