//! `shardmill functions state`: what mappings of a function keep for partition keys.

mod get;
mod list;
mod value;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;

use super::explain;
use crate::client::{Client, Seams};
use crate::refusal::Refusal;

/// Look at what a function keeps for partition keys: values and timers
///
/// Functions of the world `consumer` keep state. It belongs to a mapping and a partition key. What is shown is what the
/// last commits left; nothing is stopped for it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions state list counts
  shardmill functions state get counts us")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Get(get::Args),
    List(list::Args),
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Get(args) => get::run(args, seams).await,
        Command::List(args) => list::run(args, seams).await,
    }
}

/// Whose state is looked at.
#[derive(Debug, clap::Args)]
struct Of {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Only what this mapping keeps, of those that the function has
    #[arg(long, value_name = "UUID")]
    mapping: Option<String>,
}

impl Of {
    /// The UUIDs of the mappings.
    async fn mappings(&self, client: &Client) -> anyhow::Result<Vec<String>> {
        let name = &self.name;
        let all = client.mappings(Some(name), None).await.map_err(|error| explain(error, name))?;
        let is_wanted = |uuid: &String| self.mapping.as_ref().is_none_or(|wanted| wanted == uuid);
        let uuids: Vec<String> = all.into_iter().map(|it| it.uuid).filter(is_wanted).collect();
        if !uuids.is_empty() {
            return Ok(uuids);
        }
        let refusal = Refusal::failed(match &self.mapping {
            Some(wanted) => format!("function `{name}` has no mapping `{wanted}`"),
            None => format!("function `{name}` has no mapping, and what is kept belongs to one"),
        });
        Err(refusal.hint("`shardmill mappings list` shows what is there").into())
    }
}
