//! `shardmill functions alias`: names that lead to versions.

use std::io::{self, Write};

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value, json};

use super::explain;
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::target::Target;
use crate::client::{Alias, Client, ClientError, Seams};

/// Lead names to versions of a function
///
/// Whoever calls NAME:ALIAS, or maps a stream to it, gets the version that the alias leads to at that moment.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions alias set quakes live 3
  shardmill functions alias set quakes live 3 --also 4=0.1
  shardmill functions alias list quakes
  shardmill functions alias delete quakes live")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Set(SetArgs),
    List(ListArgs),
    Delete(DeleteArgs),
}

/// Lead an alias to a version, whether it is there or new
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions alias set quakes live 3
  shardmill functions alias set quakes live 3 --also 4=0.1")]
struct SetArgs {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// The alias
    #[arg(value_name = "ALIAS", value_parser = NonEmptyStringValueParser::new())]
    alias: String,

    /// Number of the version, or $LATEST
    #[arg(value_name = "VERSION", value_parser = NonEmptyStringValueParser::new())]
    version: String,

    /// Another version, and which share of the calls it gets, from 0 to 1; without, none does
    #[arg(long, value_name = "VERSION=SHARE", value_parser = share)]
    also: Option<(String, f64)>,

    /// Description of the alias; without one, an alias that is there keeps its own
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Print the alias as Lambda tells it
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// List the aliases of a function
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions alias list quakes")]
struct ListArgs {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Print an array of aliases as Lambda tells them
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Delete an alias; the version stays
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions alias delete quakes live")]
struct DeleteArgs {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// The alias
    #[arg(value_name = "ALIAS", value_parser = NonEmptyStringValueParser::new())]
    alias: String,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Set(args) => set(args, seams).await,
        Command::List(args) => list(args, seams).await,
        Command::Delete(args) => delete(args, seams).await,
    }
}

async fn set(args: SetArgs, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let alias = lead(&client, &args, &input(&args)).await;
    let alias = alias.map_err(|error| explain(error, &args.name))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&alias)?)?;
    } else {
        let (name, style) = (&args.name, Style::stdout());
        writeln!(out, "{name}:{} {} {}", alias.name, style.good("leads to"), versions(&alias))?;
    }
    Ok(())
}

/// `4=0.1`
fn share(text: &str) -> Result<(String, f64), String> {
    let parsed = text.split_once('=').and_then(|(version, share)| {
        let share = share.parse().ok().filter(|share| (0.0..=1.0).contains(share))?;
        Some((version.to_owned(), share))
    });
    parsed.ok_or_else(|| "write a version and its share of the calls: 4=0.1".to_owned())
}

fn input(args: &SetArgs) -> Value {
    let mut weights = Map::new();
    if let Some((version, share)) = &args.also {
        weights.insert(version.clone(), (*share).into());
    }
    let mut input = json!({
        "FunctionVersion": args.version, "RoutingConfig": { "AdditionalVersionWeights": weights },
    });
    if let Some(description) = &args.description {
        input["Description"] = description.as_str().into();
    }
    input
}

/// Leads an alias that is there, or makes it.
async fn lead(client: &Client, args: &SetArgs, input: &Value) -> Result<Alias, ClientError> {
    match client.update_alias(&args.name, &args.alias, input).await {
        Err(error) if error.code() == Some("ResourceNotFoundException") => {
            let mut input = input.clone();
            input["Name"] = args.alias.as_str().into();
            client.create_alias(&args.name, &input).await
        }
        updated => updated,
    }
}

async fn list(args: ListArgs, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let name = &args.name;
    let aliases = client.aliases(name).await.map_err(|error| explain(error, name))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&aliases)?)?;
    } else if aliases.is_empty() {
        writeln!(io::stderr(), "no aliases; `shardmill functions alias set` makes one")?;
    } else {
        let mut table = Table::new(Style::stdout(), &["alias", "leads to", "description"]).words(3);
        for alias in &aliases {
            table.row([alias.name.clone(), versions(alias), alias.description.clone()]);
        }
        write!(out, "{table}")?;
    }
    Ok(())
}

/// The versions that an alias leads to: `3`, or `3, and 4 for 10 % of the calls`.
fn versions(alias: &Alias) -> String {
    let mut text = alias.function_version.clone();
    let routing = alias.routing_config.iter();
    for (version, share) in routing.flat_map(|it| &it.additional_version_weights) {
        let percent = (share * 1000.0).round() / 10.0;
        text.push_str(&format!(", and {version} for {percent} % of the calls"));
    }
    text
}

async fn delete(args: DeleteArgs, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let (name, alias) = (&args.name, &args.alias);
    client.delete_alias(name, alias).await.map_err(|error| explain(error, name))?;
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", json!({ "deleted": format!("{name}:{alias}") }))?,
        false => writeln!(out, "{} {name}:{alias}", Style::stdout().good("deleted"))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_a_version() {
        assert_eq!(share("4=0.1"), Ok(("4".to_owned(), 0.1)));
        for text in ["4", "4=", "4=x", "4=1.5", "4=-0.1", "4=NaN"] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_alias_is_told_with_its_shares() {
        let alias = |told: Value| -> Alias { serde_json::from_value(told).unwrap() };
        let plain = alias(json!({ "Name": "live", "FunctionVersion": "3" }));
        assert_eq!(versions(&plain), "3");
        let divided = alias(json!({
            "Name": "live", "FunctionVersion": "3", "RoutingConfig": { "AdditionalVersionWeights": { "4": 0.125 } }
        }));
        assert_eq!(versions(&divided), "3, and 4 for 12.5 % of the calls");
    }
}
